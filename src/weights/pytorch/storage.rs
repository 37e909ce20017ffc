//! Tensors as byte ranges: the view of a storage that a pickle describes, applied to where the storage is in the file.

use std::ops::Range;

use ::safetensors::Dtype;

use super::error::printable;
use super::value::{Storage, TensorView};
use crate::error::{Error, Result};
use crate::shape::join_dims;
use crate::weights::inflate::Deflated;
use crate::weights::stored::{StridedView, check_name, value_count};

/// The longest pickle that is read; that of ResNet-152 with Adam's state has 1 MB.
pub(super) const MAX_PICKLE: u64 = 4 << 20;

/// The most values of a tensor that repeats values of its storage.
const MAX_EXPANDED: u64 = 1 << 24;

/// Where a storage is: a range of the file, or a compressed entry.
#[derive(Debug, Clone)]
pub(super) struct Location {
    pub bytes: Range<u64>,
    pub deflated: Option<Deflated>,
}

/// Bytes per value; those of all types that PyTorch stores are whole.
fn width(dtype: Dtype) -> u64 {
    (dtype.bitsize() / 8) as u64
}

impl Storage<'_> {
    /// The length in bytes; `None` when it cannot be represented.
    pub fn bytes(&self) -> Option<u64> {
        self.count.checked_mul(width(self.dtype))
    }
}

/// The view of a tensor, given the location of its storage.
///
/// # Errors
/// [`Error::Weights`] when the storage has another length than the pickle states, or the tensor has gaps, repeats too many values or
/// is not inside the storage.
pub(super) fn locate(name: &str, tensor: &TensorView, storage: &Storage<'_>, at: Location) -> Result<StridedView> {
    check_name(name)?;
    let Location { bytes, deflated } = at;
    if storage.bytes() != Some(bytes.end - bytes.start) {
        let expected = format!("a storage of {} values of type {}", storage.count, storage.dtype);
        return Err(Error::Weights(format!("{name}: expected {expected}, found {} bytes", bytes.end - bytes.start)));
    }
    let TensorView { offset, dims, strides, .. } = tensor;
    let shown = || format!("{} with strides {}", join_dims(dims), join_dims(strides));
    let span = span(dims, strides).map_err(|expected| {
        Error::Weights(format!("{name}: expected a tensor {expected}, found one of {}", shown()))
    })?;
    let dtype = tensor.dtype.unwrap_or(storage.dtype);
    // An untyped storage counts bytes; offsets count values of the tensor's type.
    let available = storage.bytes().unwrap_or(0) / width(dtype);
    let end = offset.checked_add(span).filter(|end| *end <= available).ok_or_else(|| {
        let expected = format!("a tensor inside its storage of {available} values");
        Error::Weights(format!("{name}: expected {expected}, found one of {} from value {offset} on", shown()))
    })?;
    let byte = |values: u64| bytes.start + values * width(dtype);
    let bytes = byte(*offset)..byte(end);
    Ok(StridedView { dtype, dims: dims.clone(), strides: strides.clone(), bytes, deflated })
}

/// The number of consecutive values that a tensor covers. Dims of stride 0 repeat them.
fn span(dims: &[usize], strides: &[usize]) -> std::result::Result<u64, String> {
    let gaps = || "whose values are contiguous in some order of its dims".to_owned();
    let count = value_count(dims).ok_or_else(gaps)? as u64;
    // The stride of a dim of 1 has no meaning.
    let mut order: Vec<(usize, usize)> =
        strides.iter().copied().zip(dims.iter().copied()).filter(|(_, extent)| *extent != 1).collect();
    if count > 0 && order.iter().any(|(stride, _)| *stride == 0) && count > MAX_EXPANDED {
        return Err(format!("of at most {MAX_EXPANDED} values where it repeats them"));
    }
    order.retain(|(stride, _)| *stride != 0);
    order.sort_unstable();
    let mut run = 1u64;
    for (stride, extent) in order {
        if stride as u64 != run && count > 0 {
            return Err(gaps());
        }
        run = run.checked_mul(extent as u64).ok_or_else(gaps)?;
    }
    Ok(if count == 0 { 0 } else { run })
}

/// Checks that two tensors share all their bytes or none.
///
/// # Errors
/// [`Error::Weights`] naming the tensors.
pub(super) fn check_overlap(tensors: &[(String, StridedView)]) -> Result<()> {
    let plain = |(_, view): &&(String, StridedView)| !view.bytes.is_empty() && view.deflated.is_none();
    let mut order: Vec<&(String, StridedView)> = tensors.iter().filter(plain).collect();
    order.sort_by_key(|(_, view)| (view.bytes.start, view.bytes.end));
    let partial = |pair: &&[&(String, StridedView)]| {
        pair[0].1.bytes.end > pair[1].1.bytes.start && pair[0].1.bytes != pair[1].1.bytes
    };
    match order.windows(2).find(partial) {
        None => Ok(()),
        Some(pair) => {
            let [first, second] = [&pair[0].0, &pair[1].0].map(|name| printable(name));
            Err(Error::Weights(format!(
                "{first}: expected tensors that share all bytes or none, found it to share some with {second}"
            )))
        }
    }
}
