//! A container of weights: what `torch.save` writes, a pickle that names tensors, and their values; since PyTorch 1.6 in a zip archive,
//! before that one behind the other. The pickle comes from a stranger: see [`pickle`] for what of it is followed.
//! Format: `torch/serialization.py`.

mod bytes;
mod pickle;
mod torch;
mod values;
mod zip;

use std::collections::HashMap;
use std::ops::Range;

use super::ByteSource;
use super::tensors::{MAX_NAME, Stored, check_name};
use crate::error::{Error, Result};
use crate::shape::join_dims;
use bytes::Bytes;
use pickle::Machine;
use torch::{Storage, Strided};
use values::{Value, Values};
use zip::Archive;

/// The longest pickle we read; that of ResNet-152 with Adam's state has 1 MB.
const MAX_PICKLE: u64 = 4 << 20;

/// How files of PyTorch before 1.6 begin: a pickle of protocol 2 of this number, of ten bytes.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Under what training programs keep the network's own tensors, beside what else they keep.
const NETWORKS: [&str; 5] = ["state_dict", "model", "model_state_dict", "state_dict_ema", "model_ema"];

/// Whether a file that begins so is one of PyTorch's.
pub(super) fn begins(file: &[u8]) -> bool {
    file.starts_with(b"PK\x03\x04") || file.starts_with(&MAGIC[..4])
}

/// Finds all tensors of the network.
///
/// # Errors
/// [`Error::Weights`] when the file is broken, asks for anything but tensors, or its tensors do not lie in it side by side.
pub(super) async fn tensors(source: &impl ByteSource) -> Result<Vec<(String, Stored)>> {
    let beginning = source.read(0..source.length().min(4)).await?;
    let tensors = if beginning.starts_with(b"PK") { zipped(source).await? } else { in_a_row(source).await? };
    apart(&tensors)?;
    Ok(tensors)
}

/// Tensors of an archive: `<name>/data.pkl` names them, `<name>/data/<key>` are their storages.
async fn zipped(source: &impl ByteSource) -> Result<Vec<(String, Stored)>> {
    let archive = Archive::open(source).await?;
    let folders: Vec<&str> = archive.names().filter_map(|name| name.strip_suffix("/data.pkl")).collect();
    let [folder] = folders[..] else {
        return Err(not_pytorch("one entry data.pkl in the archive", &folders.len().to_string()));
    };
    if archive.names().any(|name| name.strip_prefix(folder) == Some("/constants.pkl")) {
        let expected = "tensors, as torch.save(model.state_dict()) writes";
        return Err(not_pytorch(expected, "a program, as torch.jit.save writes"));
    }
    let order = format!("{folder}/byteorder");
    if archive.names().any(|name| name == order) {
        let place = archive.locate(source, &order).await?;
        if place.end - place.start != 6 || source.read(place).await? != b"little" {
            return Err(not_pytorch("numbers with the low byte first", "another order"));
        }
    }
    let place = archive.locate(source, &format!("{folder}/data.pkl")).await?;
    let length = place.end - place.start;
    if length > MAX_PICKLE {
        return Err(not_pytorch(&format!("a pickle of at most {MAX_PICKLE} bytes"), &length.to_string()));
    }
    let pickled = source.read(place).await?;
    let mut machine = Machine::new(&pickled);
    let value = machine.run()?;
    let mut places = HashMap::new();
    let mut tensors = Vec::new();
    for (name, tensor) in named(&machine.values, value)? {
        let storage = &machine.values.storages[tensor.storage];
        if !places.contains_key(storage.key) {
            places.insert(storage.key, archive.locate(source, &format!("{folder}/data/{}", storage.key)).await?);
        }
        tensors.push((name.to_owned(), stored(name, tensor, storage, places[storage.key].clone())?));
    }
    Ok(tensors)
}

/// Tensors of a file of PyTorch before 1.6: pickles of the magic number, the version, the machine, the tensors and the keys of the
/// storages; then each storage, behind the number of its values.
async fn in_a_row(source: &impl ByteSource) -> Result<Vec<(String, Stored)>> {
    let length = source.length();
    let head = source.read(0..length.min(MAX_PICKLE)).await?;
    let behind =
        head.strip_prefix(MAGIC).ok_or_else(|| not_pytorch("what torch.save writes", "a pickle of something else"))?;
    let mut machine = Machine::new(behind);
    if !matches!(machine.run()?, Value::Int(1001)) {
        return Err(not_pytorch("version 1001 of the file's form", "another one"));
    }
    // What machine wrote it: PyTorch itself has never written the high byte first.
    machine.run()?;
    let value = machine.run()?;
    let keys = machine.run()?;
    let keys = machine.values.list_items(keys).ok_or_else(pickle::astray)?;
    let known: HashMap<&str, &Storage<'_>> =
        machine.values.storages.iter().map(|storage| (storage.key, storage)).collect();
    let mut places = HashMap::new();
    let mut at = (head.len() - machine.left()) as u64;
    for key in keys {
        let storage = if let Value::Text(key) = key { known.get(key) } else { None }.ok_or_else(pickle::astray)?;
        let cut_off = || {
            let expected = format!("{} values of the storage {}", storage.count, printable(storage.key));
            Error::Weights(format!(
                "the weight file is cut off: expected {expected} at byte {at}, found {length} bytes in all"
            ))
        };
        let values = at.checked_add(8).filter(|start| *start <= length).ok_or_else(cut_off)?;
        if Bytes::new(&source.read(at..values).await?).u64() != Some(storage.count) {
            let expected =
                format!("the number of its {} values before the storage {}", storage.count, printable(storage.key));
            return Err(not_pytorch(&expected, "another one"));
        }
        let end = storage.bytes().and_then(|bytes| values.checked_add(bytes)).filter(|end| *end <= length);
        at = end.ok_or_else(cut_off)?;
        places.insert(storage.key, values..at);
    }
    let tensors = named(&machine.values, value)?.into_iter().map(|(name, tensor)| {
        let storage = &machine.values.storages[tensor.storage];
        let place = places.get(storage.key).ok_or_else(pickle::astray)?;
        Ok((name.to_owned(), stored(name, tensor, storage, place.clone())?))
    });
    tensors.collect()
}

/// The tensors of the network in what a pickle holds: a dictionary of them, or one that has it under one of [`NETWORKS`].
fn named<'a, 'm>(values: &'m Values<'a>, mut value: Value<'a>) -> Result<Vec<(&'a str, &'m Strided)>> {
    let inside = |value: Value<'a>| {
        let pairs = values.pairs(value)?;
        NETWORKS.iter().find_map(|network| {
            let found = |[key, value]: &[Value<'a>; 2]| match key {
                Value::Text(key) if key == network => values.pairs(*value).map(|_| *value),
                _ => None,
            };
            pairs.iter().find_map(found)
        })
    };
    // A checkpoint in a checkpoint is the most that people have.
    for _ in 0..2 {
        value = inside(value).unwrap_or(value);
    }
    let pairs = values.pairs(value).ok_or_else(|| not_pytorch("a dictionary of tensors by name", "another value"))?;
    let mut tensors = Vec::new();
    for pair in pairs {
        match *pair {
            [Value::Text(name), Value::Tensor(tensor)] => {
                check_name(name)?;
                tensors.push((name, &values.tensors[tensor]));
            }
            [_, Value::Tensor(_)] => return Err(not_pytorch("a name of each tensor", "another key")),
            // Numbers and texts of training.
            _ => {}
        }
    }
    Ok(tensors)
}

/// Where a tensor lies in the file, given where its storage does.
fn stored(name: &str, tensor: &Strided, storage: &Storage<'_>, place: Range<u64>) -> Result<Stored> {
    if storage.bytes() != Some(place.end - place.start) {
        let expected = format!("a storage of {} values of type {}", storage.count, storage.dtype);
        return Err(Error::Weights(format!("{name}: expected {expected}, found {} bytes", place.end - place.start)));
    }
    let Strided { offset, dims, strides, .. } = tensor;
    let shown = || format!("{} in steps of {}", join_dims(dims), join_dims(strides));
    let count = dense(dims, strides).ok_or_else(|| {
        Error::Weights(format!("{name}: expected a tensor whose values lie side by side, found one of {}", shown()))
    })?;
    let end = offset.checked_add(count).filter(|end| *end <= storage.count).ok_or_else(|| {
        let expected = format!("a tensor inside its storage of {} values", storage.count);
        Error::Weights(format!("{name}: expected {expected}, found one of {} from value {offset} on", shown()))
    })?;
    let bytes = |values: u64| place.start + values * width(storage.dtype);
    Ok(Stored { dtype: storage.dtype, dims: dims.clone(), strides: strides.clone(), bytes: bytes(*offset)..bytes(end) })
}

/// How many values a tensor has if they fill a run without gaps, in whatever order.
fn dense(dims: &[usize], strides: &[usize]) -> Option<u64> {
    let count = dims.iter().try_fold(1u64, |count, extent| count.checked_mul(*extent as u64))?;
    // The stride of an extent of one says nothing.
    let mut order: Vec<(usize, usize)> =
        strides.iter().copied().zip(dims.iter().copied()).filter(|(_, extent)| *extent != 1).collect();
    order.sort_unstable();
    let mut run = 1u64;
    for (stride, extent) in order {
        if stride as u64 != run && count > 0 {
            return None;
        }
        run = run.checked_mul(extent as u64)?;
    }
    Some(count)
}

/// A few bytes must not stand for many tensors.
fn apart(tensors: &[(String, Stored)]) -> Result<()> {
    let mut order: Vec<&(String, Stored)> = tensors.iter().filter(|(_, tensor)| !tensor.bytes.is_empty()).collect();
    order.sort_by_key(|(_, tensor)| tensor.bytes.start);
    match order.windows(2).find(|pair| pair[0].1.bytes.end > pair[1].1.bytes.start) {
        None => Ok(()),
        Some(pair) => {
            let expected = "tensors that share no bytes";
            Err(Error::Weights(format!(
                "{}: expected {expected}, found it to share some with {}",
                pair[0].0, pair[1].0
            )))
        }
    }
}

impl Storage<'_> {
    fn bytes(&self) -> Option<u64> {
        self.count.checked_mul(width(self.dtype))
    }
}

/// Bytes a value; those of all types that PyTorch stores are whole.
fn width(dtype: ::safetensors::Dtype) -> u64 {
    (dtype.bitsize() / 8) as u64
}

fn not_pytorch(expected: &str, found: &str) -> Error {
    Error::Weights(format!("this PyTorch file cannot be read: expected {expected}, found {found}"))
}

/// A stranger's word in a message.
fn printable(word: &str) -> String {
    let short: String = word.chars().map(|c| if c.is_control() { '?' } else { c }).take(MAX_NAME / 4).collect();
    if short.len() < word.len() { format!("{short}…") } else { short }
}
