//! `preprocessor_config.json` of transformers.
//!
//! `ConvNextImageProcessor` has `size` and `crop_pct`, others `size` and `crop_size`, and timm's wrapper the configuration of timm.

use super::json::JsonFile;
use crate::error::Result;
use crate::preprocess::{Interpolation, Preprocess};

/// Input size at which accuracies of this family are published.
pub(super) const DEFAULT_SIZE: u32 = 224;

/// `ConvNextImageProcessor` resizes and crops below this size; from it on, it resizes to a square without cropping.
const CROPPED_BELOW: u32 = 384;

/// The preprocessing of transformers' image processors.
pub(super) fn processed(preprocessor: &JsonFile) -> Result<Preprocess> {
    let defaults = Preprocess::default();
    let is_cropped = preprocessor.get("do_center_crop")?.unwrap_or(true);
    let crop_size = preprocessor.side("crop_size")?.filter(|_| is_cropped);
    let size = preprocessor.side("size")?.or(crop_size).unwrap_or(DEFAULT_SIZE);
    let (resize, crop) = match (preprocessor.get::<f64>("crop_pct")?, crop_size) {
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
    if !preprocessor.get("do_normalize")?.unwrap_or(true) {
        return Ok(Preprocess { resize, interpolation, crop, mean: [0.0; 3], std: [1.0; 3] });
    }
    let mean = preprocessor.channels("image_mean")?.unwrap_or(defaults.mean);
    let std = preprocessor.channels("image_std")?.unwrap_or(defaults.std);
    Ok(Preprocess { resize, interpolation, crop, mean, std })
}
