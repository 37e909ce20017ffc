//! Weight files. A file is read tensor by tensor, so that no second copy of a network is ever in memory.
//!
//! `container` lists the tensors of a file, `naming` gives them torchvision's names; from there on all files are alike.

mod compress;
mod container;
mod float8;
mod foreign;
mod inflate;
mod initial;
mod int8;
mod naming;
mod pytorch;
mod quantised;
mod safetensors;
mod source;
mod stored;

use std::collections::BTreeMap;

use ::safetensors::Dtype;

use crate::error::{Error, Result};
use crate::graph::{Graph, Node};
use crate::ops::{ParameterSpec, ParameterValues};
use crate::shape::join_dims;
use naming::{Naming, Tensor};
use stored::{StoredTensor, is_float, wrong_dims};

pub use initial::{initial_network, initial_parameters};
pub use source::{ByteSource, MaybeSendSync};

/// The tensor in which PyTorch counts training steps. Evaluation does not need it.
const STEP_COUNTER: &str = "num_batches_tracked";

/// The most bytes by which the values of a network may exceed the file, times the factor of its encoding: values may be shared,
/// repeated and quantised.
const MAX_EXCESS: u64 = 64 << 20;

/// The largest ratio of decoded values to the bytes of a product-quantised file.
const MAX_QUANTISATION: u64 = 64;

/// An opened weight file: names, dims and types of its tensors are known, their values are read on demand.
#[derive(Debug)]
pub struct WeightFile<S> {
    source: S,
    tensors: BTreeMap<String, StoredTensor>,
    labels: Option<String>,
    scheme: &'static str,
    notes: Vec<String>,
}

impl<S: ByteSource> WeightFile<S> {
    /// Reads and checks the tables of a file and names its tensors as torchvision does.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file is neither safetensors nor PyTorch's, is cut off, or contradicts itself.
    pub async fn open(source: S) -> Result<Self> {
        let container::Contents { tensors, labels, unreadable, reordered } = container::read(&source).await?;
        let names: Vec<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
        let names = naming::canonical(&names);
        let tensors = names.into_iter().zip(tensors).map(|(name, (_, view))| (name, view)).collect();
        let tensors = int8::join(quantised::join(tensors)?)?;
        let listed: Vec<Tensor<'_>> =
            tensors.iter().map(|(name, tensor)| Tensor { name, dims: tensor.dims() }).collect();
        let Naming { names, scheme, prefix, notes } = naming::resolve(&listed, reordered)?;
        naming::refuse_unreadable(&unreadable, prefix.as_deref())?;
        let mut named = BTreeMap::new();
        for (name, (_, tensor)) in names.into_iter().zip(tensors) {
            let Some(name) = name else { continue };
            if named.contains_key(&name) {
                return Err(Error::Weights(format!("{name}: expected one tensor of this name, found two")));
            }
            named.insert(name, tensor);
        }
        quantised::shape_kernels(&mut named);
        linear_layers(&mut named);
        check_size(&named, source.length())?;
        Ok(Self { tensors: named, labels, scheme, notes, source })
    }

    /// The class labels stored in the file, as text for [`crate::labels::parse`].
    pub fn labels(&self) -> Option<&str> {
        self.labels.as_deref()
    }

    /// The naming scheme of the file, as in `torchvision`.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Sentences about the choices made in reading the file: which copy of the network, what was left out.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The dims of every tensor by name; [`crate::ResNetConfig::infer`] recognises the network by them. Statistics that are folded into
    /// scale and shift are listed as well.
    pub fn dims(&self) -> BTreeMap<String, Vec<usize>> {
        let mut dims: BTreeMap<String, Vec<usize>> =
            self.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.dims().to_vec())).collect();
        if self.has_folded_statistics() {
            let vectors = self.tensors.iter().filter(|(_, tensor)| tensor.dims().len() == 1);
            let modules = vectors.filter_map(|(name, tensor)| Some((name.strip_suffix(".weight")?, tensor)));
            for (module, tensor) in modules {
                for statistic in ["running_mean", "running_var"] {
                    dims.insert(format!("{module}.{statistic}"), tensor.dims().to_vec());
                }
            }
        }
        dims
    }

    /// Whether every tensor of rank 2 or more is stored in `f16` or in 8 bits with scales.
    pub fn is_f16(&self) -> bool {
        let mut weights = self.tensors.values().filter(|tensor| tensor.dims().len() > 1);
        weights.all(|tensor| tensor.dtype() == Dtype::F16 || matches!(tensor, StoredTensor::Scaled { .. }))
    }

    /// Compares names, dims and types of all tensors with those that the graph needs, before any value is read.
    ///
    /// # Errors
    /// [`Error::Weights`] for the first tensor that is missing, has other dims or another type, or is not needed.
    pub fn check(&self, graph: &Graph) -> Result<()> {
        let mut known = 0;
        for node in graph.nodes() {
            for spec in node.op.parameters() {
                let name = format!("{}.{}", node.name, spec.name);
                if self.default_value(&name, node, &spec).is_none() {
                    self.stored(&name, &spec.dims)?;
                }
                known += 1;
            }
        }
        let needed = |name: &str| {
            let (node, parameter) = name.rsplit_once('.').unwrap_or(("", name));
            let specs = graph.find(node).map(|index| graph.nodes()[index].op.parameters());
            specs.is_ok_and(|specs| specs.iter().any(|spec| spec.name == parameter))
        };
        let surplus = |name: &&String| !name.ends_with(STEP_COUNTER) && !needed(name);
        if let Some(name) = self.tensors.keys().find(surplus) {
            let expected = format!("only the {known} tensors of this network");
            return Err(Error::Weights(format!("{name}: expected {expected}, found this one besides them")));
        }
        Ok(())
    }

    fn stored(&self, name: &str, dims: &[usize]) -> Result<&StoredTensor> {
        let missing = || {
            let statistics = |name: &str| name.ends_with("running_mean") || name.ends_with("running_var");
            let scales =
                |(name, tensor): (&String, &StoredTensor)| name.ends_with(".weight") && tensor.dims().len() == 1;
            if dims.len() == 1 && name.ends_with(".weight") && !self.tensors.iter().any(scales) {
                let found = "none in the file: it was fused into the convolutions; save the network before fusing";
                return Error::Weights(format!("{name}: expected the scale of a batch normalisation, found {found}"));
            }
            if statistics(name) && !self.tensors.keys().any(|name| statistics(name)) {
                let found = "no statistics in the file: this is a ResNet with group normalisation or another kind";
                return Error::Weights(format!(
                    "{name}: expected the statistics of a batch normalisation, found {found}"
                ));
            }
            wrong_dims(name, dims, "none of that name in the file")
        };
        let tensor = self.tensors.get(name).ok_or_else(missing)?;
        if tensor.dims() != dims {
            return Err(wrong_dims(name, dims, &join_dims(tensor.dims())));
        }
        if !is_float(tensor.dtype()) && !matches!(tensor, StoredTensor::Scaled { .. }) {
            let expected = "values of type F64, F8_E4M3, F8_E5M2, F32, F16 or BF16";
            return Err(Error::Weights(format!("{name}: expected {expected}, found {}", tensor.dtype())));
        }
        Ok(tensor)
    }

    /// The value of a parameter that the file may omit: biases of convolutions and linear layers, and the statistics of
    /// product-quantised networks, which are folded into scale and shift.
    fn default_value(&self, name: &str, node: &Node, spec: &ParameterSpec) -> Option<f32> {
        if self.tensors.contains_key(name) {
            return None;
        }
        let has_matrix = || node.op.parameters().iter().any(|other| other.name == "weight" && other.dims.len() > 1);
        match spec.name {
            "bias" if has_matrix() && self.tensors.contains_key(&format!("{}.weight", node.name)) => Some(0.0),
            "running_mean" if self.has_folded_statistics() => Some(0.0),
            "running_var" if self.has_folded_statistics() => Some(1.0),
            _ => None,
        }
    }

    fn has_folded_statistics(&self) -> bool {
        let quantised = |tensor: &StoredTensor| matches!(tensor, StoredTensor::ProductQuantised { .. });
        self.tensors.values().any(quantised) && !self.tensors.keys().any(|name| name.ends_with("running_var"))
    }

    /// The graph's nodes that have parameters, in the order in which the file completes them. The parameters of a file that is still
    /// being downloaded are then available one after the other.
    pub fn arriving<'a>(&self, graph: &'a Graph) -> Vec<&'a Node> {
        let end = |node: &Node| {
            let specs = node.op.parameters();
            let names = specs.iter().map(|spec| format!("{}.{}", node.name, spec.name));
            names.filter_map(|name| Some(self.tensors.get(&name)?.end())).max()
        };
        let mut nodes: Vec<_> = graph.nodes().iter().filter_map(|node| Some((end(node)?, node))).collect();
        nodes.sort_by_key(|(end, _)| *end);
        nodes.into_iter().map(|(_, node)| node).collect()
    }

    /// The parameters of one node as `f32`.
    ///
    /// # Errors
    /// [`Error::Weights`] as [`WeightFile::check`], when the source fails, or when a value is not finite.
    pub async fn parameters(&self, node: &Node) -> Result<ParameterValues> {
        let mut values = ParameterValues::new();
        for spec in node.op.parameters() {
            let name = format!("{}.{}", node.name, spec.name);
            if let Some(value) = self.default_value(&name, node, &spec) {
                values.insert(spec.name, vec![value; spec.len()]);
                continue;
            }
            values.insert(spec.name, self.parameter(&name, &spec).await?);
        }
        Ok(values)
    }

    /// The checked values of the tensor `name`.
    async fn parameter(&self, name: &str, spec: &ParameterSpec) -> Result<Vec<f32>> {
        let read = self.stored(name, &spec.dims)?.read(name, &self.source).await?;
        if read.len() != spec.len() {
            return Err(Error::Weights(format!("{name}: expected {} values, found {}", spec.len(), read.len())));
        }
        check_values(name, spec.name, &read)?;
        Ok(read)
    }
}

/// A 1x1 convolution on one pixel is a linear layer: the classifier is one, those of squeeze-and-excitation are convolutions.
fn linear_layers(tensors: &mut BTreeMap<String, StoredTensor>) {
    for (name, weight) in tensors.iter_mut() {
        let reshaped = match *weight.dims() {
            [classes, features, 1, 1] if name == "fc.weight" => weight.reshape(vec![classes, features]),
            [outputs, inputs] if name.contains(".se.fc") => weight.reshape(vec![outputs, inputs, 1, 1]),
            _ => None,
        };
        if let Some(reshaped) = reshaped {
            *weight = reshaped;
        }
    }
}

/// Bounds the memory that a network may take by the length of its file.
///
/// # Errors
/// [`Error::Weights`] when a few bytes stand for many values.
fn check_size(tensors: &BTreeMap<String, StoredTensor>, length: u64) -> Result<()> {
    let values =
        |tensor: &StoredTensor| tensor.dims().iter().try_fold(1u64, |count, dim| count.checked_mul(*dim as u64));
    let (mut plain, mut quantised) = (0u64, 0u64);
    for tensor in tensors.values() {
        let values = values(tensor).unwrap_or(u64::MAX);
        match tensor {
            StoredTensor::Dense(view) => {
                plain = plain.saturating_add(values.saturating_mul(view.dtype.bitsize() as u64 / 8));
            }
            StoredTensor::ProductQuantised { .. } | StoredTensor::Scaled { .. } => {
                quantised = quantised.saturating_add(values.saturating_mul(4));
            }
        }
    }
    let deflated = |tensor: &StoredTensor| matches!(tensor, StoredTensor::Dense(view) if view.deflated.is_some());
    let factor = if tensors.values().any(deflated) { inflate::MAX_RATIO } else { 2 };
    let limit = |factor: u64| length.saturating_mul(factor).saturating_add(MAX_EXCESS);
    if plain > limit(factor) || quantised > limit(MAX_QUANTISATION) {
        let expected = format!("a network that fits a file of {length} bytes");
        return Err(Error::Weights(format!(
            "the weight file cannot be read: expected {expected}, found tensors of {plain} bytes and quantised ones of {quantised}"
        )));
    }
    Ok(())
}

/// Checks that values are finite and variances are not negative: otherwise the network's output would be meaningless.
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
