//! Files of PyTorch 0.1.1 to 0.1.10: a tar archive of `storages`, `tensors` and `pickle`. The last one is the value; it refers to tensors
//! by number, and they refer to storages. Format: `legacy_load` in `torch/serialization.py`.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use ::safetensors::Dtype;

use super::bytes::Bytes;
use super::error::{malformed, not_pytorch, truncated};
use super::named_tensors::named_tensors;
use super::pickled::Pickled;
use super::storage::{Location, MAX_PICKLE, check_overlap, locate};
use super::torch;
use super::unpickler::Unpickler;
use super::value::{PickleValue, Storage, TensorView};
use crate::error::{Error, Result};
use crate::weights::source::ByteSource;
use crate::weights::stored::MAX_RANK;

/// The members of the archive.
const MEMBERS: [&str; 3] = ["storages", "tensors", "pickle"];

/// The most storages and the most tensors.
const MAX_ENTRIES: usize = 1 << 15;

/// The longest pickle in front of the values of a storage: a key, a device and a class.
const MAX_ENTRY: u64 = 4096;

/// Whether a tar archive is such a file, by the names of its members.
pub(in crate::weights) fn is_early(members: &BTreeMap<String, Range<u64>>) -> bool {
    MEMBERS.iter().all(|name| members.contains_key(*name))
}

/// A storage by its key: the type, and the location of its values.
struct Entry {
    dtype: Dtype,
    bytes: Range<u64>,
}

/// Storages by key. A view of another storage is the key of that one and the number of its first value.
#[derive(Default)]
struct Storages {
    entries: BTreeMap<String, Entry>,
    views: HashMap<String, (String, u64)>,
}

/// A tensor by its number: the key of its storage, and its layout.
struct Tensor {
    number: String,
    storage: String,
    offset: u64,
    dims: Vec<usize>,
    strides: Vec<usize>,
}

pub(super) async fn tensors(source: &impl ByteSource, members: &BTreeMap<String, Range<u64>>) -> Result<Pickled> {
    let [storages, tensors, pickle] = MEMBERS.map(|name| members.get(name).cloned().unwrap_or_default());
    let storages = read_storages(source, storages).await?;
    let tensors = read_tensors(&read_whole(source, tensors).await?)?;
    let pickle = read_whole(source, pickle).await?;
    let mut unpickler = Unpickler::new(&pickle);
    let numbered: HashMap<&str, usize> =
        storages.entries.iter().map(|(key, entry)| (key.as_str(), push_storage(&mut unpickler, key, entry))).collect();
    for tensor in &tensors {
        let (key, first) = storages.views.get(&tensor.storage).cloned().unwrap_or((tensor.storage.clone(), 0));
        let storage = *numbered.get(key.as_str()).ok_or_else(malformed)?;
        let offset = tensor.offset.checked_add(first).ok_or_else(malformed)?;
        let Tensor { dims, strides, .. } = tensor;
        let view = TensorView { storage, dtype: None, offset, dims: dims.clone(), strides: strides.clone() };
        let value = unpickler.arena.tensor(view);
        unpickler.numbered.insert(&tensor.number, value);
    }
    let root = unpickler.run()?;
    let arena = &unpickler.arena;
    let named = named_tensors(arena, root)?;
    let tensors = named.tensors.into_iter().map(|(name, index)| {
        let tensor = &arena.tensors[index];
        let storage = &arena.storages[tensor.storage];
        let entry = storages.entries.get(storage.key).ok_or_else(malformed)?;
        let view = locate(&name, tensor, storage, Location { bytes: entry.bytes.clone(), deflated: None })?;
        Ok((name, view))
    });
    let tensors = tensors.collect::<Result<Vec<_>>>()?;
    check_overlap(&tensors)?;
    Ok(Pickled { tensors, unreadable: named.unreadable })
}

fn push_storage<'a>(unpickler: &mut Unpickler<'a>, key: &'a str, entry: &Entry) -> usize {
    let count = (entry.bytes.end - entry.bytes.start) / (entry.dtype.bitsize() / 8) as u64;
    unpickler.arena.storages.push(Storage { dtype: entry.dtype, key, count, offset: 0 });
    unpickler.arena.storages.len() - 1
}

async fn read_whole(source: &impl ByteSource, member: Range<u64>) -> Result<Vec<u8>> {
    let length = member.end - member.start;
    if length > MAX_PICKLE {
        return Err(not_pytorch(&format!("a pickle of at most {MAX_PICKLE} bytes"), &length.to_string()));
    }
    source.read(member).await
}

/// Their number, then each storage: a pickle of key, device and class, the number of values, the values. Then the views.
async fn read_storages(source: &impl ByteSource, member: Range<u64>) -> Result<Storages> {
    let mut storages = Storages::default();
    let mut at = member.start;
    let chunk = async |at: u64, limit: u64| source.read(at..at.saturating_add(limit).min(member.end)).await;
    let first = chunk(at, MAX_ENTRY).await?;
    let mut unpickler = Unpickler::new(&first);
    let count = count(unpickler.run()?)?;
    at += (first.len() - unpickler.remaining()) as u64;
    for _ in 0..count {
        let bytes = chunk(at, MAX_ENTRY).await?;
        let mut unpickler = Unpickler::new(&bytes);
        let value = unpickler.run()?;
        let arena = &unpickler.arena;
        let Some([key, _, PickleValue::Global(class)]) = arena.tuple_items(value) else { return Err(malformed()) };
        let (key, dtype) = (text(*key)?, torch::storage_dtype(&arena.globals[*class]).ok_or_else(malformed)?);
        let header = bytes.len() - unpickler.remaining();
        let values = Bytes::new(&bytes[header..]).u64().ok_or_else(truncated)?;
        let start = at + header as u64 + 8;
        let end = values.checked_mul((dtype.bitsize() / 8) as u64).and_then(|length| start.checked_add(length));
        let end = end.filter(|end| *end <= member.end).ok_or_else(|| {
            let expected = format!("{values} values of the storage {key} at byte {start}");
            Error::Weights(format!("the weight file is cut off: expected {expected}, found {} bytes", member.end))
        })?;
        storages.entries.insert(key, Entry { dtype, bytes: start..end });
        at = end;
    }
    let bytes = chunk(at, MAX_PICKLE).await?;
    let mut unpickler = Unpickler::new(&bytes);
    let views = unpickler.run()?;
    for view in unpickler.arena.sequence(views).ok_or_else(malformed)? {
        let Some([key, root, PickleValue::Int(offset), _]) = unpickler.arena.sequence(*view) else {
            return Err(malformed());
        };
        let offset = u64::try_from(*offset).map_err(|_| malformed())?;
        storages.views.insert(text(*key)?, (text(*root)?, offset));
    }
    Ok(storages)
}

/// Their number, then each tensor: a pickle of its number, the key of its storage and its class; rank, dims, strides and offset in
/// binary form.
fn read_tensors(bytes: &[u8]) -> Result<Vec<Tensor>> {
    let mut unpickler = Unpickler::new(bytes);
    let count = count(unpickler.run()?)?;
    let mut rest = &bytes[bytes.len() - unpickler.remaining()..];
    let mut tensors = Vec::with_capacity(count);
    for _ in 0..count {
        let mut unpickler = Unpickler::new(rest);
        let value = unpickler.run()?;
        let Some([number, storage, _]) = unpickler.arena.tuple_items(value) else { return Err(malformed()) };
        let (number, storage) = (text(*number)?, text(*storage)?);
        let mut binary = Bytes::new(&rest[rest.len() - unpickler.remaining()..]);
        // The rank has four bytes and four of padding.
        let rank = binary.u64().ok_or_else(truncated)? & u64::from(u32::MAX);
        if rank > MAX_RANK as u64 {
            return Err(malformed());
        }
        let mut numbers = || {
            let number = |_| usize::try_from(binary.u64().ok_or_else(truncated)?).map_err(|_| malformed());
            (0..rank).map(number).collect::<Result<Vec<_>>>()
        };
        let (dims, strides) = (numbers()?, numbers()?);
        let offset = binary.u64().ok_or_else(truncated)?;
        rest = &rest[rest.len() - binary.len()..];
        tensors.push(Tensor { number, storage, offset, dims, strides });
    }
    Ok(tensors)
}

fn count(value: PickleValue<'_>) -> Result<usize> {
    match value {
        PickleValue::Int(count) => usize::try_from(count).ok().filter(|count| *count <= MAX_ENTRIES),
        _ => None,
    }
    .ok_or_else(malformed)
}

/// A key, which is an integer or its digits.
fn text(value: PickleValue<'_>) -> Result<String> {
    match value {
        PickleValue::Int(number) => Ok(number.to_string()),
        PickleValue::Text(text) => Ok(text.to_owned()),
        _ => Err(malformed()),
    }
}
