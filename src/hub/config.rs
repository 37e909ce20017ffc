//! Converts `config.json` of a model on the hub to a [`ModelCard`].
//!
//! timm: `pretrained_cfg`, read as `timm.data.resolve_data_config` and `transforms_imagenet_eval` do.
//! transformers: `ResNetConfig`, and `preprocessor_config.json` as `ConvNextImageProcessor` and similar processors do.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Repository, WEIGHTS};
use crate::card::ModelCard;
use crate::error::{Error, Result, quoted};
use crate::labels::{self, Label};
use crate::preprocess::{Interpolation, Preprocess};
use crate::resnet::{AntiAlias, StridePlacement};

/// Input size at which accuracies of this family are published.
const DEFAULT_SIZE: u32 = 224;

/// `ConvNextImageProcessor` resizes and crops below this size; from it on, it resizes to a square without cropping.
const CROPPED_BELOW: u32 = 384;

/// The card of a model on the hub, from the texts of its `config.json` and, where there is one, its
/// `preprocessor_config.json`.
///
/// # Errors
/// [`Error::Card`] when a file cannot be parsed, does not describe a ResNet, or requires unsupported preprocessing.
pub fn card(repository: &Repository, config: &str, preprocessor: Option<&str>) -> Result<ModelCard> {
    let config = JsonFile::read(repository, super::CONFIG, config)?;
    let card = ModelCard {
        id: repository.to_string(),
        file: WEIGHTS.to_owned(),
        source: format!("{} on the Hugging Face hub", repository.name),
        ..ModelCard::torchvision(&repository.name)
    };
    let card = if config.has("model_type") {
        let preprocessor =
            preprocessor.map(|text| JsonFile::read(repository, super::PREPROCESSOR, text)).transpose()?;
        transformers(card, &config, preprocessor.as_ref())?
    } else {
        timm(card, &config)?
    };
    card.check()?;
    Ok(card)
}

fn timm(card: ModelCard, config: &JsonFile) -> Result<ModelCard> {
    let inner = config.inner("pretrained_cfg")?;
    let architecture: String = config.or(&inner, "architecture")?.unwrap_or_default();
    let families = ["resnet", "wide_resnet", "resnext", "seresnet", "seresnext"];
    let Some(family) = families.iter().find(|family| architecture.starts_with(**family)) else {
        return Err(config.wrong(
            "architecture",
            "a resnet, wide_resnet, resnext, seresnet or seresnext",
            &architecture,
        ));
    };
    // `resnetblur50`, `seresnextaa101d_32x8d`: their tensors are those of the plain networks.
    let variant: String = architecture[family.len()..].chars().take_while(char::is_ascii_alphabetic).collect();
    let anti_alias = match variant.as_str() {
        "" => None,
        "blur" => Some(AntiAlias::Blur),
        "aa" => Some(AntiAlias::Average),
        _ => {
            let expected = "a variant whose name begins with its number of layers, blur or aa";
            return Err(config.wrong("architecture", expected, &architecture));
        }
    };
    let side = |key| config.or::<[u32; 3]>(&inner, key).map(|size| size.map(|[_, height, _]| height));
    let trained: u32 = side("input_size")?.unwrap_or(DEFAULT_SIZE);
    let crop_pct: f64 = config.or(&inner, "crop_pct")?.unwrap_or(0.875);
    // Networks trained on small images for speed are evaluated at `test_input_size`; `input_size` would give worse answers.
    let (crop, share) = match side("test_input_size")? {
        Some(tested) if trained < DEFAULT_SIZE && tested > trained => {
            (tested, config.or(&inner, "test_crop_pct")?.unwrap_or(crop_pct))
        }
        _ => (trained, crop_pct),
    };
    let mode: String = config.or(&inner, "crop_mode")?.unwrap_or_else(|| "center".to_owned());
    if mode != "center" {
        return Err(config.wrong("crop_mode", "\"center\"", &mode));
    }
    let interpolation = match config.or::<String>(&inner, "interpolation")?.as_deref() {
        Some("bilinear") => Interpolation::Bilinear,
        Some("bicubic") | None => Interpolation::Bicubic,
        Some(other) => return Err(config.wrong("interpolation", "\"bilinear\" or \"bicubic\"", other)),
    };
    let defaults = Preprocess::default();
    let preprocess = Preprocess {
        resize: config.resized(crop, share, "crop_pct")?,
        interpolation,
        crop,
        mean: config.or(&inner, "mean")?.unwrap_or(defaults.mean),
        std: config.or(&inner, "std")?.unwrap_or(defaults.std),
    };
    let licence = config.or(&inner, "license")?.unwrap_or_default();
    let labels = config.or::<Vec<String>>(&inner, "label_names")?.and_then(own_labels);
    Ok(ModelCard { preprocess: Some(preprocess), licence, labels, anti_alias, ..card })
}

fn transformers(card: ModelCard, config: &JsonFile, preprocessor: Option<&JsonFile>) -> Result<ModelCard> {
    let kind: String = config.get("model_type")?.unwrap_or_default();
    if kind != "resnet" {
        return Err(config.wrong("model_type", "\"resnet\"", &kind));
    }
    let in_first = config.get("downsample_in_bottleneck")?.unwrap_or(false);
    let stride = if in_first { StridePlacement::FirstConv1x1 } else { StridePlacement::Conv3x3 };
    let preprocess = preprocessor.map_or_else(|| Ok(Preprocess::default()), processed)?;
    Ok(ModelCard { preprocess: Some(preprocess), stride, labels: config.labels()?.and_then(own_labels), ..card })
}

fn processed(preprocessor: &JsonFile) -> Result<Preprocess> {
    let defaults = Preprocess::default();
    let size = preprocessor.side("size")?.unwrap_or(DEFAULT_SIZE);
    let (resize, crop) = match (preprocessor.get::<f64>("crop_pct")?, preprocessor.side("crop_size")?) {
        (Some(share), _) if size < CROPPED_BELOW => (preprocessor.resized(size, share, "crop_pct")?, size),
        (Some(_), _) => {
            let expected = format!(
                "a size below {CROPPED_BELOW}: larger images would be resized without keeping their aspect ratio"
            );
            return Err(preprocessor.wrong("size", &expected, &size.to_string()));
        }
        (None, Some(crop)) => (size, crop),
        (None, None) => (size, size),
    };
    let interpolation = match preprocessor.get::<u8>("resample")? {
        Some(2) | None => Interpolation::Bilinear,
        Some(3) => Interpolation::Bicubic,
        Some(other) => {
            return Err(preprocessor.wrong("resample", "2 (bilinear) or 3 (bicubic)", &other.to_string()));
        }
    };
    let mean = preprocessor.get("image_mean")?.unwrap_or(defaults.mean);
    let std = preprocessor.get("image_std")?.unwrap_or(defaults.std);
    Ok(Preprocess { resize, interpolation, crop, mean, std })
}

/// The labels, unless they are placeholders (`LABEL_0`) or ImageNet's 1000 classes, for which this crate has better names.
fn own_labels(labels: Vec<String>) -> Option<Vec<Label>> {
    let imagenet = labels.len() == 1000 && labels[0].starts_with("tench");
    let numbered = labels.iter().all(|label| label.starts_with("LABEL_"));
    (!imagenet && !numbered).then(|| labels.into_iter().map(Label::from).collect())
}

/// A JSON object of a repository, with error messages that name the file.
struct JsonFile {
    place: String,
    members: Map<String, Value>,
}

impl JsonFile {
    fn read(repository: &Repository, file: &str, text: &str) -> Result<Self> {
        let place = format!("{file} of {repository}");
        let members = serde_json::from_str(text).map_err(|error| Error::json(&place, "a JSON object", &error))?;
        Ok(Self { place, members })
    }

    fn wrong(&self, key: &str, expected: &str, found: &str) -> Error {
        Error::Card(format!("{key} in {}: expected {expected}, found {}", self.place, quoted(found)))
    }

    fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// A member of the expected type; `None` when it is absent or null.
    fn get<T: for<'a> Deserialize<'a>>(&self, key: &str) -> Result<Option<T>> {
        let Some(value) = self.members.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
        let unreadable = |error: serde_json::Error| {
            let message: String = error.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
            Error::Card(format!("{key} in {}: expected a value that can be used, found {message}", self.place))
        };
        T::deserialize(value).map(Some).map_err(unreadable)
    }

    /// A member of `inner`, or else of this object: older timm files have no inner object.
    fn or<T: for<'a> Deserialize<'a>>(&self, inner: &Self, key: &str) -> Result<Option<T>> {
        inner.get(key)?.map_or_else(|| self.get(key), |value| Ok(Some(value)))
    }

    fn inner(&self, key: &str) -> Result<Self> {
        Ok(Self { place: self.place.clone(), members: self.get(key)?.unwrap_or_default() })
    }

    /// The length of the shorter side before cropping: `floor(crop / share)`.
    fn resized(&self, crop: u32, share: f64, key: &str) -> Result<u32> {
        if !(0.1..=1.0).contains(&share) {
            return Err(self.wrong(key, "a share of 0.1 to 1", &share.to_string()));
        }
        Ok((f64::from(crop) / share).floor() as u32)
    }

    /// A size: a number, `{"shortest_edge": …}`, or equal `{"height": …, "width": …}`.
    fn side(&self, key: &str) -> Result<Option<u32>> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Side {
            Plain(u32),
            Shortest { shortest_edge: u32 },
            Both { height: u32, width: u32 },
        }
        match self.get(key)? {
            Some(Side::Plain(side) | Side::Shortest { shortest_edge: side }) => Ok(Some(side)),
            Some(Side::Both { height, width }) if height == width => Ok(Some(height)),
            Some(Side::Both { height, width }) => Err(self.wrong(key, "a square", &format!("{height} x {width}"))),
            None => Ok(None),
        }
    }

    /// `id2label` in the order of its indices.
    fn labels(&self) -> Result<Option<Vec<String>>> {
        let Some(by_index) = self.get::<BTreeMap<usize, String>>("id2label")? else { return Ok(None) };
        labels::in_order(by_index).map(Some).map_err(|[missing, found]| {
            self.wrong("id2label", &format!("a label for index {missing}"), &format!("index {found}"))
        })
    }
}
