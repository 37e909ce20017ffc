//! A model's card: what a weight file does not say of itself.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::preprocess::Preprocess;
use crate::resnet::StridePlacement;

/// The 1000 ImageNet names in the order of torchvision's heads.
const IMAGENET_LABELS: &str = include_str!("../www/models/imagenet-1k.json");

/// How to feed a network and how to read its answer; `www/models/<id>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Short name, as in `?model=starter`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The weight file, relative to the card.
    #[serde(default)]
    pub file: String,
    /// Where a down-sampling bottleneck has its stride.
    #[serde(default)]
    pub stride: StridePlacement,
    /// What is done to a picture.
    #[serde(default)]
    pub preprocess: Preprocess,
    /// A label a class; absent: ImageNet's for 1000 classes, otherwise the index stands for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Under what terms the weights may be used.
    #[serde(default)]
    pub licence: String,
    /// Where the weights come from.
    #[serde(default)]
    pub source: String,
    /// What is known of the model's accuracy.
    #[serde(default)]
    pub accuracy: String,
}

impl ModelCard {
    /// The card of a file that came without one: torchvision's preprocessing and stride.
    pub fn torchvision(name: &str) -> Self {
        Self {
            id: "own".to_owned(),
            name: name.to_owned(),
            file: String::new(),
            stride: StridePlacement::default(),
            preprocess: Preprocess::default(),
            labels: None,
            licence: String::new(),
            source: String::new(),
            accuracy: String::new(),
        }
    }

    /// Reads a card.
    ///
    /// # Errors
    /// [`Error::Card`] when it is no JSON, a field is missing or unknown, or its preprocessing makes no sense.
    pub fn parse(json: &str) -> Result<Self> {
        let card: Self = serde_json::from_str(json)
            .map_err(|error| Error::Card(format!("the model card cannot be read: {error}")))?;
        card.check()?;
        Ok(card)
    }

    /// Whether a picture can be prepared as the card says.
    ///
    /// # Errors
    /// [`Error::Card`] naming the field.
    pub fn check(&self) -> Result<()> {
        self.preprocess.validate().map_err(|error| Error::Card(format!("the card of model {:?}: {error}", self.id)))
    }

    /// A label for each of `classes` classes.
    ///
    /// # Errors
    /// [`Error::Card`] when the card has another number of labels.
    pub fn class_labels(&self, classes: usize) -> Result<Vec<String>> {
        match &self.labels {
            Some(labels) if labels.len() == classes => Ok(labels.clone()),
            Some(labels) => Err(Error::Card(format!(
                "the labels of model {:?}: expected one for each of the network's {classes} classes, found {}",
                self.id,
                labels.len()
            ))),
            None if classes == 1000 => parse_labels(IMAGENET_LABELS),
            None => Ok((0..classes).map(|index| format!("class {index}")).collect()),
        }
    }
}

/// Reads labels: a JSON array of strings or of objects with a `label`, an object `{"0": ["n01440764", "tench"]}` as Keras
/// ships it, or plain text with one label a line.
///
/// # Errors
/// [`Error::Card`] when it is JSON of another form, or empty.
pub fn parse_labels(text: &str) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Labels {
        Strings(Vec<String>),
        Objects(Vec<Labelled>),
        Keras(std::collections::BTreeMap<usize, (String, String)>),
    }
    #[derive(Deserialize)]
    struct Labelled {
        label: String,
    }
    let labels: Vec<String> = if text.trim_start().starts_with(['[', '{']) {
        let expected =
            "expected a JSON array of strings, of objects with a \"label\", or an object of index → [id, label]";
        match serde_json::from_str(text).map_err(|error| Error::Card(format!("labels: {expected}, found: {error}")))? {
            Labels::Strings(labels) => labels,
            Labels::Objects(objects) => objects.into_iter().map(|object| object.label).collect(),
            Labels::Keras(map) => map.into_values().map(|(_, label)| label).collect(),
        }
    } else {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    if labels.is_empty() {
        return Err(Error::Card("labels: expected at least one, found none".to_owned()));
    }
    Ok(labels)
}
