//! From a decoded image to the network's input: torchvision's `Resize`, `CenterCrop`, `ToTensor` and `Normalize` on Pillow images.
//!
//! The 8-bit result equals Pillow's on every pixel. Only the region that the crop keeps is resampled, so a 20000 x 50 image needs
//! no resized image of 102400 x 256.
//! Source: `torchvision/transforms/functional.py`, functions `_compute_resized_output_size` and `center_crop`.

mod interpolation;
mod resample;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::decoded_image::DecodedImage;
pub use interpolation::Interpolation;
use resample::Axis;
pub use resample::TapTable;

/// The preprocessing of one model's images; part of the model card.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// Length of the shorter side after the resize, in pixels.
    pub resize: u32,
    /// Filter of the resize, antialiased when downsampling.
    pub interpolation: Interpolation,
    /// Side of the centred square crop in pixels: the network's input size.
    pub crop: u32,
    /// Mean of each channel, for values from 0 to 1.
    pub mean: [f32; 3],
    /// Standard deviation of each channel, for values from 0 to 1.
    pub std: [f32; 3],
}

/// An invalid field of [`Preprocess`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("preprocess.{field}: expected {expected}, found {found}")]
pub struct PreprocessError {
    /// The field's name.
    pub field: &'static str,
    /// The allowed values.
    pub expected: String,
    /// The value found.
    pub found: String,
}

/// The part of an image that the crop keeps, in the image's own pixels.
///
/// It extends beyond the image if the crop is larger than the resized image, which is then padded with black.
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

/// The largest side that a card may state. It is far above any ResNet's input and bounds the memory of a mistyped card.
const MAX_SIDE: u32 = 4096;

impl Default for Preprocess {
    /// torchvision's preprocessing for ImageNet: bilinear resize to 256, crop to 224, ImageNet's mean and standard deviation.
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
    /// CIFAR-10's: 32 x 32 pixels, its mean and deviation.
    pub const fn cifar10() -> Self {
        Self {
            resize: 32,
            interpolation: Interpolation::Bilinear,
            crop: 32,
            mean: [0.4914, 0.4822, 0.4465],
            std: [0.247, 0.2435, 0.2616],
        }
    }

    /// Checks all fields. As in torchvision, a crop larger than `resize` is allowed; the image is then padded with black.
    ///
    /// # Errors
    /// [`PreprocessError`] for the first field that is out of range.
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
        // Division by a subnormal deviation may overflow.
        if !self.std.iter().all(|std| std.is_normal() && *std > 0.0) {
            let expected = "three finite numbers above 0".into();
            return Err(PreprocessError { field: "std", expected, found: format!("{:?}", self.std) });
        }
        Ok(())
    }

    /// The resized and cropped image of `crop` x `crop` pixels, before normalisation.
    ///
    /// `self` must be [valid](Self::validate).
    pub fn resized_crop(&self, image: &DecodedImage) -> DecodedImage {
        let (x, y) = self.axes(image.width, image.height);
        let resized = resample::resize_region(image, &x.resize(), &y.resize(), self.interpolation);
        if resized.width == self.crop && resized.height == self.crop {
            return resized;
        }
        let side = self.crop as usize;
        let mut rgb = vec![0; side * side * 3];
        let rows = rgb.chunks_exact_mut(side * 3).skip(y.padding as usize);
        for (padded, row) in rows.zip(resized.rgb.chunks_exact(resized.width as usize * 3)) {
            let left = x.padding as usize * 3;
            padded[left..left + row.len()].copy_from_slice(row);
        }
        DecodedImage { width: self.crop, height: self.crop, rgb }
    }

    /// Mean and standard deviation of a grey image: the averages over the three channels.
    pub fn grey_norm(&self) -> [f32; 2] {
        [self.mean, self.std].map(|[red, green, blue]| (red + green + blue) / 3.0)
    }

    /// The input of a network with one channel: Pillow's grey (ITU-R 601) of the resized image, normalised by
    /// [`Preprocess::grey_norm`].
    ///
    /// `self` must be [valid](Self::validate).
    pub fn normalised_grey(&self, image: &DecodedImage) -> Vec<f32> {
        let [mean, std] = self.grey_norm();
        let grey = |pixel: &[u8; 3]| (f32::from(grey_level(*pixel)) / 255.0 - mean) / std;
        self.resized_crop(image).rgb.as_chunks().0.iter().map(grey).collect()
    }

    /// The network's input, 1 x 3 x `crop` x `crop` in NCHW order: `(value / 255 - mean) / std`.
    ///
    /// `self` must be [valid](Self::validate).
    pub fn normalised(&self, image: &DecodedImage) -> Vec<f32> {
        let cropped = self.resized_crop(image);
        let plane = |channel: usize| {
            let (mean, std) = (self.mean[channel], self.std[channel]);
            cropped.rgb.iter().skip(channel).step_by(3).map(move |&value| (f32::from(value) / 255.0 - mean) / std)
        };
        (0..3).flat_map(plane).collect()
    }

    /// The part of an image of `width` x `height` pixels, both at least 1, that [`resized_crop`](Self::resized_crop) keeps.
    pub fn crop_box(&self, width: u32, height: u32) -> CropBox {
        let (x, y) = self.axes(width, height);
        CropBox {
            x: x.in_source(x.start()),
            y: y.in_source(y.start()),
            width: x.in_source(self.crop.into()),
            height: y.in_source(self.crop.into()),
        }
    }

    /// The filter taps of [`resized_crop`](Self::resized_crop) for images of `width` x `height` pixels, both at least 1: columns,
    /// then rows.
    pub fn tap_tables(&self, width: u32, height: u32) -> [TapTable; 2] {
        let (x, y) = self.axes(width, height);
        [x, y].map(|axis| TapTable::new(&axis.resize(), axis.padding, self.interpolation))
    }

    fn axes(&self, width: u32, height: u32) -> (CropAxis, CropAxis) {
        let (short, long) = (width.min(height), width.max(height));
        // Python: int(size * long / short), a float division rounded down.
        let long_resized = (f64::from(self.resize) * f64::from(long) / f64::from(short)) as u64;
        let resized = |side| {
            if side == short { u64::from(self.resize) } else { long_resized }
        };
        (CropAxis::new(width, resized(width), self.crop), CropAxis::new(height, resized(height), self.crop))
    }
}

/// Pillow's `convert("L")`: ITU-R 601-2 in 16 fractional bits, rounded.
fn grey_level([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19595 + u32::from(green) * 38470 + u32::from(blue) * 7471 + 0x8000) >> 16) as u8
}

/// One axis of the resize and crop.
struct CropAxis {
    source: u32,
    resized: u64,
    /// The range of the resized axis that the crop keeps.
    kept: Range<u64>,
    /// Black pixels before the image.
    padding: u64,
}

impl CropAxis {
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

    fn resize(&self) -> Axis {
        Axis { source: self.source, resized: self.resized, kept: self.kept.clone() }
    }

    /// First pixel of the crop on the resized axis; negative if the crop begins in the padding.
    fn start(&self) -> f64 {
        self.kept.start as f64 - self.padding as f64
    }

    /// A length or position on the resized axis in source pixels.
    fn in_source(&self, resized: f64) -> f64 {
        resized * f64::from(self.source) / self.resized as f64
    }
}
