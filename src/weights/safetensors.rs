//! Weight files in the safetensors format: a JSON header, which is untrusted input, then the values.
//! Format: <https://huggingface.co/docs/safetensors>, parsed and checked by the `safetensors` crate.

use std::fmt;

use ::safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::source::ByteSource;
use super::stored::{MAX_NAME, MAX_RANK, StridedView, check_name, row_major, value_count};
use crate::error::{Error, Result};
use crate::shape::join_dims;

/// The size of the first field, the length of the header.
const PREFIX: u64 = 8;

/// The longest header that is read; that of ResNet-152 has 60 KB.
const MAX_HEADER: u64 = 16 << 20;

/// The header entry for free-form metadata.
const METADATA: &str = "__metadata__";

/// Metadata keys of class labels; the second is that of transformers' configurations.
const LABELS: [&str; 2] = ["labels", "id2label"];

/// Reads and checks the header: no two tensors overlap, leave a gap or share a name, and each has as many bytes as its dims and
/// type take. Returns the tensors and, if the metadata has them, the class labels as text for [`crate::labels::parse`].
///
/// # Errors
/// [`Error::Weights`] when the file is not a safetensors file, is cut off, or its header contradicts itself or the file.
pub(super) async fn contents(source: &impl ByteSource) -> Result<(Vec<(String, StridedView)>, Option<String>)> {
    let length = source.length();
    if length < PREFIX {
        return Err(not_weights(format!("at least {PREFIX} bytes"), format!("{length}")));
    }
    let prefix: [u8; PREFIX as usize] = source.read(0..PREFIX).await?.try_into().map_err(|bytes: Vec<u8>| {
        Error::Weights(format!("the weight file cannot be read: expected {PREFIX} bytes, found {}", bytes.len()))
    })?;
    let header = u64::from_le_bytes(prefix);
    if header > MAX_HEADER {
        let found = format!("one of {header} bytes");
        return Err(not_weights(format!("a header of at most {MAX_HEADER} bytes"), found));
    }
    let data = PREFIX + header;
    if data > length {
        let expected = format!("{data} bytes for its header alone");
        return Err(Error::Weights(format!("the weight file is cut off: expected {expected}, found {length}")));
    }
    let (metadata, labels) = parse(&source.read(PREFIX..data).await?)?;
    let expected = data.saturating_add(metadata.data_len() as u64);
    if expected > length {
        return Err(Error::Weights(format!("the weight file is cut off: expected {expected} bytes, found {length}")));
    }
    if expected < length {
        return Err(not_weights(format!("{expected} bytes as its header says"), format!("{length}")));
    }
    let stored = |info: &TensorInfo| {
        let (start, end) = info.data_offsets;
        StridedView {
            dtype: info.dtype,
            dims: info.shape.clone(),
            strides: row_major(&info.shape),
            bytes: data + start as u64..data + end as u64,
            deflated: None,
        }
    };
    let mut tensors: Vec<_> = metadata.tensors().into_iter().map(|(name, info)| (name, stored(info))).collect();
    tensors.sort_by(|(a, first), (b, second)| (first.bytes.start, a).cmp(&(second.bytes.start, b)));
    Ok((tensors, labels))
}

fn not_weights(expected: String, found: String) -> Error {
    Error::Weights(format!("this is not a safetensors weight file: expected {expected}, found {found}"))
}

fn parse(json: &[u8]) -> Result<(Metadata, Option<String>)> {
    let malformed = |message: String| {
        let printable = message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_NAME).collect();
        not_weights("a JSON header that describes the tensors".to_owned(), printable)
    };
    let Header { mut tensors, labels } = serde_json::from_slice(json).map_err(|error| malformed(error.to_string()))?;
    for (name, info) in &tensors {
        check(name, info)?;
    }
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(twice) = tensors.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(not_weights("a header that names each tensor once".to_owned(), format!("{} twice", twice[0].0)));
    }
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let metadata = Metadata::new(None, tensors).map_err(|error| malformed(error.to_string()))?;
    Ok((metadata, labels))
}

fn check(name: &str, info: &TensorInfo) -> Result<()> {
    check_name(name)?;
    if info.shape.len() > MAX_RANK {
        return Err(Error::Weights(format!("{name}: expected at most {MAX_RANK} dims, found {}", info.shape.len())));
    }
    let bits = value_count(&info.shape).and_then(|count| count.checked_mul(info.dtype.bitsize()));
    let (start, end) = info.data_offsets;
    let bytes = end.checked_sub(start);
    if bits.is_none() || bits != bytes.and_then(|bytes| bytes.checked_mul(8)) {
        let expected = format!("as many bytes as a tensor of {} of type {} takes", join_dims(&info.shape), info.dtype);
        return Err(Error::Weights(format!("{name}: expected {expected}, found those from {start} to {end}")));
    }
    Ok(())
}

/// The entries of a header in their order. A map would silently drop all but the last of equal names.
struct Header {
    tensors: Vec<(String, TensorInfo)>,
    labels: Option<String>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Header, A::Error> {
                let (mut tensors, mut labels) = (Vec::new(), None);
                while let Some(name) = map.next_key::<String>()? {
                    if name == METADATA {
                        let metadata: Value = map.next_value()?;
                        labels = LABELS.iter().find_map(|name| metadata.get(name)?.as_str().map(str::to_owned));
                    } else {
                        tensors.push((name, map.next_value()?));
                    }
                }
                Ok(Header { tensors, labels })
            }
        }

        deserializer.deserialize_map(Entries)
    }
}
