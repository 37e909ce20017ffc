//! Why an image cannot be decoded.

/// The maximum size of the decoded samples of one image in bytes.
///
/// 178 megapixels of RGB or 134 of RGBA, more than cameras produce. The worst case is a progressive JPEG, which also needs its
/// coefficients (twice the samples): 1.5 GiB together, below the 4 GiB limit of wasm memory.
pub const MAX_DECODED_BYTES: u64 = 512 << 20;

/// The maximum size of an image file in bytes: uncompressed samples of the maximum size, and metadata.
pub const MAX_FILE_BYTES: u64 = MAX_DECODED_BYTES + (64 << 20);

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
    /// A file of more than [`MAX_FILE_BYTES`].
    #[error("the image file is too large: expected at most {} MiB, found {} MiB", limit >> 20, bytes.div_ceil(1 << 20))]
    FileTooLarge {
        /// Bytes of the file.
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
