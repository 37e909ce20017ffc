//! Model cards: the facts about a network that its weight file does not contain.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, quoted};
use crate::labels::{self, Label};
use crate::preprocess::Preprocess;
use crate::resnet::{AntiAlias, ResNetConfig, Stem, StridePlacement};

/// Preprocessing, labels and origin of a network: an entry of [`crate::catalog::Catalog`], or a JSON file next to a weight file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Short name, as in `?model=starter`, or `hf:owner/name` for a repository of the hub.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The weight file, relative to the card or in the repository.
    #[serde(default)]
    pub file: String,
    /// Address of the weight file of a model that is neither bundled nor in a repository of the hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Size of the weight file in bytes, if known before it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 of the weight file in hexadecimal digits, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Number of learned parameters, if known before the file is read. Batch norm statistics are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<usize>,
    /// Which convolution of a down-sampling bottleneck has the stride.
    #[serde(default)]
    pub stride: StridePlacement,
    /// Pools in place of strides, in anti-aliased networks only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anti_alias: Option<AntiAlias>,
    /// Resize, crop and normalisation of the image; see [`ModelCard::preprocess_of`] for the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preprocess: Option<Preprocess>,
    /// One label per class; an ImageNet synset id is replaced by that class's names. If absent: ImageNet's labels for 1000
    /// classes, otherwise `class 0`, `class 1`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<Label>>,
    /// Smallest probability of the best class at which an answer counts as sure, as measured on photos. If absent, answers are not
    /// judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sure_from: Option<f32>,
    /// Licence of the weights.
    #[serde(default)]
    pub licence: String,
    /// Address of the licence's text, if it is not one of the usual licences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence_url: Option<String>,
    /// Origin of the weights.
    #[serde(default)]
    pub source: String,
    /// Published or measured accuracy.
    #[serde(default)]
    pub accuracy: String,
}

impl ModelCard {
    /// The card of a file without one: torchvision's stride, and the preprocessing usual for the network.
    pub fn torchvision(name: &str) -> Self {
        Self {
            id: "own".to_owned(),
            name: name.to_owned(),
            file: String::new(),
            url: None,
            size: None,
            sha256: None,
            parameters: None,
            stride: StridePlacement::default(),
            anti_alias: None,
            preprocess: None,
            labels: None,
            sure_from: None,
            licence: String::new(),
            licence_url: None,
            source: String::new(),
            accuracy: String::new(),
        }
    }

    /// Reads a card.
    ///
    /// # Errors
    /// [`Error::Card`] when the text is not JSON, a field is missing or unknown, or the preprocessing is invalid.
    pub fn parse(json: &str) -> Result<Self> {
        let card: Self = serde_json::from_str(json)
            .map_err(|error| Error::json("the model card", "a JSON object with the fields of a card", &error))?;
        card.check()?;
        Ok(card)
    }

    /// Validates the preprocessing, the addresses and the probability.
    ///
    /// # Errors
    /// [`Error::Card`] naming the field.
    pub fn check(&self) -> Result<()> {
        let wrong = |field: &str, expected: &str, found: &str| {
            Err(Error::Card(format!(
                "the card of model {}: {field}: expected {expected}, found {found}",
                quoted(&self.id)
            )))
        };
        for (field, address) in [("url", &self.url), ("licence_url", &self.licence_url)] {
            if let Some(address) =
                address.as_ref().filter(|text| !text.starts_with("http://") && !text.starts_with("https://"))
            {
                return wrong(field, "an address that begins with https://", &quoted(address));
            }
        }
        if let Some(probability) = self.sure_from.filter(|probability| !(0.0..=1.0).contains(probability)) {
            return wrong("sure_from", "a probability of 0 to 1", &probability.to_string());
        }
        let valid = self.preprocess.as_ref().map_or(Ok(()), Preprocess::validate);
        valid.map_err(|error| Error::Card(format!("the card of model {}: {error}", quoted(&self.id))))
    }

    /// The card's preprocessing, or else the usual one for the network: that of CIFAR-10 for a stem of 3x3, otherwise ImageNet's.
    pub fn preprocess_of(&self, config: &ResNetConfig) -> Preprocess {
        let usual = || if config.stem == Stem::Conv3x3 { Preprocess::cifar10() } else { Preprocess::default() };
        self.preprocess.unwrap_or_else(usual)
    }

    /// One label for each of `classes` classes: the card's own, or else those stored in the weight file.
    ///
    /// # Errors
    /// [`Error::Card`] when the number of labels differs from `classes`, or the file's labels cannot be parsed.
    pub fn class_labels(&self, classes: usize, of_file: Option<&str>) -> Result<Vec<Label>> {
        let given = match (&self.labels, of_file) {
            (Some(labels), _) => Some(labels.clone()),
            (None, Some(text)) => Some(labels::parse(text)?),
            (None, None) => None,
        };
        match given {
            Some(labels) if labels.len() == classes => labels::complete(&labels),
            Some(labels) => Err(Error::Card(format!(
                "the labels of model {}: expected one for each of the network's {classes} classes, found {}",
                quoted(&self.id),
                labels.len()
            ))),
            None if classes == 1000 => labels::imagenet(),
            None => Ok((0..classes).map(|index| format!("class {index}").into()).collect()),
        }
    }
}
