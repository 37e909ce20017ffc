//! Product-quantised networks: `NAME.codes_matrix` and `NAME.codebook` in place of `NAME.weight`, as the files of Martinez et al. 2021
//! (arXiv 2010.15703) have them.

use std::collections::BTreeMap;

use super::stored::{StoredTensor, StridedView, is_code, is_float};
use crate::error::{Error, Result};
use crate::shape::join_dims;

const CODES: &str = ".codes_matrix";
const CODEBOOK: &str = ".codebook";

/// Joins codes and codebooks to weights of `[out, n * d]`; all other tensors are kept.
///
/// # Errors
/// [`Error::Weights`] when one of the two is missing, or their dims or types do not fit.
pub(super) fn join(tensors: Vec<(String, StridedView)>) -> Result<Vec<(String, StoredTensor)>> {
    let mut codebooks: BTreeMap<String, StridedView> = BTreeMap::new();
    let mut rest = Vec::new();
    for (name, view) in tensors {
        match name.strip_suffix(CODEBOOK) {
            Some(module) => drop(codebooks.insert(module.to_owned(), view)),
            None => rest.push((name, view)),
        }
    }
    let mut joined = Vec::new();
    for (name, view) in rest {
        match name.strip_suffix(CODES) {
            None => joined.push((name, StoredTensor::Dense(view))),
            Some(module) => {
                let codebook = codebooks.remove(module).ok_or_else(|| missing(&name, module, CODEBOOK))?;
                joined.push((format!("{module}.weight"), quantised(&name, view, codebook)?));
            }
        }
    }
    match codebooks.into_keys().next() {
        None => Ok(joined),
        Some(module) => Err(missing(&format!("{module}{CODEBOOK}"), &module, CODES)),
    }
}

fn missing(name: &str, module: &str, other: &str) -> Error {
    Error::Weights(format!("{name}: expected a tensor {module}{other} besides it, found none"))
}

fn quantised(name: &str, codes: StridedView, codebook: StridedView) -> Result<StoredTensor> {
    let dims = match (&codes.dims[..], &codebook.dims[..]) {
        ([out, n], [rows, d]) if *rows > 0 => n.checked_mul(*d).map(|inputs| vec![*out, inputs]),
        _ => None,
    };
    match dims {
        Some(dims) if is_code(codes.dtype) && is_float(codebook.dtype) => {
            Ok(StoredTensor::ProductQuantised { codes, codebook, dims })
        }
        _ => Err(Error::Weights(format!(
            "{name}: expected codes [out, n] of type U8 or I16 and a codebook [k, d] of floats, found {} of type {} and {} of type {}",
            join_dims(&codes.dims),
            codes.dtype,
            join_dims(&codebook.dims),
            codebook.dtype
        ))),
    }
}

/// Gives quantised convolutions the dims OIHW: their kernels are square, and the name of a convolution determines its side.
pub(super) fn shape_kernels(tensors: &mut BTreeMap<String, StoredTensor>) {
    let bottleneck = tensors.contains_key("layer1.0.conv3.weight");
    for (name, tensor) in tensors.iter_mut() {
        let StoredTensor::ProductQuantised { dims, .. } = tensor else { continue };
        let [out, inputs] = dims[..] else { continue };
        let side = match name.strip_suffix(".weight").and_then(|module| module.rsplit('.').next()) {
            Some("conv1") if !name.starts_with("layer") => 7,
            Some("conv1" | "conv3") if bottleneck => 1,
            Some("conv1" | "conv2") => 3,
            Some("0") if name.contains("downsample") => 1,
            _ => continue,
        };
        if inputs.is_multiple_of(side * side) {
            *dims = vec![out, inputs / (side * side), side, side];
        }
    }
}
