//! Decoding, resizing, cropping and normalising against Pillow and torchvision.
//! The golden files come from `tools/make_preprocess_golden.py`.

mod decode;
mod resize;

use std::fs;
use std::path::PathBuf;

use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::preprocess::{CropBox, Interpolation};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    resize: Vec<ResizeCase>,
    decode: Vec<DecodeCase>,
}

#[derive(Deserialize)]
struct ResizeCase {
    input: String,
    resize: u32,
    interpolation: Interpolation,
    crop: u32,
    output: String,
    crop_box: CropBox,
}

#[derive(Deserialize)]
struct DecodeCase {
    file: String,
    expected: String,
    tolerance: u8,
    why: String,
}

fn golden(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/preprocess").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn golden_image(name: &str) -> DecodedImage {
    DecodedImage::decode(&golden(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn cases() -> Cases {
    serde_json::from_slice(&golden("cases.json")).expect("valid cases")
}

/// Compares two images and allows a difference of `tolerance` levels per sample.
fn assert_within(name: &str, found: &DecodedImage, expected: &DecodedImage, tolerance: u8, why: &str) {
    assert_eq!((found.width, found.height), (expected.width, expected.height), "{name}: size");
    assert_eq!(found.rgb.len(), expected.rgb.len(), "{name}: number of samples");
    let differences = || found.rgb.iter().zip(&expected.rgb).map(|(a, b)| a.abs_diff(*b)).enumerate();
    let (at, worst) = differences().max_by_key(|&(_, difference)| difference).expect("no empty golden");
    let wrong = differences().filter(|&(_, difference)| difference > tolerance).count();
    let (pixel, width) = (at / 3, found.width as usize);
    println!("{name}: worst difference {worst} (allowed {tolerance}: {why})");
    assert!(
        wrong == 0,
        "{name}: {wrong} of {} samples differ by more than {tolerance} ({why}); worst {worst} at x {} y {} channel {}",
        found.rgb.len(),
        pixel % width,
        pixel / width,
        at % 3,
    );
}
