//! The label of a class, and its forms in files.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, quoted};

/// The label of a class. In a file a label is an object with these members (`en` is an alias of `label`), a pair `[id, name]`, or
/// the name alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SerializedLabel")]
pub struct Label {
    /// The class's synset in WordNet 3.0, as in `n01440764`, if known.
    pub id: Option<String>,
    /// The name: in English for ImageNet, in the model's own language otherwise.
    #[serde(rename = "label")]
    pub name: String,
    /// The name in Korean, if known.
    pub ko: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SerializedLabel {
    Name(String),
    IdAndName(String, String),
    Names {
        id: Option<String>,
        #[serde(alias = "en")]
        label: String,
        ko: Option<String>,
    },
}

impl From<SerializedLabel> for Label {
    fn from(serialized: SerializedLabel) -> Self {
        match serialized {
            SerializedLabel::Name(name) => name.into(),
            SerializedLabel::IdAndName(id, name) => Self { id: Some(id), name, ko: None },
            SerializedLabel::Names { id, label, ko } => Self { id, name: label, ko },
        }
    }
}

impl From<String> for Label {
    fn from(name: String) -> Self {
        Self { id: None, name, ko: None }
    }
}

impl Label {
    /// The name in a language, or [`Label::name`] if there is none.
    pub fn name_in(&self, language: Language) -> &str {
        match (language, &self.ko) {
            (Language::Korean, Some(name)) => name,
            _ => &self.name,
        }
    }
}

/// A language of class names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English, or the language of a model's own labels.
    #[default]
    English,
    /// Korean, for classes that have a Korean name.
    Korean,
}

impl FromStr for Language {
    type Err = Error;

    /// # Errors
    /// [`Error::State`] for any word other than `en` and `ko`.
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "en" => Ok(Self::English),
            "ko" => Ok(Self::Korean),
            _ => Err(Error::State(format!("language: expected en or ko, found {}", quoted(word)))),
        }
    }
}
