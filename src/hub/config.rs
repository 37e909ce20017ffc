//! Converts `config.json` of a model on the hub to a [`ModelCard`].
//!
//! timm: `pretrained_cfg`, read as `timm.data.resolve_data_config` and `transforms_imagenet_eval` do; transformers writes the same
//! with `"model_type": "timm_wrapper"`. transformers: `ResNetConfig`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json::JsonFile;
use super::preprocessor::{DEFAULT_SIZE, processed};
use super::{CONFIG, FileList, PREPROCESSOR, Repository};
use crate::card::ModelCard;
use crate::error::Result;
use crate::labels::{self, Label};
use crate::preprocess::{Interpolation, Preprocess};
use crate::resnet::{AntiAlias, StridePlacement};

/// Families of timm's architectures that are networks of this crate.
const FAMILIES: [&str; 5] = ["resnet", "wide_resnet", "resnext", "seresnet", "seresnext"];

/// Prefixes by which timm's older names say who trained a network.
const TRAINERS: [&str; 6] = ["tv_", "gluon_", "ssl_", "swsl_", "ig_", "fb_"];

/// transformers' model types for networks of timm.
const WRAPPERS: [&str; 2] = ["timm_wrapper", "timm_backbone"];

/// The card of a model on the hub, from the texts of its `config.json` and `preprocessor_config.json`, where it has them.
///
/// # Errors
/// [`crate::Error::Card`] when a file cannot be parsed, does not describe a ResNet, or requires unsupported preprocessing.
pub fn card(repository: &Repository, config: Option<&str>, preprocessor: Option<&str>) -> Result<ModelCard> {
    let read = |file: &str, text: Option<&str>| text.map(|text| JsonFile::read(repository, file, text)).transpose();
    let (config, preprocessor) = (read(CONFIG, config)?, read(PREPROCESSOR, preprocessor)?);
    let card = ModelCard {
        id: repository.to_string(),
        file: FileList::of(repository).weights.swap_remove(0),
        source: format!("{} on the Hugging Face hub", repository.name),
        ..ModelCard::torchvision(&repository.name)
    };
    let kind: String =
        config.as_ref().map(|config| config.get("model_type")).transpose()?.flatten().unwrap_or_default();
    let card = match (&config, kind.as_str()) {
        (Some(config), "resnet") => transformers(card, config, preprocessor.as_ref())?,
        (Some(config), "") if described_by_timm(config) => timm(card, config, preprocessor.as_ref())?,
        (Some(config), wrapper) if WRAPPERS.contains(&wrapper) => timm(card, config, preprocessor.as_ref())?,
        (Some(config), "") => ModelCard {
            preprocess: preprocessor.as_ref().map(processed).transpose()?,
            labels: own_labels(config.labels()?),
            ..card
        },
        (Some(config), other) => return Err(config.wrong("model_type", "\"resnet\"", other)),
        (None, _) => ModelCard { preprocess: preprocessor.as_ref().map(processed).transpose()?, ..card },
    };
    card.check()?;
    Ok(card)
}

/// Whether a file without a model type is timm's. Training code saves files of this name, too.
fn described_by_timm(config: &JsonFile) -> bool {
    ["pretrained_cfg", "architecture", "input_size", "label_names"].iter().any(|key| config.has(key))
}

fn timm(card: ModelCard, config: &JsonFile, preprocessor: Option<&JsonFile>) -> Result<ModelCard> {
    // transformers stores the preprocessing of a wrapped network a second time, and reads that.
    let inner = match preprocessor.filter(|preprocessor| preprocessor.has("pretrained_cfg")) {
        Some(preprocessor) => preprocessor.inner("pretrained_cfg")?,
        None => config.inner("pretrained_cfg")?,
    };
    let architecture: Option<String> = config.or(&inner, "architecture")?;
    let architecture = architecture.map_or_else(|| config.get("backbone"), |name| Ok(Some(name)))?;
    let anti_alias = architecture.map(|name| anti_alias(config, &name)).transpose()?.flatten();
    let side = |key| config.or::<[u32; 3]>(&inner, key)?.map(|size| square(config, key, size)).transpose();
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
    let channels = |key| inner.channels(key)?.map_or_else(|| config.channels(key), |values| Ok(Some(values)));
    let preprocess = Preprocess {
        resize: config.resized(crop, share, "crop_pct")?,
        interpolation,
        crop,
        mean: channels("mean")?.unwrap_or(defaults.mean),
        std: channels("std")?.unwrap_or(defaults.std),
    };
    let licence = config.or(&inner, "license")?.unwrap_or_default();
    Ok(ModelCard { preprocess: Some(preprocess), licence, labels: timm_labels(config, &inner)?, anti_alias, ..card })
}

/// How the network of an architecture blurs before it subsamples.
fn anti_alias(config: &JsonFile, architecture: &str) -> Result<Option<AntiAlias>> {
    let plain = TRAINERS.iter().find_map(|trainer| architecture.strip_prefix(trainer)).unwrap_or(architecture);
    let Some(variant) = FAMILIES.iter().find_map(|family| plain.strip_prefix(family)) else {
        let expected = "a resnet, wide_resnet, resnext, seresnet or seresnext";
        return Err(config.wrong("architecture", expected, architecture));
    };
    // `resnetblur50`, `seresnextaa101d_32x8d`: their tensors are those of the plain networks.
    let variant: String = variant.chars().take_while(char::is_ascii_alphabetic).collect();
    match variant.as_str() {
        "" => Ok(None),
        "blur" => Ok(Some(AntiAlias::Blur)),
        "aa" => Ok(Some(AntiAlias::Average)),
        _ => {
            let expected = "a variant whose name begins with its number of layers, blur or aa";
            Err(config.wrong("architecture", expected, architecture))
        }
    }
}

/// The side of a square input of one or three channels.
fn square(config: &JsonFile, key: &str, [channels, height, width]: [u32; 3]) -> Result<u32> {
    if height == width && [1, 3].contains(&channels) {
        return Ok(height);
    }
    Err(config.wrong(key, "one or three channels of a square", &format!("{channels} x {height} x {width}")))
}

/// `label_names`, which older files call `labels`, with the names of `label_descriptions`; or those of transformers.
fn timm_labels(config: &JsonFile, inner: &JsonFile) -> Result<Option<Vec<Label>>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        InOrder(Vec<Label>),
        // A key of JSON is a text.
        ByIndex(BTreeMap<String, Label>),
    }
    let (key, names) = match config.or::<Names>(inner, "label_names")? {
        Some(names) => ("label_names", Some(names)),
        None => ("labels", config.or(inner, "labels")?),
    };
    let mut names = match names {
        Some(Names::InOrder(names)) => names,
        Some(Names::ByIndex(names)) => {
            let indexed = |(index, label): (String, Label)| Ok((index.parse().map_err(|_| index)?, label));
            let indexed: std::result::Result<BTreeMap<usize, Label>, String> = names.into_iter().map(indexed).collect();
            config.in_order(key, indexed.map_err(|found| config.wrong(key, "the index of a class", &found))?)?
        }
        None => return Ok(own_labels(config.labels()?)),
    };
    let descriptions: BTreeMap<String, String> = config.or(inner, "label_descriptions")?.unwrap_or_default();
    let imagenet = if descriptions.is_empty() { Vec::new() } else { labels::imagenet()? };
    for label in &mut names {
        // The classes of ImageNet have better names in this crate, which it finds by their id.
        let is_known = imagenet.iter().any(|class| class.id.as_ref() == Some(&label.name));
        if let Some(description) = descriptions.get(&label.name).filter(|_| !is_known) {
            label.name.clone_from(description);
        }
    }
    Ok(own_labels(Some(names)))
}

fn transformers(card: ModelCard, config: &JsonFile, preprocessor: Option<&JsonFile>) -> Result<ModelCard> {
    let in_first = config.get("downsample_in_bottleneck")?.unwrap_or(false);
    let stride = if in_first { StridePlacement::FirstConv1x1 } else { StridePlacement::Conv3x3 };
    let preprocess = preprocessor.map_or_else(|| Ok(Preprocess::default()), processed)?;
    Ok(ModelCard { preprocess: Some(preprocess), stride, labels: own_labels(config.labels()?), ..card })
}

/// The labels, unless they are placeholders (`LABEL_0`) or ImageNet's 1000 classes, for which this crate has better names.
fn own_labels(labels: Option<Vec<Label>>) -> Option<Vec<Label>> {
    labels.filter(|labels| {
        let imagenet = labels.len() == 1000 && labels[0].name.starts_with("tench");
        let numbered = labels.iter().all(|label| label.name.starts_with("LABEL_"));
        !imagenet && !numbered
    })
}
