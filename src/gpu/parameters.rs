//! Learned tensors on the GPU.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, Weak};

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::bound_dispatch::{BoundDispatch, run};
use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::error_scopes::CapturedErrors;
use crate::error::{Error, Result};
use crate::graph::{Graph, Node};
use crate::kernel::{Argument, TransformedWeights};
use crate::lock::lock;
use crate::ops::{Packed, ParameterValues, WeightFormat};

/// The packed parameters of a graph's nodes on one GPU, shared by all plans of the graph.
///
/// Each buffer is freed when the parameters and the executables that bind it are dropped.
#[derive(Debug, Default)]
pub struct Parameters {
    weights: WeightFormat,
    buffers: HashMap<Key, Arc<GpuBuffer>>,
    /// Weights in the layouts of algorithms, see [`TransformedWeights`]; owned by the executables that bind them.
    transformed: Mutex<HashMap<Key, Weak<GpuBuffer>>>,
    /// Of uploads that no executable has waited for yet.
    uploads: Mutex<Vec<CapturedErrors>>,
}

/// [`Node::parameters`] and the name of the parameter.
type Key = (usize, &'static str);

impl Parameters {
    /// No parameters. Weights will be stored in this format, everything else in `f32`. Packed `f16` weights are followed by
    /// their largest magnitude, repeated four times.
    pub fn new(weights: WeightFormat) -> Self {
        Self { weights, ..Self::default() }
    }

    /// A collection that starts with the parameters of this one, which stay where they are on the GPU.
    pub fn share(&self) -> Self {
        Self { buffers: self.buffers.clone(), ..Self::new(self.weights) }
    }

    /// The format of the weights.
    pub fn weights(&self) -> WeightFormat {
        self.weights
    }

    /// Bytes on the GPU, including the transformed weights of all executables.
    pub fn bytes(&self) -> u64 {
        let transformed: u64 =
            lock(&self.transformed).values().filter_map(Weak::upgrade).map(|buffer| buffer.size()).sum();
        transformed + self.buffers.values().map(|buffer| buffer.size()).sum::<u64>()
    }

    /// Packs the parameters of the node called `name` and uploads them. What the device reports about the upload is returned
    /// by [`Parameters::uploaded`], so that a download is not interrupted by a round trip per node.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::Shape`] when a parameter is missing, has another length, or gives
    /// a packed value that is not finite in its format, [`Error::Gpu`] when the device is lost.
    pub fn insert(&mut self, gpu: &Gpu, graph: &Graph, name: &str, values: &ParameterValues) -> Result<()> {
        gpu.check_lost()?;
        let index = graph.find(name)?;
        let node = &graph.nodes()[index];
        check_lengths(node, values)?;
        for packed in node.op.pack(values) {
            let contents = self.contents(name, &packed)?;
            let label = format!("{name}.{}", packed.name);
            let (buffer, errors) = gpu.scoped(&format!("upload {label}"), || {
                GpuBuffer::with_contents(gpu, &label, &contents, wgpu::BufferUsages::STORAGE)
            });
            lock(&self.uploads).push(errors);
            self.buffers.insert((node.parameters, packed.name), buffer);
        }
        Ok(())
    }

    /// Waits until the device has accepted all uploads so far.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device could not hold a parameter or failed.
    pub async fn uploaded(&self) -> Result<()> {
        let uploads = mem::take(&mut *lock(&self.uploads));
        let mut outcome = Ok(());
        for errors in uploads {
            outcome = outcome.and(errors.check().await);
        }
        outcome
    }

    fn contents<'a>(&self, name: &str, packed: &'a Packed) -> Result<Cow<'a, [u8]>> {
        let require_finite = |found: Option<usize>, format: &str| match found {
            None => Ok(()),
            Some(at) => {
                let expected = format!("parameters that give a {} finite in {format}", packed.name);
                Err(Error::shape(name, expected, format!("{} at index {at}", packed.data[at])))
            }
        };
        if packed.weights && self.weights == WeightFormat::F16 {
            let mut halves = vec![f16::ZERO; packed.data.len() + 4];
            let (weights, largest) = halves.split_at_mut(packed.data.len());
            weights.convert_from_f32_slice(&packed.data);
            require_finite(weights.iter().position(|value| !value.is_finite()), "f16")?;
            // For the scaling of products in f16, see shaders/lib/products_f16.wgsl. Without the sign, f16 values are ordered
            // like their bits.
            largest.fill(f16::from_bits(weights.iter().map(|value| value.to_bits() & 0x7fff).max().unwrap_or(0)));
            return Ok(Cow::Owned(bytemuck::cast_slice(&halves).to_vec()));
        }
        require_finite(packed.data.iter().position(|value| !value.is_finite()), "f32")?;
        Ok(Cow::Borrowed(bytemuck::cast_slice(&packed.data)))
    }

    /// Makes the transformed weights that no executable has yet, and returns all of `wanted` for the caller to own. To be
    /// called in an error scope when the pipelines are compiled.
    ///
    /// # Errors
    /// [`Error::Graph`] when a parameter is missing, [`Error::Gpu`] when a pipeline is.
    pub(super) fn transform(
        &self,
        gpu: &Gpu,
        graph: &Graph,
        wanted: &[(usize, TransformedWeights)],
    ) -> Result<HashMap<Key, Arc<GpuBuffer>>> {
        let mut known = lock(&self.transformed);
        known.retain(|_, buffer| buffer.strong_count() > 0);
        let mut all = HashMap::with_capacity(wanted.len());
        let mut transforms = Vec::new();
        for (node, TransformedWeights { name, len, dispatch }) in wanted {
            let key = (*node, *name);
            if let Some(buffer) = known.get(&key).and_then(Weak::upgrade) {
                all.insert(key, buffer);
                continue;
            }
            // Transformed weights are stored in f32: see `TransformedWeights`.
            let size = (len * WeightFormat::F32.bytes()) as u64;
            let made = GpuBuffer::new(gpu, name, size, wgpu::BufferUsages::STORAGE);
            let resolve = |argument: &Argument| match argument {
                Argument::Parameter(name) => self.get(graph, *node, name),
                _ => Ok(made.clone()),
            };
            let buffers = dispatch.arguments.iter().map(resolve).collect::<Result<_>>()?;
            transforms.push(BoundDispatch::new(gpu, dispatch, buffers)?);
            known.insert(key, Arc::downgrade(&made));
            all.insert(key, made);
        }
        if !transforms.is_empty() {
            run(gpu, &transforms);
        }
        Ok(all)
    }

    /// A parameter by [`Node::parameters`].
    ///
    /// # Errors
    /// [`Error::Graph`] when it was not uploaded.
    pub(super) fn get(&self, graph: &Graph, node: usize, name: &'static str) -> Result<Arc<GpuBuffer>> {
        self.buffers.get(&(node, name)).cloned().ok_or_else(|| {
            let owner = graph.nodes().iter().find(|owner| owner.parameters == node);
            let owner = owner.map_or("a node", |owner| &owner.name);
            Error::Graph(format!("{owner}: expected its parameter {name} on the GPU, found none"))
        })
    }
}

fn check_lengths(node: &Node, values: &ParameterValues) -> Result<()> {
    for spec in node.op.parameters() {
        let found = values.get(spec.name).map_or(0, Vec::len);
        if found != spec.len() {
            return Err(Error::shape(&node.name, format!("{} values of {}", spec.len(), spec.name), found));
        }
    }
    Ok(())
}
