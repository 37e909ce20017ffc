//! Weight files: safetensors, read tensor by tensor so that no second copy of a network is ever in memory.
//! Format: <https://huggingface.co/docs/safetensors>, parsed and checked by the `safetensors` crate.

mod header;
mod source;

use std::collections::BTreeMap;

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;

use crate::error::{Error, Result};
use crate::graph::{Graph, Node};
use crate::ops::ParameterValues;
use crate::shape::join_extents;

pub use source::{ByteSource, Keepable};

/// Bytes in front of the header: its length, little-endian.
const PREFIX: u64 = 8;

/// The longest header we read; that of ResNet-152 has 60 KB.
const MAX_HEADER: u64 = 16 << 20;

/// Tensors that a ResNet's file may hold and evaluation does not need: PyTorch's count of training steps.
const IGNORED: &str = "num_batches_tracked";

/// An opened weight file: its header is read and checked, its tensors are still where they were.
#[derive(Debug)]
pub struct WeightFile<S> {
    source: S,
    data: u64,
    tensors: BTreeMap<String, TensorInfo>,
}

impl<S: ByteSource> WeightFile<S> {
    /// Reads and checks the header.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file is no safetensors file, is cut off, or its header contradicts itself or the file.
    pub async fn open(source: S) -> Result<Self> {
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
        let metadata = header::parse(&source.read(PREFIX..data).await?)?;
        let expected = data + metadata.data_len() as u64;
        if expected > length {
            return Err(Error::Weights(format!(
                "the weight file is cut off: expected {expected} bytes, found {length}"
            )));
        }
        if expected < length {
            return Err(not_weights(format!("{expected} bytes as its header says"), format!("{length}")));
        }
        let tensors = metadata.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
        Ok(Self { source, data, tensors })
    }

    /// The extents of every tensor by name; [`crate::ResNetConfig::infer`] recognises the network by them.
    pub fn extents(&self) -> BTreeMap<String, Vec<usize>> {
        self.tensors.iter().map(|(name, info)| (name.clone(), info.shape.clone())).collect()
    }

    /// Whether every weight that is a matrix or more is stored in `f16`.
    pub fn is_f16(&self) -> bool {
        let mut weights = self.tensors.values().filter(|info| info.shape.len() > 1);
        weights.all(|info| info.dtype == Dtype::F16)
    }

    /// Holds all names, extents and types against those that the graph needs, before a byte of data is read.
    ///
    /// # Errors
    /// [`Error::Weights`] for the first tensor that is missing, of other extents or another type, or not needed.
    pub fn check(&self, graph: &Graph) -> Result<()> {
        let mut known = 0;
        for node in graph.nodes() {
            for spec in node.op.parameters() {
                self.info(&format!("{}.{}", node.name, spec.name), &spec.extents)?;
                known += 1;
            }
        }
        let needed = |name: &str| {
            let (node, parameter) = name.rsplit_once('.').unwrap_or(("", name));
            let specs = graph.find(node).map(|index| graph.nodes()[index].op.parameters());
            specs.is_ok_and(|specs| specs.iter().any(|spec| spec.name == parameter))
        };
        let surplus = |name: &&String| !name.ends_with(IGNORED) && !needed(name);
        if let Some(name) = self.tensors.keys().find(surplus) {
            let expected = format!("only the {known} tensors of this network");
            return Err(Error::Weights(format!("{name}: expected {expected}, found this one besides them")));
        }
        Ok(())
    }

    fn info(&self, name: &str, extents: &[usize]) -> Result<&TensorInfo> {
        let wrong = |found: String| {
            Error::Weights(format!("{name}: expected a tensor of {}, found {found}", join_extents(extents)))
        };
        let info = self.tensors.get(name).ok_or_else(|| wrong("none of that name in the file".to_owned()))?;
        if info.shape != extents {
            return Err(wrong(join_extents(&info.shape)));
        }
        if !matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
            return Err(Error::Weights(format!(
                "{name}: expected values of type F32, F16 or BF16, found {:?}",
                info.dtype
            )));
        }
        Ok(info)
    }

    /// The parameters of one node, widened to `f32`.
    ///
    /// # Errors
    /// [`Error::Weights`] as [`WeightFile::check`], when the source fails, or when a value is not finite.
    pub async fn parameters(&self, node: &Node) -> Result<ParameterValues> {
        let mut values = ParameterValues::new();
        for spec in node.op.parameters() {
            let name = format!("{}.{}", node.name, spec.name);
            let info = self.info(&name, &spec.extents)?;
            let (start, end) = info.data_offsets;
            let bytes = self.source.read(self.data + start as u64..self.data + end as u64).await?;
            let widened = widen(info.dtype, &bytes);
            if widened.len() != spec.len() {
                let found = widened.len();
                return Err(Error::Weights(format!("{name}: expected {} values, found {found}", spec.len())));
            }
            check_values(&name, spec.name, &widened)?;
            values.insert(spec.name, widened);
        }
        Ok(values)
    }
}

fn not_weights(expected: String, found: String) -> Error {
    Error::Weights(format!("this is not a safetensors weight file: expected {expected}, found {found}"))
}

/// Little-endian values of one of the types that [`WeightFile::info`] lets through.
fn widen(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    match dtype {
        Dtype::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::BF16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
        _ => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
    }
}

/// A network with a value that is not finite answers nonsense without a word: better say it when it is opened.
fn check_values(name: &str, parameter: &str, values: &[f32]) -> Result<()> {
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(Error::Weights(format!("{name}: expected finite values, found {} at index {at}", values[at])));
    }
    if parameter == "running_var"
        && let Some(at) = values.iter().position(|value| *value < 0.0)
    {
        return Err(Error::Weights(format!(
            "{name}: expected variances of at least 0, found {} at index {at}",
            values[at]
        )));
    }
    Ok(())
}
