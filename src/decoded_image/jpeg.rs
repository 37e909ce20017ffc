//! JPEG files, decoded with the integer arithmetic of libjpeg-turbo: Pillow and browsers use it, so the pixels are equal.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};
use libjpeg_turbo_rs::{ColorSpace, DecodeLimits, Decoder, JpegError, PixelFormat, ScalingFactor};

use super::decode_error::{DecodeError, MAX_DECODED_BYTES};

/// Bytes of a decoded image that are worth a check before they are allocated.
const LARGE: u64 = 64 << 20;

/// Scans of a progressive image; encoders write about ten. More would only cost time.
const MAX_SCANS: usize = 1000;

/// Decodes an image and applies its orientation. The sentence describes a missing end marker or a reduced size.
///
/// # Errors
/// [`DecodeError::Unsupported`], [`DecodeError::Broken`] or [`DecodeError::TooLarge`].
pub(super) fn decode(bytes: &[u8]) -> Result<(DynamicImage, Option<String>), DecodeError> {
    let explain = |error| explain(bytes.len(), &error);
    let mut decoder = Decoder::new_with_limits(bytes, limits()).map_err(explain)?;
    let precision = decoder.header().precision;
    if precision != 8 {
        return Err(explain(JpegError::Unsupported(format!("{precision} bits per sample"))));
    }
    let is_complete = has_end_marker(bytes);
    // Nothing but the end marker shows how many scans should follow.
    if !is_complete && decoder.has_multiple_scans() {
        return Err(explain(JpegError::UnexpectedEof));
    }
    let reduction = reduction(&decoder, bytes.len())?;
    decoder.set_scale(ScalingFactor::try_new(1, reduction).map_err(explain)?);
    let is_cmyk = matches!(decoder.jpeg_color_space(), ColorSpace::Cmyk | ColorSpace::Ycck);
    decoder.set_output_format(if is_cmyk { PixelFormat::Cmyk } else { PixelFormat::Rgb });
    let orientation = decoder.exif_orientation().and_then(Orientation::from_exif);
    let full = [decoder.header().width, decoder.header().height];
    let decoded = decoder.decode_image().map_err(explain)?;
    let rgb = if is_cmyk { decoded.data.chunks_exact(4).flat_map(rgb_of_cmyk).collect() } else { decoded.data };
    let image = RgbImage::from_raw(decoded.width as u32, decoded.height as u32, rgb);
    let mut image = DynamicImage::from(image.ok_or_else(|| explain(JpegError::UnexpectedEof))?);
    image.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    Ok((image, warning(is_complete, reduction, full)))
}

/// Columns and rows of an image whose file begins with `start`, if its header is there.
pub(super) fn size(start: &[u8]) -> Option<[u32; 2]> {
    let decoder = Decoder::new_with_limits(start, limits()).ok()?;
    Some([decoder.header().width.into(), decoder.header().height.into()])
}

fn limits() -> DecodeLimits {
    let side = usize::from(u16::MAX);
    DecodeLimits { max_width: side, max_height: side, max_scans: MAX_SCANS, ..DecodeLimits::default() }
}

/// Pillow's conversion of a CMYK pixel, of which JPEG files store the complement.
fn rgb_of_cmyk(stored: &[u8]) -> [u8; 3] {
    let white = u32::from(stored[3]);
    [0, 1, 2].map(|ink| {
        // Ink times white divided by 255, rounded.
        let product = u32::from(255 - stored[ink]) * white + 128;
        (white - (((product >> 8) + product) >> 8)) as u8
    })
}

/// The smallest divisor of the size with which the decoded image fits into [`MAX_DECODED_BYTES`].
///
/// # Errors
/// [`DecodeError::TooLarge`] for an image of more than four times that size, [`DecodeError::Broken`] for one of which most is missing.
fn reduction(decoder: &Decoder<'_>, length: usize) -> Result<u32, DecodeError> {
    let (width, height) = (u32::from(decoder.header().width), u32::from(decoder.header().height));
    let size = |divisor: u32| u64::from(width.div_ceil(divisor)) * u64::from(height.div_ceil(divisor)) * 3;
    let (full, most) = (size(1), MAX_DECODED_BYTES);
    // A progressive image stays in memory as coefficients of two bytes each.
    let limit = if decoder.has_multiple_scans() { 2 * most } else { 4 * most };
    if full > limit {
        return Err(DecodeError::TooLarge { width, height, bytes: full, limit: most });
    }
    // One byte encodes at most about 350 pixels. Refused here, a damaged header costs no memory.
    if full > LARGE && full > length as u64 * 3 * 1024 {
        return Err(explain(length, &JpegError::UnexpectedEof));
    }
    Ok(if full > most { 2 } else { 1 })
}

fn warning(is_complete: bool, reduction: u32, [width, height]: [u16; 2]) -> Option<String> {
    if !is_complete {
        return Some("the JPEG image lacks its end marker; all of its pixels are there".to_owned());
    }
    (reduction > 1).then(|| format!("the image of {width} x {height} pixels was decoded at 1/{reduction} of its size"))
}

fn explain(length: usize, error: &JpegError) -> DecodeError {
    match error {
        JpegError::Unsupported(reason) => DecodeError::Unsupported { format: "JPEG", reason: reason.clone() },
        JpegError::UnexpectedEof => {
            DecodeError::Broken { format: "JPEG", reason: format!("the data ends after {length} bytes") }
        }
        other => DecodeError::Broken { format: "JPEG", reason: other.to_string() },
    }
}

/// Whether the marker segments of a JPEG (ITU T.81, annex B) continue to its end-of-image marker.
///
/// A search for the marker's two bytes would also find the end of an embedded thumbnail.
fn has_end_marker(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xFF)) {
        let marker = at + found + 1;
        at = match bytes.get(marker) {
            None => return false,
            Some(&END_OF_IMAGE) => return true,
            // A fill byte before the marker.
            Some(0xFF) => marker,
            // A stuffed zero, restart, start-of-image and TEM markers have no length.
            Some(0x00 | 0x01 | 0xD0..=0xD8) => marker + 1,
            Some(_) => match bytes.get(marker + 1..marker + 3) {
                Some(length) => marker + 1 + usize::from(u16::from_be_bytes([length[0], length[1]])),
                None => return false,
            },
        };
    }
    false
}
