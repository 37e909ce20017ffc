//! Class labels: ImageNet's in English and Korean, and parsers for label files.

mod label;
mod parse;

use std::collections::HashMap;

use crate::error::Result;

pub use label::{Label, Language};
pub use parse::parse;
pub(crate) use parse::{by_name, in_order};

/// ImageNet's 1000 classes in the order of torchvision's heads.
const IMAGENET: &str = include_str!("../www/assets/imagenet-1k.json");

/// ImageNet's 1000 classes in the order of torchvision's heads.
///
/// # Errors
/// [`crate::Error::Card`] when the bundled list cannot be parsed.
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
