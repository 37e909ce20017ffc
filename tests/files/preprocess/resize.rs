//! Resizing, cropping and normalising.

use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::preprocess::{Interpolation, Preprocess};

use super::{assert_within, cases, golden_image};

fn square(resize: u32, crop: u32) -> Preprocess {
    Preprocess { resize, crop, ..Preprocess::default() }
}

fn striped(width: u32, height: u32) -> DecodedImage {
    let rgb = (0..width * height).flat_map(|at| [(at % 251) as u8, (at / width % 13 * 19) as u8, 90]).collect();
    DecodedImage { width, height, rgb }
}

#[test]
fn resized_crops_equal_pillows_exactly() {
    for case in cases().resize {
        let preprocess = Preprocess { interpolation: case.interpolation, ..square(case.resize, case.crop) };
        let image = golden_image(&case.input);
        let found = preprocess.resized_crop(&image);
        assert_within(&case.output, &found, &golden_image(&case.output), 0, "the same integer arithmetic");

        let (found, expected) = (preprocess.crop_box(image.width, image.height), case.crop_box);
        for (found, expected) in [
            (found.x, expected.x),
            (found.y, expected.y),
            (found.width, expected.width),
            (found.height, expected.height),
        ] {
            assert!((found - expected).abs() < 1e-9, "{}: crop box {found}, expected {expected}", case.output);
        }
    }
}

#[test]
fn normalised_values_are_in_nchw_order() {
    let image = DecodedImage { width: 2, height: 1, rgb: vec![0, 51, 255, 255, 102, 0] };
    let preprocess = Preprocess { mean: [0.5, 0.0, 1.0], std: [0.5, 1.0, 2.0], ..square(1, 1) };
    // The resized image has two columns; the crop's offset of 0.5 rounds to 0.
    assert_eq!(preprocess.normalised(&image), [-1.0, 0.2, 0.0]);
}

#[test]
fn extreme_shapes_need_no_whole_resized_image() {
    for (width, height) in [(1, 1), (1, 20_000), (20_000, 1), (20_000, 50)] {
        let seen = Preprocess::default().resized_crop(&striped(width, height));
        assert_eq!((seen.width, seen.height), (224, 224), "{width} x {height}");
        assert_eq!(Preprocess::default().normalised(&striped(width, height)).len(), 3 * 224 * 224);
    }
}

#[test]
fn a_crop_equals_the_same_part_of_the_whole() {
    let image = striped(83, 47);
    for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
        let whole = Preprocess { interpolation, ..square(47, 83) }.resized_crop(&image);
        let crop = Preprocess { interpolation, ..square(47, 46) }.resized_crop(&image);
        // The whole has 18 black rows above it; the crop starts at round(37 / 2) = 18 and round(1 / 2) = 0.
        for y in 0..46 {
            let row = ((y + 18) * 83 + 18) * 3;
            assert_eq!(crop.rgb[y * 46 * 3..][..46 * 3], whole.rgb[row..][..46 * 3], "{interpolation:?} row {y}");
        }
    }
}

#[test]
fn invalid_fields_of_a_card_are_errors() {
    let json = r#"{"resize":146,"interpolation":"bicubic","crop":128,"mean":[0.5,0.5,0.5],"std":[1,1,1]}"#;
    let card: Preprocess = serde_json::from_str(json).unwrap();
    assert_eq!((card.resize, card.interpolation, card.crop), (146, Interpolation::Bicubic, 128));
    assert_eq!(card.validate(), Ok(()));
    assert_eq!(square(100, 224).validate(), Ok(()), "torchvision allows a padded crop");

    let default = Preprocess::default();
    for (invalid, message) in [
        (square(0, 224), "preprocess.resize: expected a side of 1 to 4096 pixels, found 0"),
        (square(256, 0), "preprocess.crop: expected a side of 1 to 4096 pixels, found 0"),
        (square(256, 5000), "preprocess.crop: expected a side of 1 to 4096 pixels, found 5000"),
        (
            Preprocess { mean: [0.0, f32::NAN, 0.0], ..default },
            "preprocess.mean: expected three finite numbers, found [0.0, NaN, 0.0]",
        ),
        (
            Preprocess { std: [0.0, 1.0, 1.0], ..default },
            "preprocess.std: expected three finite numbers above 0, found [0.0, 1.0, 1.0]",
        ),
    ] {
        assert_eq!(invalid.validate().unwrap_err().to_string(), message);
    }
}
