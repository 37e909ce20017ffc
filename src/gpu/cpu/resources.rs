//! Pipelines and bind groups, and what they are made of.

use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use wgpu::custom::{
    BindGroupInterface, BindGroupLayoutInterface, ComputePipelineInterface, DispatchBindGroupLayout,
    PipelineLayoutInterface, QuerySetInterface, RenderPipelineInterface, ShaderCompilationInfoFuture,
    ShaderModuleInterface,
};

use super::memory::CpuBuffer;
use super::unused::unused;
use crate::cpu::{Entry, Fragment};
use crate::lock::lock;

/// A layout of bindings or of a pipeline: functions ask for bindings by name, so nothing is stored.
#[derive(Debug)]
pub(super) struct Layout;

impl BindGroupLayoutInterface for Layout {}
impl PipelineLayoutInterface for Layout {}

/// A shader: its text is not used. Pipelines find their function by their label.
#[derive(Debug)]
pub(super) struct Shader;

impl ShaderModuleInterface for Shader {
    fn get_compilation_info(&self) -> Pin<Box<dyn ShaderCompilationInfoFuture>> {
        Box::pin(ready(wgpu::CompilationInfo { messages: Vec::new() }))
    }
}

/// The buffers of a bind group in the order of their bindings.
#[derive(Debug, Clone)]
pub(super) struct BindGroup(Arc<[CpuBuffer]>);

impl BindGroup {
    pub fn new(entries: &[wgpu::BindGroupEntry<'_>]) -> Self {
        let mut numbered: Vec<(u32, CpuBuffer)> = entries.iter().map(|entry| (entry.binding, buffer(entry))).collect();
        numbered.sort_by_key(|(binding, _)| *binding);
        Self(numbered.into_iter().map(|(_, buffer)| buffer).collect())
    }

    pub fn buffers(&self) -> &[CpuBuffer] {
        &self.0
    }
}

fn buffer(entry: &wgpu::BindGroupEntry<'_>) -> CpuBuffer {
    match &entry.resource {
        wgpu::BindingResource::Buffer(binding) => CpuBuffer::of(binding.buffer).clone(),
        _ => unused("bindings that are no buffers"),
    }
}

impl BindGroupInterface for BindGroup {}

/// A kernel's function with the values of its constants. `entry` is `None` for a kernel without a function, which was reported.
#[derive(Debug, Clone)]
pub(super) struct ComputePipeline {
    pub entry: Option<Entry>,
    pub constants: Arc<[(String, f64)]>,
}

impl ComputePipelineInterface for ComputePipeline {
    fn get_bind_group_layout(&self, _: u32) -> DispatchBindGroupLayout {
        DispatchBindGroupLayout::custom(Layout)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RenderPipeline(pub Option<Fragment>);

impl RenderPipelineInterface for RenderPipeline {
    fn get_bind_group_layout(&self, _: u32) -> DispatchBindGroupLayout {
        DispatchBindGroupLayout::custom(Layout)
    }
}

/// Timestamps in nanoseconds.
#[derive(Debug, Clone)]
pub(super) struct QuerySet(Arc<Mutex<Vec<u64>>>);

impl QuerySet {
    pub fn new(count: u32) -> Self {
        Self(Arc::new(Mutex::new(vec![0; count as usize])))
    }

    pub fn of(set: &wgpu::QuerySet) -> &Self {
        set.as_custom().unwrap_or_else(|| unused("timestamps of another device"))
    }

    pub fn set(&self, index: u32, nanoseconds: u64) {
        if let Some(stamp) = lock(&self.0).get_mut(index as usize) {
            *stamp = nanoseconds;
        }
    }

    pub fn values(&self) -> Vec<u64> {
        lock(&self.0).clone()
    }
}

impl QuerySetInterface for QuerySet {
    fn destroy(&self) {}
}
