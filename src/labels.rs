//! Class labels: ImageNet's in English and Korean, and parsers for label files.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, quoted};

/// ImageNet's 1000 classes in the order of torchvision's heads.
const IMAGENET: &str = include_str!("../www/assets/imagenet-1k.json");

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

/// ImageNet's 1000 classes in the order of torchvision's heads.
///
/// # Errors
/// [`Error::Card`] when the bundled list cannot be parsed.
pub fn imagenet() -> Result<Vec<Label>> {
    parse(IMAGENET)
}

/// Completes labels from ImageNet's: a name that is a synset id is replaced by that class's label, and a label with an id but no
/// Korean name gets the class's Korean name.
///
/// # Errors
/// As [`imagenet`].
pub fn complete(labels: &[Label]) -> Result<Vec<Label>> {
    let imagenet = imagenet()?;
    let by_id: HashMap<&str, &Label> =
        imagenet.iter().filter_map(|label| Some((label.id.as_deref()?, label))).collect();
    let complete = |label: &Label| match (&label.id, by_id.get(label.id.as_ref().unwrap_or(&label.name).as_str())) {
        (None, Some(class)) => (*class).clone(),
        (Some(_), Some(class)) if label.ko.is_none() => Label { ko: class.ko.clone(), ..label.clone() },
        _ => label.clone(),
    };
    Ok(labels.iter().map(complete).collect())
}

/// Parses labels: a JSON array of [`Label`]s, a JSON object of them by index, as in Keras' `{"0": ["n01440764", "tench"]}` or
/// transformers' `{"0": "tench"}`, or plain text with one name per line.
///
/// # Errors
/// [`Error::Card`] when the JSON has another form, an index is missing, or there is no label.
pub fn parse(text: &str) -> Result<Vec<Label>> {
    let refused = |error: serde_json::Error| {
        Error::json(
            "labels",
            "a JSON array of names, of objects with a \"label\", or an object of these by index",
            &error,
        )
    };
    let labels: Vec<Label> = match text.trim_start().chars().next() {
        Some('[') => serde_json::from_str(text).map_err(refused)?,
        Some('{') => {
            let classes: BTreeMap<usize, Label> = serde_json::from_str(text).map_err(refused)?;
            in_order(classes).map_err(|[missing, found]| {
                Error::Card(format!("labels: expected one for index {missing}, found the next at {found}"))
            })?
        }
        _ => text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| line.to_owned().into()).collect(),
    };
    if labels.is_empty() {
        return Err(Error::Card("labels: expected at least one, found none".to_owned()));
    }
    Ok(labels)
}

/// The values in order of their indices. Fails with the first missing index and the next index that is present.
pub(crate) fn in_order<T>(by_index: BTreeMap<usize, T>) -> std::result::Result<Vec<T>, [usize; 2]> {
    match by_index.keys().enumerate().find(|(at, index)| at != *index) {
        Some((missing, found)) => Err([missing, *found]),
        None => Ok(by_index.into_values().collect()),
    }
}
