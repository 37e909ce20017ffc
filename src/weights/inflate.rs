//! Entries of a zip archive that are compressed with deflate (RFC 1951), decompressed by `miniz_oxide`.

use std::ops::Range;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::source::ByteSource;
use crate::error::{Error, Result};

/// The largest entry that is decompressed: it is held in memory as a whole.
pub(super) const MAX_INFLATED: u64 = 512 << 20;

/// Deflate cannot compress more than by this factor.
pub(super) const MAX_RATIO: u64 = 1032;

/// A zip entry compressed with deflate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Deflated {
    /// The compressed bytes in the file.
    pub packed: Range<u64>,
    /// The length after decompression.
    pub length: u64,
}

/// Decompresses an entry and returns a range of it.
///
/// # Errors
/// [`Error::Weights`] when the source fails or the compressed data are damaged.
pub(super) async fn range(source: &impl ByteSource, entry: &Deflated, range: Range<u64>) -> Result<Vec<u8>> {
    let packed = source.read(entry.packed.clone()).await?;
    let length = entry.length as usize;
    let mut inflated = decompress_to_vec_with_limit(&packed, length)
        .map_err(|error| damaged(entry, &format!("damaged data ({:?})", error.status)))?;
    if inflated.len() != length {
        return Err(damaged(entry, &format!("{} bytes", inflated.len())));
    }
    inflated.truncate(range.end as usize);
    inflated.drain(..range.start as usize);
    Ok(inflated)
}

fn damaged(entry: &Deflated, found: &str) -> Error {
    let Deflated { packed, length } = entry;
    let expected = format!("expected {length} bytes compressed with deflate at byte {}", packed.start);
    Error::Weights(format!("the weight file cannot be decompressed: {expected}, found {found}"))
}
