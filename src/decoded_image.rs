//! Decodes image files to 8-bit RGB, as Pillow's `convert("RGB")` does.
//!
//! The conversions are those that torchvision users get from Pillow, with the differences noted:
//! - Alpha is dropped, not blended: a transparent pixel has the colour stored for it.
//! - Grey becomes three equal channels; palettes and CMYK are expanded.
//! - 16-bit samples are scaled to 8 bits and rounded. Pillow truncates 16-bit RGB, which differs by at most one level, and
//!   saturates 16-bit grey.
//! - EXIF orientation is applied, as Pillow's `ImageOps.exif_transpose` does.
//! - An animation is decoded to its first frame.
//! - A truncated file is an error. A JPEG that lacks only its end marker is complete, with a warning.
//! - A JPEG too large for memory is decoded at half of its size, with a warning.

mod decode_error;
mod foreign;
mod jpeg;
mod preview;

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

pub use decode_error::{DecodeError, MAX_DECODED_BYTES, MAX_FILE_BYTES};

/// An 8-bit RGB image of at least one pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedImage {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `height` rows of `width` pixels of three bytes.
    pub rgb: Vec<u8>,
}

impl DecodedImage {
    /// Checks a file by its first bytes, before the others are read: the columns and rows of the image, before its orientation is
    /// applied, or `None` if they are not in these bytes.
    ///
    /// # Errors
    /// [`DecodeError::Empty`], [`DecodeError::UnknownFormat`], or [`DecodeError::FileTooLarge`] for a file of `length` bytes.
    pub fn check_start(start: &[u8], length: u64) -> Result<Option<[u32; 2]>, DecodeError> {
        let format = readable_format(start, length)?;
        if length > MAX_FILE_BYTES {
            return Err(DecodeError::FileTooLarge { bytes: length, limit: MAX_FILE_BYTES });
        }
        if format == ImageFormat::Jpeg {
            return Ok(jpeg::size(start));
        }
        let dimensions = ImageReader::with_format(Cursor::new(start), format).into_dimensions();
        Ok(dimensions.ok().map(|(width, height)| [width, height]))
    }

    /// Decodes an image file. The format is detected from the content.
    ///
    /// # Errors
    /// Any [`DecodeError`] except `WrongLength` and `FileTooLarge`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_with_warning(bytes).map(|(image, _)| image)
    }

    /// As [`DecodedImage::decode`], with a sentence about a fault of the file that did not prevent decoding all pixels, or about a
    /// reduced size.
    ///
    /// # Errors
    /// As [`DecodedImage::decode`].
    pub fn decode_with_warning(bytes: &[u8]) -> Result<(Self, Option<String>), DecodeError> {
        let format = readable_format(bytes, bytes.len() as u64)?;
        let (image, warning) = match format {
            ImageFormat::Jpeg => jpeg::decode(bytes)?,
            other => (decode_by_format(bytes, other)?, None),
        };
        let rgb = image.into_rgb8();
        if rgb.is_empty() {
            return Err(DecodeError::Broken { format: name(format), reason: "no pixels".into() });
        }
        Ok((Self { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() }, warning))
    }

    /// Wraps decoded RGBA pixels, four bytes each. Alpha is dropped as in [`decode`](Self::decode).
    ///
    /// # Errors
    /// [`DecodeError::WrongLength`] if `rgba` does not hold `width * height` pixels, or if it is empty.
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Result<Self, DecodeError> {
        let expected = (u64::from(width) * u64::from(height)).saturating_mul(4);
        if expected != rgba.len() as u64 || rgba.is_empty() {
            return Err(DecodeError::WrongLength { width, height, expected, found: rgba.len() });
        }
        let rgb = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Ok(Self { width, height, rgb })
    }
}

/// Decodes with the `image` crate and applies the orientation.
fn decode_by_format(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, DecodeError> {
    let explain = |error| explain(format, &error);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(explain)?;

    let ((width, height), size) = (decoder.dimensions(), decoder.total_bytes());
    let too_large = DecodeError::TooLarge { width, height, bytes: size, limit: MAX_DECODED_BYTES };
    if size > MAX_DECODED_BYTES {
        return Err(too_large);
    }
    let orientation = decoder.orientation().map_err(explain)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => too_large,
        error => explain(error),
    })?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Whether a path has the extension of a supported format. The content decides when the file is decoded.
pub fn has_image_extension(path: &Path) -> bool {
    ImageFormat::from_path(path).is_ok_and(is_readable)
}

fn is_readable(format: ImageFormat) -> bool {
    format == ImageFormat::Jpeg || format.reading_enabled()
}

/// The format of a file of `length` bytes that begins with `start`.
fn readable_format(start: &[u8], length: u64) -> Result<ImageFormat, DecodeError> {
    if start.is_empty() {
        return Err(DecodeError::Empty);
    }
    match image::guess_format(start) {
        Ok(format) if is_readable(format) => Ok(format),
        Ok(format) => Err(DecodeError::UnknownFormat { found: name(format).to_owned() }),
        Err(_) => {
            let named = foreign::format_name(start).map(str::to_owned);
            Err(DecodeError::UnknownFormat { found: named.unwrap_or_else(|| describe_start(start, length)) })
        }
    }
}

/// The first bytes, as text if they are printable, else in hexadecimal.
fn describe_start(start: &[u8], length: u64) -> String {
    let start = &start[..start.len().min(16)];
    match std::str::from_utf8(start) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            format!("{length} bytes starting with the text {text:?}")
        }
        _ => {
            let hex: Vec<String> = start.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{length} bytes starting with {}", hex.join(" "))
        }
    }
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Avif => "AVIF",
        // For all other formats the first extension is the usual name.
        other => other.extensions_str().first().copied().unwrap_or("unknown"),
    }
}

fn explain(format: ImageFormat, error: &ImageError) -> DecodeError {
    // The innermost message on one line. The outer messages only repeat the format's name.
    let innermost = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let reason = innermost.split_whitespace().collect::<Vec<_>>().join(" ");
    match error {
        ImageError::Unsupported(_) => DecodeError::Unsupported { format: name(format), reason },
        _ => DecodeError::Broken { format: name(format), reason },
    }
}
