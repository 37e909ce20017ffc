//! Decodes image files to 8-bit RGB, as Pillow's `convert("RGB")` does.
//!
//! The conversions are those that torchvision users get from Pillow, with the differences noted:
//! - Alpha is dropped, not blended: a transparent pixel has the colour stored for it.
//! - Grey becomes three equal channels; palettes and CMYK are expanded.
//! - 16-bit samples are scaled to 8 bits and rounded. Pillow truncates 16-bit RGB, which differs by at most one level, and
//!   saturates 16-bit grey.
//! - EXIF orientation is applied, as Pillow's `ImageOps.exif_transpose` does.
//! - An animation is decoded to its first frame.
//! - A truncated file is an error. For JPEG this needs a check of its own, because the decoder fills missing rows with grey.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

/// The maximum size of the decoded samples of one image in bytes.
///
/// 178 megapixels of RGB or 134 of RGBA, more than cameras produce. The worst case is a progressive JPEG, which also needs its
/// coefficients (twice the samples): 1.5 GiB together, below the 4 GiB limit of wasm memory.
pub const MAX_DECODED_BYTES: u64 = 512 << 20;

const READABLE: &str = "PNG, JPEG, WebP, GIF, BMP or TIFF";

/// The reason why an image cannot be decoded. Every message is one sentence: what failed, expected, found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// An empty file.
    #[error("the image file is empty: expected {READABLE}, found 0 bytes")]
    Empty,
    /// Not an image, or an image of a format without a built-in decoder (AVIF, HEIC …).
    #[error("the image file has no supported format: expected {READABLE}, found {found}")]
    UnknownFormat {
        /// The file's format or its first bytes.
        found: String,
    },
    /// A known format with a feature that the decoder does not support (an arithmetic-coded JPEG, a palette TIFF …).
    #[error(
        "the {format} image uses an unsupported feature: expected a {format} that the decoder supports, found: {reason}"
    )]
    Unsupported {
        /// The file's format.
        format: &'static str,
        /// The decoder's message.
        reason: String,
    },
    /// A truncated or corrupt file.
    #[error("the {format} image is damaged: expected a complete file, found: {reason}")]
    Broken {
        /// The file's format.
        format: &'static str,
        /// The decoder's message.
        reason: String,
    },
    /// An image whose samples need more than [`MAX_DECODED_BYTES`].
    #[error(
        "the image is too large: expected at most {} MiB decoded, found {width} x {height} pixels, {} MiB",
        limit >> 20, bytes.div_ceil(1 << 20)
    )]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes of the decoded image.
        bytes: u64,
        /// The maximum, in bytes.
        limit: u64,
    },
    /// Raw pixels whose number does not match the stated size.
    #[error(
        "the raw image does not match its size: expected {width} x {height} x 4 = {expected} bytes and at least 4, \
         found {found}"
    )]
    WrongLength {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// `width * height * 4`.
        expected: u64,
        /// Bytes given.
        found: usize,
    },
}

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
    /// Decodes an image file. The format is detected from the content.
    ///
    /// # Errors
    /// Any [`DecodeError`] except `WrongLength`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let format = readable_format(bytes)?;
        if format == ImageFormat::Jpeg && !has_jpeg_end_marker(bytes) {
            return Err(DecodeError::Broken {
                format: name(format),
                reason: format!("the data ends after {} bytes, without an end marker", bytes.len()),
            });
        }
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
        let colour_jpeg = if format == ImageFormat::Jpeg { decode_colour_jpeg(bytes) } else { None };
        let mut image = match colour_jpeg {
            Some(image) => image,
            None => DynamicImage::from_decoder(decoder).map_err(|error| match error {
                ImageError::Limits(_) => too_large,
                error => explain(error),
            })?,
        };
        image.apply_orientation(orientation);
        let rgb = image.into_rgb8();
        if rgb.is_empty() {
            return Err(DecodeError::Broken { format: name(format), reason: "no pixels".into() });
        }
        Ok(Self { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() })
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

fn readable_format(bytes: &[u8]) -> Result<ImageFormat, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    match image::guess_format(bytes) {
        Ok(format) if format.reading_enabled() => Ok(format),
        Ok(format) => Err(DecodeError::UnknownFormat { found: name(format).to_owned() }),
        Err(_) => Err(DecodeError::UnknownFormat { found: describe_start(bytes) }),
    }
}

/// The first bytes, as text if they are printable, else in hexadecimal.
fn describe_start(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(16)];
    match std::str::from_utf8(start) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            format!("{} bytes starting with the text {text:?}", bytes.len())
        }
        _ => {
            let hex: Vec<String> = start.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{} bytes starting with {}", bytes.len(), hex.join(" "))
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

/// Decodes a colour JPEG with `jpeg-decoder`; `None` if that fails or the result is not RGB.
///
/// The decoder inside `image` rounds twice when it upsamples the chroma planes: pixels differ from libjpeg's by 0.2 levels on
/// average, which changes the first class of 3 out of 300 photos. This decoder differs by half as much and changes 1.
fn decode_colour_jpeg(bytes: &[u8]) -> Option<DynamicImage> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(bytes));
    decoder.set_max_decoding_buffer_size(MAX_DECODED_BYTES as usize);
    let pixels = decoder.decode().ok()?;
    let info = decoder.info().filter(|info| info.pixel_format == jpeg_decoder::PixelFormat::RGB24)?;
    RgbImage::from_raw(info.width.into(), info.height.into(), pixels).map(DynamicImage::from)
}

/// Whether the marker segments of a JPEG (ITU T.81, annex B) continue to its end-of-image marker.
///
/// A search for the marker's two bytes would also find the end of an embedded thumbnail.
fn has_jpeg_end_marker(bytes: &[u8]) -> bool {
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
