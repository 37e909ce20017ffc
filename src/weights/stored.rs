//! Tensors that are still in their file: type, dims, strides and byte range.

use std::ops::Range;

use ::safetensors::Dtype;
use half::{bf16, f16};

use super::float8;
use super::inflate::{self, Deflated};
use super::source::ByteSource;
use crate::error::{Error, Result};
use crate::shape::join_dims;

/// The longest tensor name in bytes; those of a ResNet have at most 66.
pub(super) const MAX_NAME: usize = 256;

/// The highest rank of a tensor; those of a ResNet have at most 4.
pub(super) const MAX_RANK: usize = 8;

/// A strided view of values in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StridedView {
    /// The type of the values, little-endian.
    pub dtype: Dtype,
    /// Dims, outermost first.
    pub dims: Vec<usize>,
    /// Values from one index to the next, per dim; 0 where one value is repeated. The view has no gaps.
    pub strides: Vec<usize>,
    /// The byte range of the values, in the file or in the inflated storage.
    pub bytes: Range<u64>,
    /// The compressed storage that holds the values, if it is compressed.
    pub deflated: Option<Deflated>,
}

/// A tensor of a network, as its file encodes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum StoredTensor {
    /// Plain values.
    Dense(StridedView),
    /// Row o of the weight is the concatenation of `codebook[codes[o][i]]` over i: product quantisation, Stock et al. 2020 (arXiv
    /// 1907.05686), Martinez et al. 2021 (arXiv 2010.15703).
    ProductQuantised {
        /// `[out, n]`, unsigned or 16-bit indices.
        codes: StridedView,
        /// `[k, d]`.
        codebook: StridedView,
        /// The dims of the weight: `out` and dims whose product is `n * d`.
        dims: Vec<usize>,
    },
    /// Values of 8 bits, multiplied by one factor per output channel or one for all: see [`super::int8`].
    Scaled {
        /// The values, output channels outermost.
        values: StridedView,
        /// As many values as there are output channels, or one.
        scale: StridedView,
    },
}

/// The number of values of a tensor; `None` if it cannot be counted. Beside a zero the other dims have to be countable, too: strides
/// are products of them.
pub(super) fn value_count(dims: &[usize]) -> Option<usize> {
    let count = dims.iter().try_fold(1usize, |count, extent| count.checked_mul((*extent).max(1)))?;
    Some(if dims.contains(&0) { 0 } else { count })
}

/// The strides of a row-major tensor.
pub(super) fn row_major(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

impl StridedView {
    /// Reads the values, widened or narrowed to `f32`, in row-major order.
    ///
    /// # Errors
    /// [`Error::Weights`] when the source fails.
    pub async fn read(&self, source: &impl ByteSource) -> Result<Vec<f32>> {
        let bytes = match &self.deflated {
            None => source.read(self.bytes.clone()).await?,
            Some(deflated) => inflate::range(source, deflated, self.bytes.clone()).await?,
        };
        Ok(self.row_major_values(to_f32(self.dtype, &bytes)))
    }

    /// Reorders values from storage order to row-major order.
    fn row_major_values(&self, values: Vec<f32>) -> Vec<f32> {
        let strides = self.dims.iter().zip(&self.strides);
        let ordered = strides.zip(row_major(&self.dims)).all(|((extent, own), wanted)| *extent == 1 || *own == wanted);
        let count = self.dims.iter().product::<usize>();
        if ordered || count == 0 {
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
        (0..count).map(|_| next()).collect()
    }
}

impl StoredTensor {
    /// The dims of the tensor, decoded.
    pub fn dims(&self) -> &[usize] {
        match self {
            Self::Dense(view) | Self::Scaled { values: view, .. } => &view.dims,
            Self::ProductQuantised { dims, .. } => dims,
        }
    }

    /// The type of the values.
    pub fn dtype(&self) -> Dtype {
        match self {
            Self::Dense(view) | Self::Scaled { values: view, .. } => view.dtype,
            Self::ProductQuantised { codebook, .. } => codebook.dtype,
        }
    }

    /// The end of the last byte range in the file that holds values of this tensor.
    pub fn end(&self) -> u64 {
        let end = |view: &StridedView| view.deflated.as_ref().map_or(view.bytes.end, |deflated| deflated.packed.end);
        match self {
            Self::Dense(view) => end(view),
            Self::ProductQuantised { codes, codebook, .. } => end(codes).max(end(codebook)),
            Self::Scaled { values, scale } => end(values).max(end(scale)),
        }
    }

    /// The same values under other dims with the same product; `None` when the values would have to be reordered.
    pub fn reshape(&self, dims: Vec<usize>) -> Option<Self> {
        if dims.iter().product::<usize>() != self.dims().iter().product::<usize>() {
            return None;
        }
        let reshaped = |view: &StridedView, dims: Vec<usize>| {
            let ordered = view.strides == row_major(&view.dims);
            ordered.then(|| StridedView { strides: row_major(&dims), dims, ..view.clone() })
        };
        match self {
            Self::Dense(view) => reshaped(view, dims).map(Self::Dense),
            Self::Scaled { values, scale } => {
                reshaped(values, dims).map(|values| Self::Scaled { values, scale: scale.clone() })
            }
            Self::ProductQuantised { codes, codebook, .. } => {
                Some(Self::ProductQuantised { codes: codes.clone(), codebook: codebook.clone(), dims })
            }
        }
    }

    /// Reads all values as `f32` in row-major order.
    ///
    /// # Errors
    /// [`Error::Weights`] when the source fails or a code is not an index of the codebook.
    pub async fn read(&self, name: &str, source: &impl ByteSource) -> Result<Vec<f32>> {
        match self {
            Self::Dense(view) => view.read(source).await,
            Self::ProductQuantised { codes, codebook, .. } => {
                let (indices, centroids) = (codes.read(source).await?, codebook.read(source).await?);
                decode(name, &indices, &centroids, codebook.dims[1])
            }
            Self::Scaled { values, scale } => {
                let (mut values, scale) = (values.read(source).await?, scale.read(source).await?);
                let inputs = (values.len() / scale.len().max(1)).max(1);
                for (row, factor) in values.chunks_mut(inputs).zip(scale) {
                    row.iter_mut().for_each(|value| *value *= factor);
                }
                Ok(values)
            }
        }
    }
}

/// Replaces every code by its row of `width` values of the codebook.
fn decode(name: &str, codes: &[f32], codebook: &[f32], width: usize) -> Result<Vec<f32>> {
    let rows = codebook.len() / width.max(1);
    let mut values = Vec::with_capacity(codes.len() * width);
    for code in codes {
        // Codes are integers of at most 16 bits, which `f32` represents exactly.
        let row = *code as usize;
        if *code < 0.0 || row >= rows {
            let found = format!("found the code {code}");
            return Err(Error::Weights(format!(
                "{name}: expected codes below the {rows} rows of its codebook, {found}"
            )));
        }
        values.extend(&codebook[row * width..][..width]);
    }
    Ok(values)
}

/// Whether [`to_f32`] converts a type without changing its meaning.
pub(super) fn is_float(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F8_E4M3 | Dtype::F8_E5M2)
}

/// Whether a type can hold the codes of a product-quantised tensor.
pub(super) fn is_code(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::U8 | Dtype::I16)
}

/// Little-endian values as `f32`.
fn to_f32(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    match dtype {
        Dtype::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::BF16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::F8_E4M3 => bytes.iter().map(|byte| float8::e4m3_to_f32(*byte)).collect(),
        Dtype::F8_E5M2 => bytes.iter().map(|byte| float8::e5m2_to_f32(*byte)).collect(),
        Dtype::I8 => bytes.iter().map(|byte| f32::from(byte.cast_signed())).collect(),
        Dtype::U8 => bytes.iter().map(|byte| f32::from(*byte)).collect(),
        Dtype::I16 => bytes.as_chunks().0.iter().map(|b| f32::from(i16::from_le_bytes(*b))).collect(),
        _ => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
    }
}

/// Checks that a name can be shown in a message.
///
/// # Errors
/// [`Error::Weights`] with the beginning of the name.
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

/// The error of a tensor that does not have the dims it should have.
pub(super) fn wrong_dims(name: &str, expected: &[usize], found: &str) -> Error {
    Error::Weights(format!("{name}: expected a tensor of {}, found {found}", join_dims(expected)))
}
