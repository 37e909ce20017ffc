//! The compiled pipelines of a device.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_lock::Mutex as AsyncMutex;

use crate::kernel::{Kernel, KernelCall};
use crate::lock::lock;

/// The pipelines that have compiled without an error.
#[derive(Debug, Clone, Default)]
pub(super) struct KernelPipelines {
    compiled: Arc<Mutex<HashMap<Key, Pipeline>>>,
    /// Locked while pipelines compile, so that no pipeline is compiled twice.
    pub compiling: Arc<AsyncMutex<()>>,
}

/// What distinguishes pipelines: the kernel's file and variant, and the bits of its `override` constants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    name: &'static str,
    variant: &'static str,
    constants: Vec<u64>,
}

impl Key {
    fn of(call: &KernelCall) -> Self {
        let Kernel { name, variant, .. } = call.kernel;
        let constants = call.constants.iter().map(|(_, value)| value.to_bits()).collect();
        Self { name, variant, constants }
    }
}

/// A pipeline and what it was made of.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    pub pipeline: wgpu::ComputePipeline,
    pub parts: KernelParts,
}

/// What all pipelines of a kernel share.
#[derive(Debug, Clone)]
pub(super) struct KernelParts {
    pub module: wgpu::ShaderModule,
    pub bindings: wgpu::BindGroupLayout,
    pub layout: wgpu::PipelineLayout,
}

impl KernelPipelines {
    /// The calls whose pipelines are not compiled yet, one per pipeline.
    pub fn missing<'a>(&self, calls: &[&'a KernelCall]) -> BTreeMap<Key, &'a KernelCall> {
        let compiled = lock(&self.compiled);
        let all = calls.iter().map(|call| (Key::of(call), *call));
        all.filter(|(key, _)| !compiled.contains_key(key)).collect()
    }

    /// What a compiled pipeline of the same kernel was made of.
    pub fn parts(&self, key: &Key) -> Option<KernelParts> {
        let compiled = lock(&self.compiled);
        let found = compiled.iter().find(|(other, _)| (other.name, other.variant) == (key.name, key.variant));
        found.map(|(_, pipeline)| pipeline.parts.clone())
    }

    pub fn insert(&self, key: Key, pipeline: Pipeline) {
        lock(&self.compiled).insert(key, pipeline);
    }

    pub fn get(&self, call: &KernelCall) -> Option<Pipeline> {
        lock(&self.compiled).get(&Key::of(call)).cloned()
    }
}
