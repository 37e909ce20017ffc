//! DecodedImage → network input, as torchvision's `Resize` · `CenterCrop` · `ToTensor` · `Normalize` on Pillow images.
//!
//! The 8-bit result equals Pillow's on every pixel. Only the window that the crop keeps is resampled, so a
//! 20000 x 50 image never becomes a resized image of 102400 x 256.
//! Source: `torchvision/transforms/functional.py`, functions `_compute_resized_output_size` and `center_crop`.

mod resample;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::decoded_image::DecodedImage;
use resample::Axis;
pub use resample::TapTable;

/// What one model wants done to an image; part of its card.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// Length in pixels that the shorter side is resized to.
    pub resize: u32,
    /// Filter of the resize; antialiased when it shrinks.
    pub interpolation: Interpolation,
    /// Side in pixels of the centred square that the network sees.
    pub crop: u32,
    /// Mean of each channel, on the scale 0 to 1.
    pub mean: [f32; 3],
    /// Standard deviation of each channel, on the scale 0 to 1.
    pub std: [f32; 3],
}

/// The resize's filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
    /// Triangle.
    Bilinear,
    /// Keys' cubic with a = -0.5, Pillow's.
    Bicubic,
}

/// A number on a model's card with which no image can be prepared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("preprocess.{field}: expected {expected}, found {found}")]
pub struct PreprocessError {
    /// ReceptiveField of [`Preprocess`].
    pub field: &'static str,
    /// What it may be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

/// The part of an image that the network sees, in that image's own pixels.
///
/// It reaches beyond the image where the crop is larger than the resized image and black is put around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CropBox {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Far above any ResNet's input; keeps a mistyped card from asking for gigabytes.
const MAX_SIDE: u32 = 4096;

impl Default for Preprocess {
    /// torchvision's for ImageNet: 256 bilinear, 224, ImageNet's mean and deviation.
    fn default() -> Self {
        Self {
            resize: 256,
            interpolation: Interpolation::Bilinear,
            crop: 224,
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225],
        }
    }
}

impl Preprocess {
    /// Checks the numbers of a card. A crop larger than `resize` is allowed: as in torchvision, black surrounds it.
    ///
    /// # Errors
    /// The first field that is out of its range.
    pub fn validate(&self) -> Result<(), PreprocessError> {
        for (field, side) in [("resize", self.resize), ("crop", self.crop)] {
            if !(1..=MAX_SIDE).contains(&side) {
                let expected = format!("a side of 1 to {MAX_SIDE} pixels");
                return Err(PreprocessError { field, expected, found: side.to_string() });
            }
        }
        if !self.mean.iter().all(|mean| mean.is_finite()) {
            let expected = "three finite numbers".into();
            return Err(PreprocessError { field: "mean", expected, found: format!("{:?}", self.mean) });
        }
        // Subnormal deviations would make the normalised values infinite.
        if !self.std.iter().all(|std| std.is_normal() && *std > 0.0) {
            let expected = "three finite numbers above 0".into();
            return Err(PreprocessError { field: "std", expected, found: format!("{:?}", self.std) });
        }
        Ok(())
    }

    /// What the network sees: `crop` x `crop` pixels, before normalisation.
    ///
    /// `self` must be [valid](Self::validate).
    pub fn resized_crop(&self, image: &DecodedImage) -> DecodedImage {
        let (x, y) = self.windows(image.width, image.height);
        let seen = resample::resize_window(image, &x.axis(), &y.axis(), self.interpolation);
        if seen.width == self.crop && seen.height == self.crop {
            return seen;
        }
        let side = self.crop as usize;
        let mut rgb = vec![0; side * side * 3];
        let rows = rgb.chunks_exact_mut(side * 3).skip(y.padding as usize);
        for (padded, row) in rows.zip(seen.rgb.chunks_exact(seen.width as usize * 3)) {
            let left = x.padding as usize * 3;
            padded[left..left + row.len()].copy_from_slice(row);
        }
        DecodedImage { width: self.crop, height: self.crop, rgb }
    }

    /// The network's input: three planes (NCHW, batch 1) of `(value / 255 - mean) / std`.
    ///
    /// `self` must be [valid](Self::validate).
    pub fn normalised(&self, image: &DecodedImage) -> Vec<f32> {
        let seen = self.resized_crop(image);
        let plane = |channel: usize| {
            let (mean, std) = (self.mean[channel], self.std[channel]);
            seen.rgb.iter().skip(channel).step_by(3).map(move |&value| (f32::from(value) / 255.0 - mean) / std)
        };
        (0..3).flat_map(plane).collect()
    }

    /// The part of an image of `width` x `height` pixels, both at least 1, that [`resized_crop`](Self::resized_crop)
    /// shows.
    pub fn crop_box(&self, width: u32, height: u32) -> CropBox {
        let (x, y) = self.windows(width, height);
        CropBox {
            x: x.in_source(x.start()),
            y: y.in_source(y.start()),
            width: x.in_source(self.crop.into()),
            height: y.in_source(self.crop.into()),
        }
    }

    /// The weights of [`resized_crop`](Self::resized_crop) for images of `width` x `height` pixels, both at least 1: of the
    /// columns and of the rows.
    pub fn tap_tables(&self, width: u32, height: u32) -> [TapTable; 2] {
        let (x, y) = self.windows(width, height);
        [x, y].map(|window| TapTable::new(&window.axis(), window.padding, self.interpolation))
    }

    fn windows(&self, width: u32, height: u32) -> (Window, Window) {
        let (short, long) = (width.min(height), width.max(height));
        // Python: int(size * long / short), a float division rounded down.
        let long_resized = (f64::from(self.resize) * f64::from(long) / f64::from(short)) as u64;
        let resized = |side| {
            if side == short { u64::from(self.resize) } else { long_resized }
        };
        (Window::new(width, resized(width), self.crop), Window::new(height, resized(height), self.crop))
    }
}

/// One axis of the resize and crop.
struct Window {
    source: u32,
    resized: u64,
    /// What the crop keeps of the resized axis.
    kept: Range<u64>,
    /// Black pixels before it.
    padding: u64,
}

impl Window {
    fn new(source: u32, resized: u64, crop: u32) -> Self {
        let crop = u64::from(crop);
        if crop >= resized {
            return Self { source, resized, kept: 0..resized, padding: (crop - resized) / 2 };
        }
        // Python: int(round((side - crop) / 2)), which rounds a half to the even neighbour.
        let half = (resized - crop) / 2;
        let start = half + ((resized - crop) % 2) * (half % 2);
        Self { source, resized, kept: start..start + crop, padding: 0 }
    }

    fn axis(&self) -> Axis {
        Axis { source: self.source, resized: self.resized, kept: self.kept.clone() }
    }

    /// First pixel of the crop on the resized axis; negative in the padding.
    fn start(&self) -> f64 {
        self.kept.start as f64 - self.padding as f64
    }

    fn in_source(&self, resized: f64) -> f64 {
        resized * f64::from(self.source) / self.resized as f64
    }
}
