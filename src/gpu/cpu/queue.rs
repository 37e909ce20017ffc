//! The queue: a submission is computed at once.

use wgpu::custom::{
    BoxSubmittedWorkDoneCallback, DispatchBlas, DispatchBuffer, DispatchCommandBuffer, DispatchQueueWriteBuffer,
    DispatchSurfaceOutputDetail, QueueInterface,
};

use super::commands::Commands;
use super::memory::{CpuBuffer, CpuTexture};
use super::unused::unused;

#[derive(Debug)]
pub(super) struct CpuQueue;

impl QueueInterface for CpuQueue {
    fn write_buffer(&self, buffer: &DispatchBuffer, offset: wgpu::BufferAddress, data: &[u8]) {
        let buffer = buffer.as_custom::<CpuBuffer>().unwrap_or_else(|| unused("buffers of another device"));
        buffer.write_bytes(offset, data);
    }

    fn create_staging_buffer(&self, _: wgpu::BufferSize) -> Option<DispatchQueueWriteBuffer> {
        unused("staging buffers")
    }

    fn validate_write_buffer(&self, _: &DispatchBuffer, _: wgpu::BufferAddress, _: wgpu::BufferSize) -> Option<()> {
        unused("staging buffers")
    }

    fn write_staging_buffer(&self, _: &DispatchBuffer, _: wgpu::BufferAddress, _: &DispatchQueueWriteBuffer) {
        unused("staging buffers")
    }

    fn write_texture(
        &self,
        texture: wgpu::TexelCopyTextureInfo<'_>,
        data: &[u8],
        layout: wgpu::TexelCopyBufferLayout,
        size: wgpu::Extent3d,
    ) {
        let stride = layout.bytes_per_row.unwrap_or(size.width * 4) as usize;
        CpuTexture::of(texture.texture).write_rows(data, stride);
    }

    #[cfg(target_arch = "wasm32")]
    fn copy_external_image_to_texture(
        &self,
        source: &wgpu::CopyExternalImageSourceInfo,
        target: wgpu::CopyExternalImageDestInfo<&wgpu::Texture>,
        _: wgpu::Extent3d,
    ) {
        let texture = CpuTexture::of(target.texture);
        if let Some(rows) = super::external_image::pixels(&source.source, texture.size) {
            texture.write_rows(&rows, texture.size[0] as usize * 4);
        }
    }

    fn submit(&self, commands: &mut dyn Iterator<Item = DispatchCommandBuffer>) -> u64 {
        for buffer in commands {
            buffer.as_custom::<Commands>().unwrap_or_else(|| unused("commands of another device")).submit();
        }
        0
    }

    fn get_timestamp_period(&self) -> f32 {
        1.0
    }

    fn on_submitted_work_done(&self, callback: BoxSubmittedWorkDoneCallback) {
        callback();
    }

    fn compact_blas(&self, _: &DispatchBlas) -> (Option<u64>, DispatchBlas) {
        unused("acceleration structures")
    }

    fn present(&self, _: &DispatchSurfaceOutputDetail) {
        unused("surfaces")
    }
}
