//! Decoding of image files, and its errors.

use resnet_lens::decoded_image::{DecodeError, DecodedImage, MAX_DECODED_BYTES};

use super::{assert_within, cases, golden, golden_image};

fn error(bytes: &[u8]) -> DecodeError {
    let error = DecodedImage::decode(bytes).expect_err("an invalid image");
    let sentence = error.to_string();
    println!("{sentence}");
    assert!(!sentence.contains('\n') && sentence.contains("expected") && sentence.contains("found"), "{sentence}");
    error
}

#[test]
fn every_encoding_decodes_as_pillow_decodes_it() {
    for case in cases().decode {
        let (found, expected) = (golden_image(&case.file), golden_image(&case.expected));
        assert_within(&case.file, &found, &expected, case.tolerance, &case.why);
    }
}

#[test]
fn unknown_formats_are_errors() {
    assert_eq!(error(b""), DecodeError::Empty);
    for unknown in [&b"just some text, named photo.jpg"[..], b"h", b"\x00\x01\x02\xfe", b"P5 2 2 255\nabcd"] {
        assert!(matches!(error(unknown), DecodeError::UnknownFormat { .. }));
    }
    let avif = b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf";
    assert!(matches!(error(avif), DecodeError::UnknownFormat { found } if found.contains("AVIF")));
}

#[test]
fn a_truncated_file_is_an_error_unless_its_pixels_are_complete() {
    for case in cases().decode {
        let (bytes, whole) = (golden(&case.file), golden_image(&case.file));
        for length in 0..bytes.len() {
            if let Ok(cut) = DecodedImage::decode(&bytes[..length]) {
                assert_eq!(cut, whole, "{} cut to {length} of {} bytes", case.file, bytes.len());
            }
        }
    }
    let half = |name: &str| golden(name)[..golden(name).len() / 2].to_vec();
    assert!(matches!(error(&half("decode/rgb.png")), DecodeError::Broken { format: "PNG", .. }));
    assert!(matches!(error(&half("decode/rgb.jpg")), DecodeError::Broken { format: "JPEG", .. }));
}

#[test]
fn a_damaged_file_never_panics() {
    for case in cases().decode {
        let bytes = golden(&case.file);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xA5;
            // Either result is valid.
            let _ = DecodedImage::decode(&damaged);
        }
    }
}

#[test]
fn an_image_that_is_too_large_is_an_error_before_it_is_decoded() {
    let mut bmp = golden("decode/rgb.bmp");
    bmp[18..22].copy_from_slice(&60_000_i32.to_le_bytes());
    bmp[22..26].copy_from_slice(&60_000_i32.to_le_bytes());
    let expected =
        DecodeError::TooLarge { width: 60_000, height: 60_000, bytes: 10_800_000_000, limit: MAX_DECODED_BYTES };
    assert_eq!(error(&bmp), expected);

    let mut jpeg = golden("decode/rgb.jpg");
    let frame = jpeg.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).expect("a baseline frame header");
    jpeg[frame + 5..frame + 9].fill(0xFF);
    assert!(matches!(error(&jpeg), DecodeError::TooLarge { width: 65_535, height: 65_535, .. }));
}

#[test]
fn raw_pixels_lose_their_alpha_and_must_match_their_size() {
    let image = DecodedImage::from_rgba(2, 1, &[1, 2, 3, 0, 4, 5, 6, 255]).unwrap();
    assert_eq!(image, DecodedImage { width: 2, height: 1, rgb: vec![1, 2, 3, 4, 5, 6] });
    for (width, height, bytes) in [(2, 2, 8), (0, 4, 0), (u32::MAX, u32::MAX, 8)] {
        let error = DecodedImage::from_rgba(width, height, &vec![0; bytes]).unwrap_err();
        assert!(matches!(error, DecodeError::WrongLength { .. }), "{error}");
    }
}
