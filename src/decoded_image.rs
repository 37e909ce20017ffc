//! DecodedImage files → 8-bit RGB, the way Pillow's `convert("RGB")` sees them.
//!
//! Deliberate choices, all of them what torchvision users get from Pillow unless noted:
//! - Alpha is dropped, not blended: the colour stored under a transparent pixel is what counts.
//! - Grey becomes three equal channels; palettes and CMYK are expanded.
//! - 16-bit samples are scaled to 8 bits and rounded (Pillow cuts off the low byte of 16-bit RGB, one level away at
//!   most, and saturates 16-bit grey, which nobody wants).
//! - EXIF orientation is applied, as Pillow's `ImageOps.exif_transpose` does.
//! - Of an animation, the first frame.
//! - A file that ends early is an error, also for JPEG, whose decoder would fill the rest with grey: a network's
//!   answer about half an image looks as certain as any other.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

/// The most memory that the decoded samples of one image may take.
///
/// 178 megapixels of RGB, 134 of RGBA: more than any camera makes. The worst case, a progressive JPEG, holds its
/// coefficients (twice the samples) as well, 1.5 GiB together, and so stays well inside the 4 GiB of a wasm memory.
pub const MAX_DECODED_BYTES: u64 = 512 << 20;

const READABLE: &str = "PNG, JPEG, WebP, GIF, BMP or TIFF";

/// Why an image cannot be used. Every message is one sentence: what, expected, found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There are no bytes at all.
    #[error("the image file is empty: expected {READABLE}, found 0 bytes")]
    Empty,
    /// The bytes are no image, or one of a format that is not built in (AVIF, HEIC …).
    #[error("the file is not an image that can be read here: expected {READABLE}, found {found}")]
    UnknownFormat {
        /// What the file is or how it begins.
        found: String,
    },
    /// A known format with a feature the decoder lacks (an arithmetic-coded JPEG, a palette TIFF …).
    #[error("the {format} image cannot be read here: expected an ordinary {format}, found: {reason}")]
    Unsupported {
        /// The file's format.
        format: &'static str,
        /// The decoder's words.
        reason: String,
    },
    /// Cut off or damaged data.
    #[error("the {format} image is damaged: expected a complete file, found: {reason}")]
    Broken {
        /// The file's format.
        format: &'static str,
        /// The decoder's words.
        reason: String,
    },
    /// Decoding would take more than [`MAX_DECODED_BYTES`].
    #[error(
        "the image is too large: expected at most {} MiB decoded, found {width} x {height} pixels, {} MiB",
        limit >> 20, bytes.div_ceil(1 << 20)
    )]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Memory that the decoded image would need.
        bytes: u64,
        /// Memory that it may take.
        limit: u64,
    },
    /// Raw pixels whose number does not fit the stated size.
    #[error(
        "the raw image does not fit its size: expected {width} x {height} x 4 = {expected} bytes and not 0, \
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
    /// Decodes an image file. The format is told from the content; no name is asked for.
    ///
    /// # Errors
    /// Any [`DecodeError`] but `WrongLength`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let format = readable_format(bytes)?;
        if format == ImageFormat::Jpeg && !jpeg_reaches_its_end(bytes) {
            return Err(DecodeError::Broken {
                format: name(format),
                reason: format!("the data stops after {} bytes, before the end marker", bytes.len()),
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
            return Err(DecodeError::Broken { format: name(format), reason: "an image without pixels".into() });
        }
        Ok(Self { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() })
    }

    /// Takes pixels that something else decoded, four bytes each; alpha is dropped as in [`decode`](Self::decode).
    ///
    /// # Errors
    /// [`DecodeError::WrongLength`] when `rgba` does not hold `width * height` pixels, or none at all.
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
        Ok(format) => Err(DecodeError::UnknownFormat { found: format!("a file of the format {}", name(format)) }),
        Err(_) => Err(DecodeError::UnknownFormat { found: describe_start(bytes) }),
    }
}

/// The first bytes as text if they are text, else in hexadecimal.
fn describe_start(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(16)];
    match std::str::from_utf8(start) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            format!("{} bytes that begin with the text {text:?}", bytes.len())
        }
        _ => {
            let hex: Vec<String> = start.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{} bytes that begin with {}", bytes.len(), hex.join(" "))
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
        // The first extension is the usual name of everything else.
        other => other.extensions_str().first().copied().unwrap_or("unknown"),
    }
}

fn explain(format: ImageFormat, error: &ImageError) -> DecodeError {
    // The innermost message on one line: the wrappers around it only repeat the format's name.
    let innermost = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let reason = innermost.split_whitespace().collect::<Vec<_>>().join(" ");
    match error {
        ImageError::Unsupported(_) => DecodeError::Unsupported { format: name(format), reason },
        _ => DecodeError::Broken { format: name(format), reason },
    }
}

/// A colour JPEG as `jpeg-decoder` reads it; none for what it does not read, or reads as anything but RGB.
///
/// The decoder inside `image` rounds twice where it enlarges the colour planes: pixels are off by 0.2 levels on average, and of
/// 300 photos three change their first class against libjpeg's pixels. This one is off by half as much, and one changes.
fn decode_colour_jpeg(bytes: &[u8]) -> Option<DynamicImage> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(bytes));
    decoder.set_max_decoding_buffer_size(MAX_DECODED_BYTES as usize);
    let pixels = decoder.decode().ok()?;
    let info = decoder.info().filter(|info| info.pixel_format == jpeg_decoder::PixelFormat::RGB24)?;
    RgbImage::from_raw(info.width.into(), info.height.into(), pixels).map(DynamicImage::from)
}

/// Whether the marker segments of a JPEG (ITU T.81, annex B) go on up to its end-of-image marker.
///
/// Looking for the marker's two bytes alone would find the end of an embedded thumbnail.
fn jpeg_reaches_its_end(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xFF)) {
        let marker = at + found + 1;
        at = match bytes.get(marker) {
            None => return false,
            Some(&END_OF_IMAGE) => return true,
            // A fill byte: the marker is still to come.
            Some(0xFF) => marker,
            // A stuffed zero, a restart or start-of-image marker and TEM carry no length.
            Some(0x00 | 0x01 | 0xD0..=0xD8) => marker + 1,
            Some(_) => match bytes.get(marker + 1..marker + 3) {
                Some(length) => marker + 1 + usize::from(u16::from_be_bytes([length[0], length[1]])),
                None => return false,
            },
        };
    }
    false
}
