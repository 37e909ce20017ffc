//! Learned tensors on the GPU.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::bound_dispatch::{BoundDispatch, run};
use super::context::Gpu;
use crate::error::{Error, Result};
use crate::graph::{Graph, Node};
use crate::kernel::{Argument, TransformedWeights};
use crate::lock::lock;
use crate::ops::{Packed, ParameterValues, WeightFormat};

/// The packed parameters of a graph's nodes, on one GPU. All plans of the graph share them.
#[derive(Debug, Default)]
pub struct Parameters {
    weights: WeightFormat,
    buffers: HashMap<Key, wgpu::Buffer>,
    /// What was made of them for plans in use; see [`TransformedWeights`].
    prepared: Mutex<HashMap<Key, Weak<GpuBuffer>>>,
}

/// The index of the node and the name of its parameter.
type Key = (usize, &'static str);

/// A parameter in another form. The executables that read it hold it; with the last of them its memory on the GPU goes.
#[derive(Debug)]
pub(super) struct GpuBuffer(wgpu::Buffer);

impl GpuBuffer {
    #[cfg_attr(
        target_arch = "wasm32",
        expect(clippy::arc_with_non_send_sync, reason = "natively it goes to other threads")
    )]
    fn new(buffer: wgpu::Buffer) -> Arc<Self> {
        Arc::new(Self(buffer))
    }
}

impl Drop for GpuBuffer {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

impl Parameters {
    /// None yet; weights will be kept in this form, all else in `f32`. Behind halves lies, four times, the largest magnitude
    /// among them.
    pub fn new(weights: WeightFormat) -> Self {
        Self { weights, ..Self::default() }
    }

    /// The form of the weights.
    pub fn weights(&self) -> WeightFormat {
        self.weights
    }

    /// Bytes on the GPU, with those in the other forms that executables read.
    pub fn bytes(&self) -> u64 {
        let prepared: u64 = lock(&self.prepared).values().filter_map(Weak::upgrade).map(|held| held.0.size()).sum();
        prepared + self.buffers.values().map(wgpu::Buffer::size).sum::<u64>()
    }

    /// Frees the memory on the GPU now: a browser would do so when it next looks for garbage, and it does not see how large what
    /// hangs on a small object is. No executable may run on these parameters any more.
    pub fn free(&self) {
        self.buffers.values().for_each(wgpu::Buffer::destroy);
    }

    /// Packs the parameters of the node called `name` and uploads them.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::Shape`] when a parameter is missing, of another length, or makes
    /// a packed value that is not finite in the form it is kept in.
    pub fn insert(&mut self, gpu: &Gpu, graph: &Graph, name: &str, values: &ParameterValues) -> Result<()> {
        let index = graph.find(name)?;
        let node = &graph.nodes()[index];
        check_lengths(node, values)?;
        for packed in node.op.pack(values) {
            let contents = self.contents(name, &packed)?;
            // Written and not mapped: in a browser a mapping is one more copy in the module's memory.
            let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(&format!("{name}.{}", packed.name)),
                size: contents.len() as u64,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            gpu.queue.write_buffer(&buffer, 0, &contents);
            self.buffers.insert((index, packed.name), buffer);
        }
        gpu.check()
    }

    fn contents<'a>(&self, name: &str, packed: &'a Packed) -> Result<Cow<'a, [u8]>> {
        let infinite = |at: Option<usize>, kept: &str| match at {
            None => Ok(()),
            Some(at) => {
                let expected = format!("parameters that give a {} finite in {kept}", packed.name);
                Err(Error::shape(name, expected, format!("{} at index {at}", packed.data[at])))
            }
        };
        if packed.weights && self.weights == WeightFormat::F16 {
            let mut halves = vec![f16::ZERO; packed.data.len() + 4];
            let (weights, largest) = halves.split_at_mut(packed.data.len());
            weights.convert_from_f32_slice(&packed.data);
            infinite(weights.iter().position(|value| !value.is_finite()), "f16")?;
            // What products in f16 need to know: see shaders/lib/products_f16.wgsl. Without signs, bits are in the values' order.
            largest.fill(f16::from_bits(weights.iter().map(|value| value.to_bits() & 0x7fff).max().unwrap_or(0)));
            return Ok(Cow::Owned(bytemuck::cast_slice(&halves).to_vec()));
        }
        infinite(packed.data.iter().position(|value| !value.is_finite()), "f32")?;
        Ok(Cow::Borrowed(bytemuck::cast_slice(&packed.data)))
    }

    /// All of `wanted`, for an executable to hold: those that another one holds, and new ones.
    ///
    /// # Errors
    /// The node and the name of a parameter that is not there.
    pub(super) fn prepare(
        &self,
        gpu: &Gpu,
        wanted: &[(usize, TransformedWeights)],
    ) -> std::result::Result<Vec<Arc<GpuBuffer>>, Key> {
        let mut known = lock(&self.prepared);
        known.retain(|_, held| held.strong_count() > 0);
        let mut all = Vec::with_capacity(wanted.len());
        let mut calls = Vec::new();
        for (node, TransformedWeights { name, len, dispatch }) in wanted {
            let key = (*node, *name);
            if let Some(held) = known.get(&key).and_then(Weak::upgrade) {
                all.push(held);
                continue;
            }
            let made = GpuBuffer::new(gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(name),
                size: (len * self.weights.bytes()) as u64,
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            }));
            let resolve = |argument: &Argument| match argument {
                Argument::Parameter(name) => self.buffers.get(&(*node, *name)).ok_or((*node, *name)),
                _ => Ok(&made.0),
            };
            let buffers = dispatch.arguments.iter().map(resolve).collect::<std::result::Result<Vec<_>, Key>>()?;
            calls.push(BoundDispatch::new(gpu, dispatch, &buffers));
            known.insert(key, Arc::downgrade(&made));
            all.push(made);
        }
        if !calls.is_empty() {
            run(gpu, &calls);
        }
        Ok(all)
    }

    pub(super) fn get(&self, node: usize, name: &'static str) -> Option<wgpu::Buffer> {
        let prepared = || Some(lock(&self.prepared).get(&(node, name))?.upgrade()?.0.clone());
        self.buffers.get(&(node, name)).cloned().or_else(prepared)
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
