//! Files of PyTorch before 1.6: pickles of the magic number, the version, the machine, the value and the keys of the storages; then
//! each storage after its number of values.

use std::collections::HashMap;

use super::bytes::Bytes;
use super::error::{malformed, not_pytorch, printable};
use super::named_tensors::named_tensors;
use super::pickled::Pickled;
use super::storage::{Location, MAX_PICKLE, check_overlap, locate};
use super::unpickler::Unpickler;
use super::value::{PickleValue, Storage};
use crate::error::{Error, Result};
use crate::weights::source::ByteSource;

/// The magic number: an integer of ten bytes and the end of its pickle.
const MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// The longest pickle of an integer of ten bytes: protocol and frame come before it.
const MAX_FIRST_PICKLE: usize = 2 + 9 + MAGIC.len();

/// Whether a file begins with a pickle of an integer of ten bytes.
pub(in crate::weights) fn is_legacy(file: &[u8]) -> bool {
    let start = file.get(..MAX_FIRST_PICKLE.min(file.len())).unwrap_or_default();
    start.first() == Some(&0x80) && start.windows(2).any(|two| two == &MAGIC[..2])
}

/// The bytes after the pickle of the magic number.
fn after_magic(head: &[u8]) -> Option<&[u8]> {
    let start = head.get(..MAX_FIRST_PICKLE.min(head.len()))?;
    let at = start.windows(MAGIC.len()).position(|window| window == MAGIC)?;
    head.get(at + MAGIC.len()..)
}

pub(super) async fn tensors(source: &impl ByteSource) -> Result<Pickled> {
    let head = source.read(0..source.length().min(MAX_PICKLE)).await?;
    let pickles =
        after_magic(&head).ok_or_else(|| not_pytorch("what torch.save writes", "a pickle of something else"))?;
    let mut unpickler = Unpickler::new(pickles);
    if !matches!(unpickler.run()?, PickleValue::Int(1001)) {
        return Err(not_pytorch("version 1001 of the format", "another one"));
    }
    // The byte order and the sizes of integers: PyTorch has always written little-endian.
    unpickler.run()?;
    let root = unpickler.run()?;
    let keys = unpickler.run()?;
    let start = (head.len() - unpickler.remaining()) as u64;
    let arena = &unpickler.arena;
    let keys = arena.sequence(keys).ok_or_else(malformed)?;
    let storages: HashMap<&str, &Storage<'_>> = arena.storages.iter().map(|storage| (storage.key, storage)).collect();
    let locations = locations(source, keys, &storages, start).await?;
    let named = named_tensors(arena, root)?;
    let tensors = named.tensors.into_iter().map(|(name, index)| {
        let tensor = &arena.tensors[index];
        let storage = &arena.storages[tensor.storage];
        let location = locations.get(storage.key).ok_or_else(malformed)?;
        let view = locate(&name, tensor, storage, location.clone())?;
        Ok((name, view))
    });
    let tensors = tensors.collect::<Result<Vec<_>>>()?;
    check_overlap(&tensors)?;
    Ok(Pickled { tensors, unreadable: named.unreadable })
}

/// The location of each storage; the first one is at byte `start`.
async fn locations<'a>(
    source: &impl ByteSource,
    keys: &[PickleValue<'a>],
    storages: &HashMap<&'a str, &Storage<'a>>,
    start: u64,
) -> Result<HashMap<&'a str, Location>> {
    let length = source.length();
    let mut locations = HashMap::new();
    let mut at = start;
    for key in keys {
        let storage = if let PickleValue::Text(key) = key { storages.get(key) } else { None }.ok_or_else(malformed)?;
        let key = printable(storage.key);
        let cut_off = || {
            let expected = format!("{} values of the storage {key} at byte {at}", storage.count);
            Error::Weights(format!("the weight file is cut off: expected {expected}, found {length} bytes in all"))
        };
        let values = at.checked_add(8).filter(|start| *start <= length).ok_or_else(cut_off)?;
        if Bytes::new(&source.read(at..values).await?).u64() != Some(storage.count) {
            let expected = format!("the number of its {} values before the storage {key}", storage.count);
            return Err(not_pytorch(&expected, "another one"));
        }
        let end = storage.bytes().and_then(|bytes| values.checked_add(bytes)).filter(|end| *end <= length);
        at = end.ok_or_else(cut_off)?;
        locations.insert(storage.key, Location { bytes: values..at, deflated: None });
    }
    Ok(locations)
}
