//! The device: makes buffers, textures, pipelines and encoders.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use wgpu::custom::{
    BoxDeviceLostCallback, DeviceInterface, DispatchBindGroup, DispatchBindGroupLayout, DispatchBlas, DispatchBuffer,
    DispatchCommandEncoder, DispatchComputePipeline, DispatchExternalTexture, DispatchPipelineCache,
    DispatchPipelineLayout, DispatchQuerySet, DispatchRenderBundleEncoder, DispatchRenderPipeline, DispatchSampler,
    DispatchShaderModule, DispatchTexture, DispatchTlas, PopErrorScopeFuture,
};

use super::capabilities::{FEATURES, info};
use super::errors::ErrorScopes;
use super::memory::{CpuBuffer, CpuTexture};
use super::passes::CommandEncoder;
use super::resources::{BindGroup, ComputePipeline, Layout, QuerySet, RenderPipeline, Shader};
use super::unused::unused;
use crate::cpu::{Fragment, find};

#[derive(Debug)]
pub(super) struct CpuDevice {
    limits: wgpu::Limits,
    errors: ErrorScopes,
}

impl CpuDevice {
    pub fn new(limits: wgpu::Limits) -> Self {
        Self { limits, errors: ErrorScopes::default() }
    }
}

impl DeviceInterface for CpuDevice {
    fn features(&self) -> wgpu::Features {
        FEATURES
    }

    fn limits(&self) -> wgpu::Limits {
        self.limits.clone()
    }

    fn adapter_info(&self) -> wgpu::AdapterInfo {
        info()
    }

    fn create_shader_module(
        &self,
        _: wgpu::ShaderModuleDescriptor<'_>,
        _: wgpu::ShaderRuntimeChecks,
    ) -> DispatchShaderModule {
        DispatchShaderModule::custom(Shader)
    }

    unsafe fn create_shader_module_passthrough(
        &self,
        _: &wgpu::ShaderModuleDescriptorPassthrough<'_>,
    ) -> DispatchShaderModule {
        unused("shaders of a driver")
    }

    fn create_bind_group_layout(&self, _: &wgpu::BindGroupLayoutDescriptor<'_>) -> DispatchBindGroupLayout {
        DispatchBindGroupLayout::custom(Layout)
    }

    fn create_bind_group(&self, descriptor: &wgpu::BindGroupDescriptor<'_>) -> DispatchBindGroup {
        DispatchBindGroup::custom(BindGroup::new(descriptor.entries))
    }

    fn create_pipeline_layout(&self, _: &wgpu::PipelineLayoutDescriptor<'_>) -> DispatchPipelineLayout {
        DispatchPipelineLayout::custom(Layout)
    }

    fn create_render_pipeline(&self, descriptor: &wgpu::RenderPipelineDescriptor<'_>) -> DispatchRenderPipeline {
        let name = descriptor.fragment.as_ref().and_then(|fragment| fragment.entry_point).unwrap_or_default();
        let fragment = Fragment::named(name);
        if fragment.is_none() {
            self.errors.validation(format!("the fragment shader {name:?}: expected a function for it, found none"));
        }
        DispatchRenderPipeline::custom(RenderPipeline(fragment))
    }

    fn create_mesh_pipeline(&self, _: &wgpu::MeshPipelineDescriptor<'_>) -> DispatchRenderPipeline {
        unused("meshes")
    }

    fn create_compute_pipeline(&self, descriptor: &wgpu::ComputePipelineDescriptor<'_>) -> DispatchComputePipeline {
        let label = descriptor.label.unwrap_or_default();
        let entry = find(label);
        if entry.is_none() {
            self.errors.validation(format!("the kernel {label:?}: expected a function for it, found none"));
        }
        let constants = descriptor.compilation_options.constants.iter();
        let constants = constants.map(|(name, value)| ((*name).to_owned(), *value)).collect();
        DispatchComputePipeline::custom(ComputePipeline { entry, constants })
    }

    unsafe fn create_pipeline_cache(&self, _: &wgpu::PipelineCacheDescriptor<'_>) -> DispatchPipelineCache {
        unused("pipeline caches")
    }

    fn create_buffer(&self, descriptor: &wgpu::BufferDescriptor<'_>) -> DispatchBuffer {
        DispatchBuffer::custom(CpuBuffer::new(descriptor.size, &self.errors))
    }

    fn create_texture(&self, descriptor: &wgpu::TextureDescriptor<'_>) -> DispatchTexture {
        DispatchTexture::custom(CpuTexture::new(descriptor.size, &self.errors))
    }

    fn create_external_texture(
        &self,
        _: &wgpu::ExternalTextureDescriptor<'_>,
        _: &[&wgpu::TextureView],
    ) -> DispatchExternalTexture {
        unused("external textures")
    }

    fn create_blas(
        &self,
        _: &wgpu::CreateBlasDescriptor<'_>,
        _: wgpu::BlasGeometrySizeDescriptors,
    ) -> (Option<u64>, DispatchBlas) {
        unused("acceleration structures")
    }

    fn create_tlas(&self, _: &wgpu::CreateTlasDescriptor<'_>) -> DispatchTlas {
        unused("acceleration structures")
    }

    fn create_sampler(&self, _: &wgpu::SamplerDescriptor<'_>) -> DispatchSampler {
        unused("samplers")
    }

    fn create_query_set(&self, descriptor: &wgpu::QuerySetDescriptor<'_>) -> DispatchQuerySet {
        DispatchQuerySet::custom(QuerySet::new(descriptor.count))
    }

    fn create_command_encoder(&self, _: &wgpu::CommandEncoderDescriptor<'_>) -> DispatchCommandEncoder {
        DispatchCommandEncoder::custom(CommandEncoder::default())
    }

    fn create_render_bundle_encoder(&self, _: &wgpu::RenderBundleEncoderDescriptor<'_>) -> DispatchRenderBundleEncoder {
        unused("render bundles")
    }

    /// The CPU is never lost.
    fn set_device_lost_callback(&self, _: BoxDeviceLostCallback) {}

    fn on_uncaptured_error(&self, handler: Arc<dyn wgpu::UncapturedErrorHandler>) {
        self.errors.listen(handler);
    }

    fn push_error_scope(&self, filter: wgpu::ErrorFilter) -> u32 {
        self.errors.push(filter)
    }

    fn pop_error_scope(&self, index: u32) -> Pin<Box<dyn PopErrorScopeFuture>> {
        Box::pin(ready(self.errors.pop(index)))
    }

    unsafe fn start_graphics_debugger_capture(&self) {}

    unsafe fn stop_graphics_debugger_capture(&self) {}

    fn poll(&self, _: wgpu::wgt::PollType<u64>) -> Result<wgpu::PollStatus, wgpu::PollError> {
        Ok(wgpu::PollStatus::QueueEmpty)
    }

    fn get_internal_counters(&self) -> wgpu::InternalCounters {
        wgpu::InternalCounters::default()
    }

    fn generate_allocator_report(&self) -> Option<wgpu::AllocatorReport> {
        None
    }

    fn destroy(&self) {}
}
