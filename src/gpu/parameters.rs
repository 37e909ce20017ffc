//! Learned tensors on the GPU.

use std::collections::HashMap;

use wgpu::util::DeviceExt;

use super::context::Gpu;
use crate::error::{Error, Result};
use crate::graph::{Graph, Node};
use crate::ops::ParameterValues;

/// The packed parameters of a graph's nodes, on one GPU. All plans of the graph share them.
#[derive(Debug, Default)]
pub struct Parameters {
    buffers: HashMap<(usize, &'static str), wgpu::Buffer>,
}

impl Parameters {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Packs the parameters of the node called `name` and uploads them.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::Shape`] when a parameter is missing, of another length, or makes
    /// a packed value that is not finite.
    pub fn insert(&mut self, gpu: &Gpu, graph: &Graph, name: &str, values: &ParameterValues) -> Result<()> {
        let index = graph.find(name)?;
        let node = &graph.nodes()[index];
        check_lengths(node, values)?;
        for packed in node.op.pack(values) {
            if let Some(at) = packed.data.iter().position(|value| !value.is_finite()) {
                let expected = format!("parameters that give a finite {}", packed.name);
                return Err(Error::shape(name, expected, format!("{} at index {at}", packed.data[at])));
            }
            let buffer = gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(&format!("{name}.{}", packed.name)),
                contents: bytemuck::cast_slice(&packed.data),
                usage: wgpu::BufferUsages::STORAGE,
            });
            self.buffers.insert((index, packed.name), buffer);
        }
        gpu.check()
    }

    pub(super) fn get(&self, node: usize, name: &'static str) -> Option<&wgpu::Buffer> {
        self.buffers.get(&(node, name))
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
