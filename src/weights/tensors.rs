//! What every container of weights comes down to: named tensors, and where in the file their values lie.

use std::collections::BTreeMap;
use std::ops::Range;

use ::safetensors::Dtype;

use super::names::unify;
use crate::error::{Error, Result};

/// The longest name of a tensor in bytes; those of a ResNet have at most 66.
pub(super) const MAX_NAME: usize = 256;

/// The most dims of a tensor; those of a ResNet have at most four.
pub(super) const MAX_RANK: usize = 8;

/// A tensor that is still in its file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    /// The type of its values, little-endian.
    pub dtype: Dtype,
    /// Its dims, outermost first.
    pub dims: Vec<usize>,
    /// How many values lie from one index to the next, of each extent; the values fill their bytes without gaps.
    pub strides: Vec<usize>,
    /// The bytes of its values, from the file's beginning.
    pub bytes: Range<u64>,
}

/// The strides of a tensor whose last index runs fastest.
pub(super) fn row_major(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

impl Stored {
    /// Values as they lie in the file, put in order: the last index runs fastest.
    pub fn in_order(&self, values: Vec<f32>) -> Vec<f32> {
        let steps = self.dims.iter().zip(&self.strides);
        let ordered = steps.zip(row_major(&self.dims)).all(|((extent, own), wanted)| *extent == 1 || *own == wanted);
        if ordered {
            return values;
        }
        let mut index = vec![0; self.dims.len()];
        let mut at = 0;
        let mut next = || {
            let value = values[at];
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                at += self.strides[axis];
                if index[axis] < self.dims[axis] {
                    break;
                }
                at -= self.strides[axis] * self.dims[axis];
                index[axis] = 0;
            }
            value
        };
        (0..values.len()).map(|_| next()).collect()
    }
}

/// All tensors of a file by the one name that the engine knows them by.
pub(super) type Tensors = BTreeMap<String, Stored>;

/// Brings tensors under the engine's names.
///
/// # Errors
/// [`Error::Weights`] when two tensors have one name.
pub(super) fn collect(tensors: Vec<(String, Stored)>) -> Result<Tensors> {
    let (names, tensors): (Vec<String>, Vec<Stored>) = tensors.into_iter().unzip();
    let mut collected = Tensors::new();
    for (name, tensor) in unify(&names).into_iter().zip(tensors) {
        if collected.contains_key(&name) {
            return Err(Error::Weights(format!("{name}: expected one tensor of this name, found two")));
        }
        collected.insert(name, tensor);
    }
    Ok(collected)
}

/// Whether a name can be shown in a message.
///
/// # Errors
/// [`Error::Weights`] with its beginning.
pub(super) fn check_name(name: &str) -> Result<()> {
    if name.len() <= MAX_NAME && !name.contains(char::is_control) {
        return Ok(());
    }
    let beginning: String = name.chars().take(32).collect();
    Err(Error::Weights(format!(
        "the names of the tensors: expected at most {MAX_NAME} printable characters, found one that begins with \
         {beginning:?} and has {} bytes",
        name.len()
    )))
}
