//! Encoders and passes: they record commands.

use std::ops::Range;

use wgpu::custom::{
    CommandEncoderInterface, ComputePassInterface, DispatchBindGroup, DispatchBuffer, DispatchCommandBuffer,
    DispatchComputePass, DispatchComputePipeline, DispatchQuerySet, DispatchRenderBundle, DispatchRenderPass,
    DispatchRenderPipeline, DispatchTexture, DispatchTextureView, RenderPassInterface,
};

use super::commands::{Command, Commands};
use super::memory::{CpuBuffer, CpuTexture};
use super::resources::{BindGroup, ComputePipeline, QuerySet, RenderPipeline};
use super::unused::unused;

#[derive(Debug, Default)]
pub(super) struct CommandEncoder(Commands);

fn memory(buffer: &DispatchBuffer) -> CpuBuffer {
    buffer.as_custom::<CpuBuffer>().unwrap_or_else(|| unused("buffers of another device")).clone()
}

fn stamps(set: &DispatchQuerySet) -> QuerySet {
    set.as_custom::<QuerySet>().unwrap_or_else(|| unused("timestamps of another device")).clone()
}

fn bound(group: Option<&DispatchBindGroup>) -> Option<BindGroup> {
    group.and_then(|group| group.as_custom::<BindGroup>()).cloned()
}

impl CommandEncoderInterface for CommandEncoder {
    fn copy_buffer_to_buffer(
        &self,
        from: &DispatchBuffer,
        first: wgpu::BufferAddress,
        to: &DispatchBuffer,
        at: wgpu::BufferAddress,
        bytes: Option<wgpu::BufferAddress>,
    ) {
        let from = memory(from);
        let bytes = bytes.unwrap_or_else(|| from.read().len() as u64 * 4 - first);
        self.0.push(Command::CopyBuffer { from, first, to: memory(to), at, bytes });
    }

    fn copy_buffer_to_texture(
        &self,
        _: wgpu::TexelCopyBufferInfo<'_>,
        _: wgpu::TexelCopyTextureInfo<'_>,
        _: wgpu::Extent3d,
    ) {
        unused("copies from buffers to textures")
    }

    fn copy_texture_to_buffer(
        &self,
        from: wgpu::TexelCopyTextureInfo<'_>,
        to: wgpu::TexelCopyBufferInfo<'_>,
        _: wgpu::Extent3d,
    ) {
        let from = CpuTexture::of(from.texture).clone();
        let row = to.layout.bytes_per_row.unwrap_or(from.size[0] * 4) as usize;
        self.0.push(Command::CopyTexture { from, to: CpuBuffer::of(to.buffer).clone(), at: to.layout.offset, row });
    }

    fn copy_texture_to_texture(
        &self,
        _: wgpu::TexelCopyTextureInfo<'_>,
        _: wgpu::TexelCopyTextureInfo<'_>,
        _: wgpu::Extent3d,
    ) {
        unused("copies between textures")
    }

    fn begin_compute_pass(&self, descriptor: &wgpu::ComputePassDescriptor<'_>) -> DispatchComputePass {
        let mut end = None;
        if let Some(writes) = &descriptor.timestamp_writes {
            let set = QuerySet::of(writes.query_set);
            if let Some(index) = writes.beginning_of_pass_write_index {
                self.0.push(Command::Timestamp { set: set.clone(), index });
            }
            end = writes.end_of_pass_write_index.map(|index| (set.clone(), index));
        }
        DispatchComputePass::custom(ComputePass { commands: self.0.clone(), pipeline: None, bindings: None, end })
    }

    fn begin_render_pass(&self, descriptor: &wgpu::RenderPassDescriptor<'_>) -> DispatchRenderPass {
        let [Some(attachment)] = descriptor.color_attachments else { unused("render passes without one target") };
        let target = CpuTexture::of_view(attachment.view).clone();
        if let wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT) = attachment.ops.load {
            self.0.push(Command::Clear(target.clone()));
        }
        DispatchRenderPass::custom(RenderPass { commands: self.0.clone(), target, pipeline: None, bindings: None })
    }

    fn finish(&mut self) -> DispatchCommandBuffer {
        DispatchCommandBuffer::custom(self.0.clone())
    }

    fn clear_texture(&self, _: &DispatchTexture, _: &wgpu::ImageSubresourceRange) {
        unused("textures cleared outside of a pass")
    }

    fn clear_buffer(&self, _: &DispatchBuffer, _: wgpu::BufferAddress, _: Option<wgpu::BufferAddress>) {
        unused("cleared buffers")
    }

    fn insert_debug_marker(&self, _: &str) {}

    fn push_debug_group(&self, _: &str) {}

    fn pop_debug_group(&self) {}

    fn write_timestamp(&self, set: &DispatchQuerySet, index: u32) {
        self.0.push(Command::Timestamp { set: stamps(set), index });
    }

    fn resolve_query_set(
        &self,
        set: &DispatchQuerySet,
        first: u32,
        count: u32,
        to: &DispatchBuffer,
        at: wgpu::BufferAddress,
    ) {
        let [first, count] = [first, count].map(|index| index as usize);
        self.0.push(Command::ResolveTimestamps { set: stamps(set), first, count, to: memory(to), at });
    }

    fn mark_acceleration_structures_built<'a>(
        &self,
        _: &mut dyn Iterator<Item = &'a wgpu::Blas>,
        _: &mut dyn Iterator<Item = &'a wgpu::Tlas>,
    ) {
        unused("acceleration structures")
    }

    fn build_acceleration_structures<'a>(
        &self,
        _: &mut dyn Iterator<Item = &'a wgpu::BlasBuildEntry<'a>>,
        _: &mut dyn Iterator<Item = &'a wgpu::Tlas>,
    ) {
        unused("acceleration structures")
    }

    fn transition_resources<'a>(
        &mut self,
        _: &mut dyn Iterator<Item = wgpu::BufferTransition<&'a DispatchBuffer>>,
        _: &mut dyn Iterator<Item = wgpu::TextureTransition<&'a DispatchTexture>>,
    ) {
    }
}

#[derive(Debug)]
struct ComputePass {
    commands: Commands,
    pipeline: Option<ComputePipeline>,
    bindings: Option<BindGroup>,
    /// The timestamp at its end.
    end: Option<(QuerySet, u32)>,
}

impl Drop for ComputePass {
    fn drop(&mut self) {
        if let Some((set, index)) = self.end.take() {
            self.commands.push(Command::Timestamp { set, index });
        }
    }
}

impl ComputePassInterface for ComputePass {
    fn set_pipeline(&mut self, pipeline: &DispatchComputePipeline) {
        self.pipeline = pipeline.as_custom::<ComputePipeline>().cloned();
    }

    fn set_bind_group(&mut self, _: u32, group: Option<&DispatchBindGroup>, _: &[wgpu::DynamicOffset]) {
        self.bindings = bound(group);
    }

    fn set_immediates(&mut self, _: u32, _: &[u8]) {
        unused("immediates")
    }

    fn insert_debug_marker(&mut self, _: &str) {}

    fn push_debug_group(&mut self, _: &str) {}

    fn pop_debug_group(&mut self) {}

    fn write_timestamp(&mut self, set: &DispatchQuerySet, index: u32) {
        self.commands.push(Command::Timestamp { set: stamps(set), index });
    }

    fn begin_pipeline_statistics_query(&mut self, _: &DispatchQuerySet, _: u32) {
        unused("pipeline statistics")
    }

    fn end_pipeline_statistics_query(&mut self) {
        unused("pipeline statistics")
    }

    /// A function computes all workgroups at once. Those of kernels with several slices are not called, see [`crate::cpu`].
    fn dispatch_workgroups(&mut self, _: u32, _: u32, _: u32) {
        if let (Some(pipeline), Some(bindings)) = (self.pipeline.clone(), self.bindings.clone()) {
            self.commands.push(Command::Dispatch { pipeline, bindings });
        }
    }

    fn dispatch_workgroups_indirect(&mut self, _: &DispatchBuffer, _: wgpu::BufferAddress) {
        unused("indirect dispatches")
    }

    fn transition_resources<'a>(
        &mut self,
        _: &mut dyn Iterator<Item = wgpu::BufferTransition<&'a DispatchBuffer>>,
        _: &mut dyn Iterator<Item = wgpu::TextureTransition<&'a DispatchTextureView>>,
    ) {
    }
}

#[derive(Debug)]
struct RenderPass {
    commands: Commands,
    target: CpuTexture,
    pipeline: Option<RenderPipeline>,
    bindings: Option<BindGroup>,
}

impl Drop for RenderPass {
    fn drop(&mut self) {}
}

impl RenderPassInterface for RenderPass {
    fn set_pipeline(&mut self, pipeline: &DispatchRenderPipeline) {
        self.pipeline = pipeline.as_custom::<RenderPipeline>().copied();
    }

    fn set_bind_group(&mut self, _: u32, group: Option<&DispatchBindGroup>, _: &[wgpu::DynamicOffset]) {
        self.bindings = bound(group);
    }

    /// One instance is one tile, see `shaders/render/paint.wgsl`.
    fn draw(&mut self, _: Range<u32>, instances: Range<u32>) {
        if let (Some(pipeline), Some(bindings)) = (self.pipeline, self.bindings.clone()) {
            let (target, tiles) = (self.target.clone(), instances.end as usize);
            self.commands.push(Command::Draw { pipeline, bindings, target, tiles });
        }
    }

    fn set_index_buffer(
        &mut self,
        _: &DispatchBuffer,
        _: wgpu::IndexFormat,
        _: wgpu::BufferAddress,
        _: Option<wgpu::BufferSize>,
    ) {
        unused("index buffers")
    }

    fn set_vertex_buffer(
        &mut self,
        _: u32,
        _: Option<&DispatchBuffer>,
        _: wgpu::BufferAddress,
        _: Option<wgpu::BufferSize>,
    ) {
        unused("vertex buffers")
    }

    fn set_immediates(&mut self, _: u32, _: &[u8]) {
        unused("immediates")
    }

    fn set_blend_constant(&mut self, _: wgpu::Color) {
        unused("blending")
    }

    fn set_scissor_rect(&mut self, _: u32, _: u32, _: u32, _: u32) {
        unused("scissor rectangles")
    }

    fn set_viewport(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        unused("viewports")
    }

    fn set_stencil_reference(&mut self, _: u32) {
        unused("stencils")
    }

    fn draw_indexed(&mut self, _: Range<u32>, _: i32, _: Range<u32>) {
        unused("indexed drawing")
    }

    fn draw_mesh_tasks(&mut self, _: u32, _: u32, _: u32) {
        unused("meshes")
    }

    fn draw_indirect(&mut self, _: &DispatchBuffer, _: wgpu::BufferAddress) {
        unused("indirect drawing")
    }

    fn draw_indexed_indirect(&mut self, _: &DispatchBuffer, _: wgpu::BufferAddress) {
        unused("indirect drawing")
    }

    fn draw_mesh_tasks_indirect(&mut self, _: &DispatchBuffer, _: wgpu::BufferAddress) {
        unused("meshes")
    }

    fn multi_draw_indirect(&mut self, _: &DispatchBuffer, _: wgpu::BufferAddress, _: u32) {
        unused("indirect drawing")
    }

    fn multi_draw_indexed_indirect(&mut self, _: &DispatchBuffer, _: wgpu::BufferAddress, _: u32) {
        unused("indirect drawing")
    }

    fn multi_draw_indirect_count(
        &mut self,
        _: &DispatchBuffer,
        _: wgpu::BufferAddress,
        _: &DispatchBuffer,
        _: wgpu::BufferAddress,
        _: u32,
    ) {
        unused("indirect drawing")
    }

    fn multi_draw_mesh_tasks_indirect(&mut self, _: &DispatchBuffer, _: wgpu::BufferAddress, _: u32) {
        unused("meshes")
    }

    fn multi_draw_indexed_indirect_count(
        &mut self,
        _: &DispatchBuffer,
        _: wgpu::BufferAddress,
        _: &DispatchBuffer,
        _: wgpu::BufferAddress,
        _: u32,
    ) {
        unused("indirect drawing")
    }

    fn multi_draw_mesh_tasks_indirect_count(
        &mut self,
        _: &DispatchBuffer,
        _: wgpu::BufferAddress,
        _: &DispatchBuffer,
        _: wgpu::BufferAddress,
        _: u32,
    ) {
        unused("meshes")
    }

    fn insert_debug_marker(&mut self, _: &str) {}

    fn push_debug_group(&mut self, _: &str) {}

    fn pop_debug_group(&mut self) {}

    fn write_timestamp(&mut self, _: &DispatchQuerySet, _: u32) {
        unused("timestamps of render passes")
    }

    fn begin_occlusion_query(&mut self, _: u32) {
        unused("occlusion queries")
    }

    fn end_occlusion_query(&mut self) {
        unused("occlusion queries")
    }

    fn begin_pipeline_statistics_query(&mut self, _: &DispatchQuerySet, _: u32) {
        unused("pipeline statistics")
    }

    fn end_pipeline_statistics_query(&mut self) {
        unused("pipeline statistics")
    }

    fn execute_bundles(&mut self, _: &mut dyn Iterator<Item = &DispatchRenderBundle>) {
        unused("render bundles")
    }
}
