//! Compiles compute pipelines, each once per device.

use std::borrow::Cow;
use std::collections::HashMap;

use super::context::Gpu;
use super::error_scopes::CapturedErrors;
use super::kernel_pipelines::{KernelParts, Key, Pipeline};
use crate::error::{Error, Result};
use crate::kernel::{Access, Dispatch, Kernel, KernelCall};
use crate::plan::Plan;

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
        let mut created = HashMap::new();
        let compile = |(key, call)| self.compile_one(key, call, &mut created);
        let compiled: Vec<_> = missing.into_iter().map(compile).collect();
        let mut outcome = Ok(());
        for (key, pipeline, errors) in compiled {
            match errors.check().await {
                Ok(()) => self.pipelines.insert(key, pipeline),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        outcome
    }

    /// Compiles the pipelines of a plan, including those that transform weights.
    ///
    /// # Errors
    /// As [`Gpu::compile`].
    pub(super) async fn compile_plan(&self, plan: &Plan) -> Result<()> {
        let transforms = plan.transformed_weights().iter().map(|(_, transformed)| &transformed.dispatch);
        let planned = plan.dispatches().chain(plan.thumbnail_dispatches()).map(|planned| &planned.dispatch);
        self.compile(transforms.chain(planned)).await
    }

    /// `created` holds what kernels of the same call have created before.
    fn compile_one(
        &self,
        key: Key,
        call: &KernelCall,
        created: &mut HashMap<String, KernelParts>,
    ) -> (Key, Pipeline, CapturedErrors) {
        let kernel = call.kernel;
        let (pipeline, errors) = self.scoped(&format!("compile the kernel {}", kernel.label()), || {
            let create = || self.pipelines.parts(&key).unwrap_or_else(|| self.kernel_parts(kernel));
            let parts = created.entry(kernel.label()).or_insert_with(create).clone();
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
            Pipeline { pipeline, parts }
        });
        (key, pipeline, errors)
    }

    /// The pipeline of a dispatch.
    ///
    /// # Errors
    /// [`Error::Gpu`] unless [`Gpu::compile`] has compiled it.
    pub(super) fn pipeline(&self, call: &KernelCall) -> Result<Pipeline> {
        self.pipelines.get(call).ok_or_else(|| {
            let label = call.kernel.label();
            Error::Gpu(format!("the kernel {label}: expected a compiled pipeline, found none"))
        })
    }

    fn kernel_parts(&self, kernel: &Kernel) -> KernelParts {
        let label = kernel.label();
        let label = Some(label.as_str());
        let source = wgpu::ShaderSource::Wgsl(self.source(kernel));
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
        let numbered = (kernel.first_binding..).zip(kernel.bindings);
        let entries: Vec<_> = numbered.map(|(number, binding)| layout_entry(number, binding.access)).collect();
        let bindings =
            self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        KernelParts { module, bindings, layout }
    }

    fn source(&self, kernel: &Kernel) -> Cow<'static, str> {
        #[cfg(feature = "fault-injection")]
        return self.faults.source(kernel);
        #[cfg(not(feature = "fault-injection"))]
        kernel.platform_source()
    }
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
