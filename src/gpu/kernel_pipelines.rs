//! The compute pipelines of a device, each compiled once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_lock::Mutex as AsyncMutex;

use super::context::Gpu;
use super::error_scopes::CapturedErrors;
use crate::error::{Error, Result};
use crate::kernel::{Access, Dispatch, Kernel, KernelCall};
use crate::lock::lock;

/// The pipelines that have compiled without an error.
#[derive(Debug, Clone, Default)]
pub(super) struct KernelPipelines {
    compiled: Arc<Mutex<HashMap<Key, Pipeline>>>,
    /// Held while pipelines compile, so that no pipeline is compiled twice.
    compiling: Arc<AsyncMutex<()>>,
}

/// What distinguishes pipelines: the kernel's file and variant, and the bits of its `override` constants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
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
    pub bindings: wgpu::BindGroupLayout,
    parts: KernelParts,
}

/// What all pipelines of a kernel share.
#[derive(Debug, Clone)]
struct KernelParts {
    module: wgpu::ShaderModule,
    layout: wgpu::PipelineLayout,
}

impl KernelPipelines {
    fn missing<'a>(&self, calls: &[&'a KernelCall]) -> BTreeMap<Key, &'a KernelCall> {
        let compiled = lock(&self.compiled);
        let all = calls.iter().map(|call| (Key::of(call), *call));
        all.filter(|(key, _)| !compiled.contains_key(key)).collect()
    }

    /// A pipeline of the same kernel with other constants.
    fn relative(&self, key: &Key) -> Option<Pipeline> {
        let compiled = lock(&self.compiled);
        let found = compiled.iter().find(|(other, _)| (other.name, other.variant) == (key.name, key.variant));
        found.map(|(_, pipeline)| pipeline.clone())
    }
}

impl Gpu {
    /// Compiles the pipelines of these dispatches, except those that are there already.
    ///
    /// # Errors
    /// [`Error::Gpu`] naming the kernel that the driver does not compile.
    pub(super) async fn compile<'a, A: 'a>(&self, dispatches: impl IntoIterator<Item = &'a Dispatch<A>>) -> Result<()> {
        let calls: Vec<_> = dispatches.into_iter().map(|dispatch| &dispatch.call).collect();
        if self.pipelines.missing(&calls).is_empty() {
            return Ok(());
        }
        let _compiling = self.pipelines.compiling.lock().await;
        let missing = self.pipelines.missing(&calls);
        let compiled: Vec<_> = missing.into_iter().map(|(key, call)| self.compile_one(key, call)).collect();
        let mut outcome = Ok(());
        for (key, pipeline, errors) in compiled {
            match errors.check().await {
                Ok(()) => drop(lock(&self.pipelines.compiled).insert(key, pipeline)),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        outcome
    }

    fn compile_one(&self, key: Key, call: &KernelCall) -> (Key, Pipeline, CapturedErrors) {
        let kernel = call.kernel;
        let relative = self.pipelines.relative(&key);
        let (pipeline, errors) = self.scoped(&format!("compile the kernel {}", kernel.label()), || {
            let (bindings, parts) = match relative {
                Some(Pipeline { bindings, parts, .. }) => (bindings, parts),
                None => kernel_parts(&self.device, kernel),
            };
            let cache = self.pipeline_cache();
            let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(&kernel.label()),
                layout: Some(&parts.layout),
                module: &parts.module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &call.constants,
                    // Every kernel writes workgroup memory before it reads it.
                    zero_initialize_workgroup_memory: false,
                },
                cache: cache.as_ref(),
            });
            Pipeline { pipeline, bindings, parts }
        });
        (key, pipeline, errors)
    }

    /// The pipeline of a dispatch.
    ///
    /// # Errors
    /// [`Error::Gpu`] unless [`Gpu::compile`] has compiled it.
    pub(super) fn pipeline(&self, call: &KernelCall) -> Result<Pipeline> {
        let compiled = lock(&self.pipelines.compiled).get(&Key::of(call)).cloned();
        compiled.ok_or_else(|| {
            let label = call.kernel.label();
            Error::Gpu(format!("the kernel {label}: expected a compiled pipeline, found none"))
        })
    }
}

fn kernel_parts(device: &wgpu::Device, kernel: &Kernel) -> (wgpu::BindGroupLayout, KernelParts) {
    let label = kernel.label();
    let label = Some(label.as_str());
    let source = wgpu::ShaderSource::Wgsl(kernel.source.into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
    let numbered = (kernel.first_binding..).zip(kernel.bindings);
    let entries: Vec<_> = numbered.map(|(number, binding)| layout_entry(number, binding.access)).collect();
    let bindings = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&bindings)],
        immediate_size: 0,
    });
    (bindings, KernelParts { module, layout })
}

fn layout_entry(binding: u32, access: Access) -> wgpu::BindGroupLayoutEntry {
    let ty = match access {
        Access::Read => wgpu::BufferBindingType::Storage { read_only: true },
        Access::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
        Access::Uniform => wgpu::BufferBindingType::Uniform,
    };
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
