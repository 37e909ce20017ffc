//! What a network's classes are called.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// ImageNet's 1000 classes in the order of torchvision's heads.
const IMAGENET: &str = include_str!("../www/assets/imagenet-1k.json");

/// What a class is called. In a file a label is an object of these, with `en` for `label` as good, or `[id, name]`, or the name alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Label {
    /// The class's synset in WordNet 3.0, as in `n01440764`, where it is known.
    pub id: Option<String>,
    /// Its name: ImageNet's in English, another model's as that model has it.
    #[serde(rename = "label")]
    pub name: String,
    /// Its name in Korean, where it is known.
    pub ko: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    IdAndName(String, String),
    Names {
        id: Option<String>,
        #[serde(alias = "en")]
        label: String,
        ko: Option<String>,
    },
}

impl From<Written> for Label {
    fn from(written: Written) -> Self {
        match written {
            Written::Name(name) => name.into(),
            Written::IdAndName(id, name) => Self { id: Some(id), name, ko: None },
            Written::Names { id, label, ko } => Self { id, name: label, ko },
        }
    }
}

impl From<String> for Label {
    fn from(name: String) -> Self {
        Self { id: None, name, ko: None }
    }
}

impl Label {
    /// The name in a language, or the only one there is.
    pub fn name_in(&self, language: Language) -> &str {
        match (language, &self.ko) {
            (Language::Korean, Some(name)) => name,
            _ => &self.name,
        }
    }
}

/// A language in which classes have names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// Or whatever language a model's own labels are in.
    #[default]
    English,
    /// Where a class has a Korean name.
    Korean,
}

impl FromStr for Language {
    type Err = Error;

    /// # Errors
    /// [`Error::State`] for any other word than `en`, `ko`.
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "en" => Ok(Self::English),
            "ko" => Ok(Self::Korean),
            _ => Err(Error::State(format!("language: expected en or ko, found {word:?}"))),
        }
    }
}

/// ImageNet's 1000 classes in the order of torchvision's heads.
///
/// # Errors
/// [`Error::Card`] when the list that the crate was built with cannot be read.
pub fn imagenet() -> Result<Vec<Label>> {
    parse(IMAGENET)
}

/// Labels with what is known of ImageNet's classes: a name that is one of its synset ids gives way to the class's names, and
/// an id alone to the Korean name.
///
/// # Errors
/// As [`imagenet`].
pub fn complete(labels: &[Label]) -> Result<Vec<Label>> {
    let known = imagenet()?;
    let known: HashMap<&str, &Label> = known.iter().filter_map(|label| Some((label.id.as_deref()?, label))).collect();
    let complete = |label: &Label| match (&label.id, known.get(label.id.as_ref().unwrap_or(&label.name).as_str())) {
        (None, Some(class)) => (*class).clone(),
        (Some(_), Some(class)) if label.ko.is_none() => Label { ko: class.ko.clone(), ..label.clone() },
        _ => label.clone(),
    };
    Ok(labels.iter().map(complete).collect())
}

/// Reads labels: a JSON array of what [`Label`] describes, a JSON object of the same by index, as in Keras' `{"0": ["n01440764",
/// "tench"]}` or `transformers`' `{"0": "tench"}`, or plain text with one name a line.
///
/// # Errors
/// [`Error::Card`] when it is JSON of another form, leaves an index out, or is empty.
pub fn parse(text: &str) -> Result<Vec<Label>> {
    let refused = |error: serde_json::Error| {
        let expected = "expected a JSON array of names, of objects with a \"label\", or an object of these by index";
        Error::Card(format!("labels: {expected}, found: {error}"))
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

/// What stands at the indices from 0 on; or else the first index where nothing does, and the next one where something does.
pub(crate) fn in_order<T>(by_index: BTreeMap<usize, T>) -> std::result::Result<Vec<T>, [usize; 2]> {
    match by_index.keys().enumerate().find(|(at, index)| at != *index) {
        Some((missing, found)) => Err([missing, *found]),
        None => Ok(by_index.into_values().collect()),
    }
}
