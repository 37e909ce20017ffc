//! Decoding of image files, and its errors.

use resnet_lens::decoded_image::{DecodeError, DecodedImage, MAX_DECODED_BYTES, MAX_FILE_BYTES};

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

/// Files that people have and this crate does not decode are named.
#[test]
fn known_formats_without_a_decoder_are_named() {
    let cases: [(&[u8], &str); 11] = [
        (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", "a HEIC image"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "a HEIC image"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01", "a raw image (Canon CR3)"),
        (b"\0\0\0\x18ftypisom\0\0\x02\0", "a video (MP4 or QuickTime)"),
        (b"\x1A\x45\xDF\xA3\x01\0\0\0", "a video (WebM or Matroska)"),
        (b"\xFF\x0A\x00\x10", "a JPEG XL image"),
        (b"\0\0\0\x0CJXL \r\n\x87\n", "a JPEG XL image"),
        (b"FUJIFILMCCD-RAW 0201", "a raw image (Fujifilm RAF)"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing"),
        (b"<!DOCTYPE html>\n<html>", "an HTML page"),
    ];
    for (bytes, name) in cases {
        assert!(matches!(error(bytes), DecodeError::UnknownFormat { found } if found == name), "{name}");
    }
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

/// A single scan is complete when all blocks were read. How many scans a progressive image has is known at the end marker only.
#[test]
fn a_jpeg_that_lacks_only_its_end_marker_is_decoded_with_a_warning() {
    for name in ["decode/rgb.jpg", "decode/grey.jpg", "decode/restart.jpg", "decode/cmyk.jpg"] {
        let bytes = golden(name);
        let (image, warning) = DecodedImage::decode_with_warning(&bytes[..bytes.len() - 2]).unwrap();
        assert_eq!(image, golden_image(name));
        assert!(warning.is_some_and(|warning| warning.contains("end marker")), "{name}");
        assert_eq!(DecodedImage::decode_with_warning(&bytes).unwrap().1, None);
    }
    let bytes = golden("decode/progressive.jpg");
    assert!(matches!(error(&bytes[..bytes.len() - 2]), DecodeError::Broken { format: "JPEG", .. }));
}

/// A grey JPEG of this size, of value 128 throughout: each block is the code of an unchanged mean and that of the end.
fn even_jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = golden("decode/grey.jpg");
    let marker = |marker: u8| jpeg.windows(2).position(|bytes| bytes == [0xFF, marker]).expect("Pillow wrote it");
    let (frame, scan) = (marker(0xC0), marker(0xDA));
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    let header = usize::from(jpeg[scan + 3]);
    jpeg.truncate(scan + 2 + header);
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    // 00 and 1010 in the tables of ITU T.81, annex K: four blocks in three bytes.
    jpeg.extend([0x28, 0xA2, 0x8A].repeat(blocks.div_ceil(4)));
    jpeg.extend([0xFF, 0xD9]);
    jpeg
}

#[test]
fn a_photo_larger_than_the_memory_is_decoded_at_half_its_size() {
    let (image, warning) = DecodedImage::decode_with_warning(&even_jpeg(16_320, 12_240)).unwrap();
    assert_eq!((image.width, image.height), (8160, 6120));
    assert!(image.rgb.iter().all(|sample| *sample == 128));
    assert_eq!(warning.as_deref(), Some("the image of 16320 x 12240 pixels was decoded at 1/2 of its size"));
}

/// A header of a large image before a few bytes costs neither time nor memory.
#[test]
fn most_of_a_large_image_missing_is_an_error_before_it_is_decoded() {
    let whole = even_jpeg(16_320, 12_240);
    assert!(matches!(error(&whole[..1000]), DecodeError::Broken { format: "JPEG", .. }));
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

#[test]
fn a_file_is_checked_by_its_first_bytes() {
    let png = golden("decode/rgb.png");
    let image = golden_image("decode/rgb.png");
    assert_eq!(DecodedImage::check_start(&png[..64], MAX_FILE_BYTES), Ok(Some([image.width, image.height])));
    let jpeg = golden("decode/rgb.jpg");
    assert_eq!(DecodedImage::check_start(&jpeg[..3], 9), Ok(None), "the size is further back");
    assert_eq!(DecodedImage::check_start(&jpeg, 9), Ok(Some([image.width, image.height])));
    let large = 3 << 30;
    let refused = |start: &[u8]| DecodedImage::check_start(start, large).expect_err("a file of 3 GiB").to_string();
    let sentence = "the image file is too large: expected at most 576 MiB, found 3072 MiB";
    assert_eq!(refused(&png[..64]), sentence);
    let sentence = refused(b"PK\x03\x04 an archive");
    assert!(sentence.contains("found 3221225472 bytes starting with 50 4b 03 04"), "{sentence}");
    assert_eq!(DecodedImage::check_start(&[], 0), Err(DecodeError::Empty));
}

#[test]
fn a_preview_averages_squares_of_pixels() {
    let rgb = (0..5 * 7 * 3).collect();
    let image = DecodedImage { width: 5, height: 7, rgb };
    let (width, height, rgba) = image.preview(3, 2);
    assert_eq!((width, height), (2, 3));
    // Red of the pixels (0, 0), (1, 0), (0, 1), (1, 1) is 0, 3, 15, 18.
    assert_eq!(rgba[..4], [9, 10, 11, 255]);
    assert_eq!(rgba.len(), 2 * 3 * 4);
    let (width, height, rgba) = image.preview(100, 100);
    assert_eq!((width, height, &rgba[..8]), (5, 7, &[0, 1, 2, 255, 3, 4, 5, 255][..]), "a small image stays as it is");
    let strip = DecodedImage { width: 1000, height: 2, rgb: vec![7; 6000] };
    assert_eq!(strip.preview(10, 1).0, 500, "the shorter side keeps a pixel");
}
