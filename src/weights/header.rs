//! The header of a weight file: JSON from a stranger.

use std::fmt;

use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::not_weights;
use crate::error::{Error, Result};
use crate::shape::join_extents;

/// The longest name of a tensor in bytes; those of a ResNet have at most 36.
const MAX_NAME: usize = 256;

/// The most extents of a tensor; those of a ResNet have at most four.
const MAX_RANK: usize = 8;

/// The one entry that is no tensor: what the file's author wants to say.
const NOTES: &str = "__metadata__";

/// Parses and checks a header: no two tensors overlap, leave a gap or share a name, and each has as many bytes as its extents
/// and type take.
///
/// # Errors
/// [`Error::Weights`] in one line, whatever the header holds.
pub(super) fn parse(json: &[u8]) -> Result<Metadata> {
    let malformed = |said: String| {
        let said = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_NAME).collect();
        not_weights("a JSON header that describes the tensors".to_owned(), said)
    };
    let Tensors(mut tensors) = serde_json::from_slice(json).map_err(|error| malformed(error.to_string()))?;
    for (name, info) in &tensors {
        check(name, info)?;
    }
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(twice) = tensors.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(not_weights("a header that names each tensor once".to_owned(), format!("{} twice", twice[0].0)));
    }
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    Metadata::new(None, tensors).map_err(|error| malformed(error.to_string()))
}

fn check(name: &str, info: &TensorInfo) -> Result<()> {
    if name.len() > MAX_NAME || name.contains(char::is_control) {
        let beginning: String = name.chars().take(32).collect();
        let found = format!("one that begins with {beginning:?} and has {} bytes", name.len());
        return Err(not_weights(format!("names of at most {MAX_NAME} printable characters"), found));
    }
    if info.shape.len() > MAX_RANK {
        return Err(Error::Weights(format!("{name}: expected at most {MAX_RANK} extents, found {}", info.shape.len())));
    }
    let count = info.shape.iter().try_fold(1usize, |count, extent| count.checked_mul(*extent));
    let bits = count.and_then(|count| count.checked_mul(info.dtype.bitsize()));
    let (start, end) = info.data_offsets;
    let bytes = end.checked_sub(start);
    if bits.is_none() || bits != bytes.and_then(|bytes| bytes.checked_mul(8)) {
        let expected =
            format!("as many bytes as a tensor of {} of type {} takes", join_extents(&info.shape), info.dtype);
        return Err(Error::Weights(format!("{name}: expected {expected}, found those from {start} to {end}")));
    }
    Ok(())
}

/// The entries of a header as they stand there; a map would keep the last of two equal names without a word.
struct Tensors(Vec<(String, TensorInfo)>);

impl<'de> Deserialize<'de> for Tensors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Tensors;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Tensors, A::Error> {
                let mut tensors = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == NOTES {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        tensors.push((name, map.next_value()?));
                    }
                }
                Ok(Tensors(tensors))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}
