//! Networks with weights of 8 bits: `NAME.weight_scale` beside `NAME.weight`.
//!
//! Layout, in safetensors: `NAME.weight` of type `I8`, `[out, in, height, width]` or `[out, in]`, and `NAME.weight_scale` of type `F32`,
//! `[out]`. The weight of output channel o is `weight[o] * weight_scale[o]`. Biases and batch normalisations are as in a file with
//! wider weights. Read as well: a scale of one value or of dims `[out, 1, …]`, and weights of 8-bit floats.

use std::collections::BTreeMap;

use ::safetensors::Dtype;

use super::stored::{StoredTensor, StridedView, is_float};
use crate::error::{Error, Result};
use crate::shape::join_dims;

/// The end of the name of a scale.
pub(super) const SCALE: &str = ".weight_scale";

/// The largest magnitude of a value; -128 is not used, so that the range is symmetric.
const LARGEST: f32 = 127.0;

/// Joins values and scales; all other tensors are kept.
///
/// # Errors
/// [`Error::Weights`] when a scale has no weight of 8 bits, or their dims or types do not fit.
pub(super) fn join(tensors: Vec<(String, StoredTensor)>) -> Result<Vec<(String, StoredTensor)>> {
    let (scales, mut tensors): (Vec<_>, Vec<_>) = tensors.into_iter().partition(|(name, _)| name.ends_with(SCALE));
    if scales.is_empty() {
        return Ok(tensors);
    }
    let positions: BTreeMap<String, usize> =
        tensors.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    for (name, scale) in scales {
        let weight = format!("{}.weight", name.strip_suffix(SCALE).unwrap_or_default());
        let Some(at) = positions.get(&weight) else {
            return Err(Error::Weights(format!("{name}: expected a tensor {weight} besides it, found none")));
        };
        let stored = &mut tensors[*at].1;
        *stored = scaled(&name, stored, &scale)?;
    }
    Ok(tensors)
}

fn scaled(name: &str, weight: &StoredTensor, scale: &StoredTensor) -> Result<StoredTensor> {
    if let (StoredTensor::Dense(values), StoredTensor::Dense(scale)) = (weight, scale)
        && is_8_bit(values.dtype)
        && is_float(scale.dtype)
        && has_factors(scale, values.dims.first().copied().unwrap_or(0))
    {
        return Ok(StoredTensor::Scaled { values: values.clone(), scale: scale.clone() });
    }
    Err(Error::Weights(format!(
        "{name}: expected one float for each output channel of a weight of type I8, F8_E4M3 or F8_E5M2, found {} of type {} for a weight \
         of {} of type {}",
        join_dims(scale.dims()),
        scale.dtype(),
        join_dims(weight.dims()),
        weight.dtype()
    )))
}

/// Whether a scale has one value, or `[out]` or `[out, 1, …]`.
fn has_factors(scale: &StridedView, out: usize) -> bool {
    scale.dims.iter().all(|dim| *dim == 1)
        || scale.dims.split_first().is_some_and(|(first, rest)| *first == out && rest.iter().all(|dim| *dim == 1))
}

/// Whether values of a type take one byte.
pub(super) fn is_8_bit(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::I8 | Dtype::F8_E4M3 | Dtype::F8_E5M2)
}

/// The values of one output channel in 8 bits and the factor: the largest magnitude becomes 127. `window` is the number of weights per
/// input channel.
///
/// Values are rounded to the nearest; then those with the largest errors are rounded to the other side, until the errors of each window
/// and of the channel add up to half a step at most. Activations after a ReLU are positive, so the sum of the errors shifts an output
/// more than the errors themselves. Source: SQuant, Guo et al. 2022 (arXiv 2202.07471).
pub(super) fn quantise(weights: &[f32], window: usize) -> (Vec<i8>, f32) {
    let largest = weights.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
    // A channel of zeros, or of values so small that the factor is no normal number, is zero.
    let scale = largest / LARGEST;
    if !scale.is_normal() {
        return (vec![0; weights.len()], 0.0);
    }
    let exact: Vec<f32> = weights.iter().map(|weight| weight / scale).collect();
    let round = |value: &f32| value.round_ties_even().clamp(-LARGEST, LARGEST) as i8;
    let mut rounded: Vec<i8> = exact.iter().map(round).collect();
    if window > 1 {
        rounded.chunks_mut(window).zip(exact.chunks(window)).for_each(|(rounded, exact)| balance(rounded, exact));
    }
    balance(&mut rounded, &exact);
    (rounded, scale)
}

/// Rounds values to the other side until the errors add up to half a step at most: those whose errors have the sign of the sum, the
/// largest first.
fn balance(rounded: &mut [i8], exact: &[f32]) {
    let error = |rounded: i8, exact: f32| f32::from(rounded) - exact;
    let sum: f32 = rounded.iter().zip(exact).map(|(rounded, exact)| error(*rounded, *exact)).sum();
    let (sign, count) = (sum.signum(), sum.abs().round() as usize);
    let mut order: Vec<usize> = (0..exact.len())
        .filter(|at| error(rounded[*at], exact[*at]) * sign > 0.0 && f32::from(rounded[*at]) * sign > -LARGEST)
        .collect();
    order.sort_by(|a, b| {
        let [a, b] = [a, b].map(|at| error(rounded[*at], exact[*at]) * sign);
        b.total_cmp(&a)
    });
    for at in order.into_iter().take(count) {
        rounded[at] -= sign as i8;
    }
}
