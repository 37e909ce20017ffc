//! The members of a tar archive, by name. Format: POSIX.1-2017, `pax` interchange format, section "ustar".

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::Result;
use crate::weights::source::ByteSource;

/// Headers and members start at multiples of this.
const BLOCK: u64 = 512;

/// The most members; a file of PyTorch 0.1 has four.
const MAX_MEMBERS: usize = 64;

/// Whether a file begins with a tar header.
pub(in crate::weights) fn is_tar(probe: &[u8]) -> bool {
    probe.get(257..).is_some_and(|rest| rest.starts_with(b"ustar"))
}

/// The byte range of each regular file in front of the first damaged header, of at most [`MAX_MEMBERS`].
///
/// # Errors
/// [`crate::Error::Weights`] when the source fails.
pub(in crate::weights) async fn members(source: &impl ByteSource) -> Result<BTreeMap<String, Range<u64>>> {
    let mut members = BTreeMap::new();
    let mut at = 0;
    for _ in 0..MAX_MEMBERS {
        let Some(start) = header_end(at, source.length()) else { break };
        let header = source.read(at..start).await?;
        let Some(size) = size(&header).filter(|size| *size <= source.length() - start) else { break };
        // A regular file: its type is `0`, or a zero byte in older archives.
        if matches!(header[156], b'0' | 0)
            && let Some(name) = name(&header)
        {
            members.insert(name.to_owned(), start..start + size);
        }
        at = start + size.next_multiple_of(BLOCK);
    }
    Ok(members)
}

fn header_end(at: u64, length: u64) -> Option<u64> {
    at.checked_add(BLOCK).filter(|end| *end <= length)
}

fn name(header: &[u8]) -> Option<&str> {
    let name = header[..100].split(|byte| *byte == 0).next()?;
    std::str::from_utf8(name).ok()
}

/// The size of a member in octal digits; `None` when the block is not a header.
fn size(header: &[u8]) -> Option<u64> {
    let digits = header[124..136].split(|byte| *byte == 0 || *byte == b' ').find(|digits| !digits.is_empty())?;
    is_tar(header).then_some(())?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}
