//! Weight files, read tensor by tensor so that no second copy of a network is ever in memory.
//!
//! A container says which tensors a file holds and where; from there on all files are alike, under the names of torchvision.

mod names;
mod pytorch;
mod safetensors;
mod source;
mod tensors;

use std::collections::BTreeMap;

use ::safetensors::Dtype;
use half::{bf16, f16};

use crate::error::{Error, Result};
use crate::graph::{Graph, Node};
use crate::ops::ParameterValues;
use crate::shape::join_dims;
use tensors::{Stored, Tensors, collect};

pub use source::{ByteSource, Keepable};

/// Tensors that a ResNet's file may hold and evaluation does not need: PyTorch's count of training steps.
const IGNORED: &str = "num_batches_tracked";

/// How many bytes tell one container from the other.
const BEGINNING: u64 = 16;

/// An opened weight file: what it holds is known and checked, its tensors are still where they were.
#[derive(Debug)]
pub struct WeightFile<S> {
    source: S,
    tensors: Tensors,
    labels: Option<String>,
}

impl<S: ByteSource> WeightFile<S> {
    /// Reads and checks what the file says of itself.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file is neither safetensors nor PyTorch's, is cut off, or contradicts itself.
    pub async fn open(source: S) -> Result<Self> {
        let beginning = source.read(0..source.length().min(BEGINNING)).await?;
        let (tensors, labels) = if pytorch::begins(&beginning) {
            (pytorch::tensors(&source).await?, None)
        } else {
            safetensors::contents(&source).await?
        };
        Ok(Self { tensors: collect(tensors)?, labels, source })
    }

    /// What the classes are called as far as the file says it, to be read with [`crate::labels::parse`].
    pub fn labels(&self) -> Option<&str> {
        self.labels.as_deref()
    }

    /// The dims of every tensor by name; [`crate::ResNetConfig::infer`] recognises the network by them.
    pub fn dims(&self) -> BTreeMap<String, Vec<usize>> {
        self.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.dims.clone())).collect()
    }

    /// Whether every weight that is a matrix or more is stored in `f16`.
    pub fn is_f16(&self) -> bool {
        let mut weights = self.tensors.values().filter(|tensor| tensor.dims.len() > 1);
        weights.all(|tensor| tensor.dtype == Dtype::F16)
    }

    /// Holds all names, dims and types against those that the graph needs, before a byte of data is read.
    ///
    /// # Errors
    /// [`Error::Weights`] for the first tensor that is missing, of other dims or another type, or not needed.
    pub fn check(&self, graph: &Graph) -> Result<()> {
        let mut known = 0;
        for node in graph.nodes() {
            for spec in node.op.parameters() {
                self.stored(&format!("{}.{}", node.name, spec.name), &spec.dims)?;
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

    fn stored(&self, name: &str, dims: &[usize]) -> Result<&Stored> {
        let wrong =
            |found: String| Error::Weights(format!("{name}: expected a tensor of {}, found {found}", join_dims(dims)));
        let tensor = self.tensors.get(name).ok_or_else(|| wrong("none of that name in the file".to_owned()))?;
        if tensor.dims != dims {
            return Err(wrong(join_dims(&tensor.dims)));
        }
        if !matches!(tensor.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
            let found = tensor.dtype;
            return Err(Error::Weights(format!("{name}: expected values of type F32, F16 or BF16, found {found:?}")));
        }
        Ok(tensor)
    }

    /// The graph's nodes that have parameters, in the order in which the file completes them: those of a file that is still
    /// arriving are then waited for one after the other.
    pub fn arriving<'a>(&self, graph: &'a Graph) -> Vec<&'a Node> {
        let end = |node: &Node| {
            let specs = node.op.parameters();
            let names = specs.iter().map(|spec| format!("{}.{}", node.name, spec.name));
            names.filter_map(|name| Some(self.tensors.get(&name)?.bytes.end)).max()
        };
        let mut nodes: Vec<_> = graph.nodes().iter().filter_map(|node| Some((end(node)?, node))).collect();
        nodes.sort_by_key(|(end, _)| *end);
        nodes.into_iter().map(|(_, node)| node).collect()
    }

    /// The parameters of one node, widened to `f32`.
    ///
    /// # Errors
    /// [`Error::Weights`] as [`WeightFile::check`], when the source fails, or when a value is not finite.
    pub async fn parameters(&self, node: &Node) -> Result<ParameterValues> {
        let mut values = ParameterValues::new();
        for spec in node.op.parameters() {
            let name = format!("{}.{}", node.name, spec.name);
            let tensor = self.stored(&name, &spec.dims)?;
            let widened = widen(tensor.dtype, &self.source.read(tensor.bytes.clone()).await?);
            let widened = if widened.len() == spec.len() { tensor.in_order(widened) } else { widened };
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

/// Little-endian values of one of the types that [`WeightFile::stored`] lets through.
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
