//! A model's card: what a weight file does not say of itself.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::labels::{self, Label};
use crate::preprocess::Preprocess;
use crate::resnet::StridePlacement;

/// How to feed a network and how to read its answer: an entry of [`crate::catalog::Catalog`], or a file beside a weight file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Short name, as in `?model=starter`, or `hf:` and a repository of the hub.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The weight file, relative to the card or in the repository.
    #[serde(default)]
    pub file: String,
    /// Bytes of the weight file, where they are known before it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 of the weight file in hexadecimal digits, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Learned values, where they are known before the file is read; the statistics of batch normalisation are not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<usize>,
    /// Where a down-sampling bottleneck has its stride.
    #[serde(default)]
    pub stride: StridePlacement,
    /// What is done to an image.
    #[serde(default)]
    pub preprocess: Preprocess,
    /// A label a class, of which one of ImageNet's synset ids stands for that class's names; absent: ImageNet's for 1000
    /// classes, otherwise the index stands for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<Label>>,
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
            size: None,
            sha256: None,
            parameters: None,
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

    /// Whether an image can be prepared as the card says.
    ///
    /// # Errors
    /// [`Error::Card`] naming the field.
    pub fn check(&self) -> Result<()> {
        self.preprocess.validate().map_err(|error| Error::Card(format!("the card of model {:?}: {error}", self.id)))
    }

    /// A label for each of `classes` classes: the card's own, or else those that the weight file came with.
    ///
    /// # Errors
    /// [`Error::Card`] when there is another number of labels, or the file's cannot be read.
    pub fn class_labels(&self, classes: usize, of_file: Option<&str>) -> Result<Vec<Label>> {
        let given = match (&self.labels, of_file) {
            (Some(labels), _) => Some(labels.clone()),
            (None, Some(text)) => Some(labels::parse(text)?),
            (None, None) => None,
        };
        match given {
            Some(labels) if labels.len() == classes => labels::complete(&labels),
            Some(labels) => Err(Error::Card(format!(
                "the labels of model {:?}: expected one for each of the network's {classes} classes, found {}",
                self.id,
                labels.len()
            ))),
            None if classes == 1000 => labels::imagenet(),
            None => Ok((0..classes).map(|index| format!("class {index}").into()).collect()),
        }
    }
}
