//! Zip archives: the central directory and the byte ranges of entries, stored or compressed with deflate.
//! Format: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3.
//!
//! Own code: available readers need the whole file at once, or include decoders and tables that would enlarge the page's module.

use std::collections::BTreeMap;

use super::bytes::Bytes;
use super::error::{not_pytorch, printable};
use super::storage::Location;
use crate::error::{Error, Result};
use crate::weights::inflate::{Deflated, MAX_INFLATED, MAX_RATIO};
use crate::weights::source::ByteSource;

/// The longest central directory that is read; a checkpoint of ResNet-152 has 100 KB.
const MAX_DIRECTORY: u64 = 4 << 20;
/// The longest end of an archive: zip64 locator, end record and comment.
const MAX_END: u64 = 20 + 22 + 0xffff;

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";

/// The compression method of stored and of deflated entries.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The entries of an archive by name.
pub(in crate::weights) struct Archive {
    entries: BTreeMap<String, Entry>,
    /// The first byte of the central directory: entries end before it.
    directory: u64,
}

/// An entry as the central directory describes it.
struct Entry {
    encrypted: bool,
    method: u16,
    packed: u64,
    length: u64,
    header: u64,
}

/// The position of the central directory.
struct Directory {
    entries: u64,
    length: u64,
    start: u64,
}

impl Archive {
    /// Reads the central directory.
    ///
    /// # Errors
    /// [`Error::Weights`] when there is no directory, or it contradicts itself or the file.
    pub async fn open(source: &impl ByteSource) -> Result<Self> {
        let directory = directory(source).await?;
        let bytes = source.read(directory.start..directory.start + directory.length).await?;
        let mut rest = Bytes::new(&bytes);
        let mut entries = BTreeMap::new();
        for _ in 0..directory.entries {
            let (name, entry) = entry(&mut rest)
                .ok_or_else(|| broken("a directory of its entries", format!("{} that end early", entries.len())))?;
            if entries.insert(name.clone(), entry).is_some() {
                return Err(broken("entries of different names", format!("{} twice", printable(&name))));
            }
        }
        if !rest.is_empty() {
            return Err(broken(&format!("{} entries in its directory", directory.entries), "more".to_owned()));
        }
        Ok(Self { entries, directory: directory.start })
    }

    /// The names of all entries.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The location of the bytes of an entry.
    ///
    /// # Errors
    /// [`Error::Weights`] when there is no such entry, it is encrypted or compressed with another method than deflate, or the file
    /// contradicts the directory.
    pub(super) async fn locate(&self, source: &impl ByteSource, name: &str) -> Result<Location> {
        let shown = printable(name);
        let Some(entry) = self.entries.get(name) else {
            return Err(broken(&format!("an entry {shown}"), format!("none among its {}", self.entries.len())));
        };
        if entry.encrypted {
            return Err(broken(&format!("{shown} to be readable without a password"), "it encrypted".to_owned()));
        }
        let stored = entry.method == STORED && entry.packed == entry.length;
        let deflated = entry.method == DEFLATED
            && entry.length <= MAX_INFLATED
            && entry.length <= entry.packed.saturating_mul(MAX_RATIO);
        if !stored && !deflated {
            let found = format!("{} bytes packed into {} by method {}", entry.length, entry.packed, entry.method);
            return Err(broken(&format!("{shown} to be stored as it is or deflated"), found));
        }
        let outside = || broken(&format!("{shown} to be in front of the directory"), "it elsewhere".to_owned());
        let fixed = entry.header.checked_add(30).filter(|end| *end <= self.directory).ok_or_else(outside)?;
        let header = source.read(entry.header..fixed).await?;
        let lengths = local(&header, entry.method)
            .ok_or_else(|| broken(&format!("a header of {shown} at byte {}", entry.header), "none".to_owned()))?;
        let start = fixed + lengths;
        let end = start.checked_add(entry.packed).filter(|end| *end <= self.directory).ok_or_else(outside)?;
        if stored {
            return Ok(Location { bytes: start..end, deflated: None });
        }
        Ok(Location { bytes: 0..entry.length, deflated: Some(Deflated { packed: start..end, length: entry.length }) })
    }
}

fn broken(expected: &str, found: String) -> Error {
    not_pytorch(&format!("a zip archive with {expected}"), &found)
}

/// Finds the central directory from the end of the file.
async fn directory(source: &impl ByteSource) -> Result<Directory> {
    let length = source.length();
    let start = length.saturating_sub(MAX_END);
    let tail = source.read(start..length).await?;
    let is_end = |at: &usize| {
        let comment = tail.get(at + 20..at + 22).map(|two| usize::from(two[0]) | usize::from(two[1]) << 8);
        tail[*at..].starts_with(&END) && comment == Some(tail.len() - at - 22)
    };
    let Some(at) = (0..tail.len().saturating_sub(21)).rev().find(is_end) else {
        return Err(broken("a directory at its end", "none: the file is cut off or not an archive".to_owned()));
    };
    let Some(narrow) = narrow(&tail[at..]) else {
        return Err(broken("all entries in one file", "parts of several".to_owned()));
    };
    let found = match at.checked_sub(20).filter(|locator| tail[*locator..].starts_with(&LOCATOR_64)) {
        None => narrow,
        Some(locator) => {
            let wide = directory_64(source, &tail[locator..at], start + locator as u64).await?;
            let agrees = |narrow: u64, wide: u64, full: u64| narrow == full || narrow == wide;
            let agree = agrees(narrow.entries, wide.entries, u16::MAX.into())
                && agrees(narrow.length, wide.length, u32::MAX.into())
                && agrees(narrow.start, wide.start, u32::MAX.into());
            if !agree {
                return Err(broken("one directory", "two that contradict each other".to_owned()));
            }
            wide
        }
    };
    let fits = found.start.checked_add(found.length).is_some_and(|end| end <= start + at as u64);
    if !fits || found.length > MAX_DIRECTORY {
        let expected = format!("a directory of at most {MAX_DIRECTORY} bytes in front of its end");
        return Err(broken(&expected, format!("{} bytes from byte {}", found.length, found.start)));
    }
    Ok(found)
}

/// The directory according to the end record; `None` when the archive is split over several files.
fn narrow(record: &[u8]) -> Option<Directory> {
    let mut record = Bytes::new(record.get(4..)?);
    let (disk, first) = (record.u16()?, record.u16()?);
    let (here, entries) = (record.u16()?, record.u16()?);
    let (length, start) = (record.u32()?, record.u32()?);
    let whole = disk == first && here == entries;
    whole.then_some(Directory { entries: entries.into(), length: length.into(), start: start.into() })
}

/// The directory according to the zip64 record that the locator at byte `at` of the file points to.
async fn directory_64(source: &impl ByteSource, locator: &[u8], at: u64) -> Result<Directory> {
    let lost = || broken("a directory as zip64 describes it", "none".to_owned());
    let start = Bytes::new(&locator[8..]).u64().ok_or_else(lost)?;
    let end = start.checked_add(56).filter(|end| *end <= at).ok_or_else(lost)?;
    wide(&source.read(start..end).await?).ok_or_else(lost)
}

fn wide(record: &[u8]) -> Option<Directory> {
    let mut record = Bytes::new(record);
    let is_record = record.take(4)? == END_64;
    record.take(20)?;
    let (here, entries) = (record.u64()?, record.u64()?);
    let (length, start) = (record.u64()?, record.u64()?);
    (is_record && here == entries).then_some(Directory { entries, length, start })
}

/// Reads an entry of the central directory; `None` when it is not one or ends early.
fn entry(rest: &mut Bytes<'_>) -> Option<(String, Entry)> {
    if rest.take(4)? != ENTRY {
        return None;
    }
    rest.take(4)?;
    let (flags, method) = (rest.u16()?, rest.u16()?);
    rest.take(8)?;
    let (packed, length) = (rest.u32()?, rest.u32()?);
    let (name, extra, comment) = (rest.u16()?, rest.u16()?, rest.u16()?);
    rest.take(8)?;
    let header = rest.u32()?;
    let name = String::from_utf8(rest.take(name.into())?.to_vec()).ok()?;
    let mut extra = Bytes::new(rest.take(extra.into())?);
    rest.take(comment.into())?;
    // Extra field 1 holds the 64-bit value of each field whose 32-bit value is full, in this order.
    let mut wide = Bytes::new(&[]);
    while let Some(kind) = extra.u16() {
        let length = extra.u16()?;
        let field = extra.take(length.into())?;
        if kind == 1 {
            wide = Bytes::new(field);
        }
    }
    let mut widened = |narrow: u32| if narrow == u32::MAX { wide.u64() } else { Some(narrow.into()) };
    let (length, packed, header) = (widened(length)?, widened(packed)?, widened(header)?);
    Some((name, Entry { encrypted: flags & 1 == 1, method, packed, length, header }))
}

/// The length of the name and the extra field in an entry's local header; `None` when the header is not one or has another method.
fn local(header: &[u8], method: u16) -> Option<u64> {
    let mut header = Bytes::new(header);
    let is_header = header.take(4)? == LOCAL;
    header.take(4)?;
    let same_method = header.u16()? == method;
    header.take(16)?;
    let lengths = u64::from(header.u16()?) + u64::from(header.u16()?);
    (is_header && same_method).then_some(lengths)
}
