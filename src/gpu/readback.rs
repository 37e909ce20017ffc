//! Reading results back from the GPU.

use std::sync::Arc;

use bytemuck::Pod;
use futures_channel::oneshot;

use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::wait::wait_for;
use crate::error::{Error, Result};

/// A buffer of `length` values that the CPU can map. To be called in an error scope.
pub(super) fn staging<T>(gpu: &Gpu, length: usize) -> Arc<GpuBuffer> {
    let size = (length * size_of::<T>()) as u64;
    GpuBuffer::new(gpu, "readback", size, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST)
}

/// Consecutive four-byte values in a buffer.
pub(super) struct BufferRange<'a> {
    pub buffer: &'a GpuBuffer,
    /// The index of the first value.
    pub first: usize,
    /// The number of values.
    pub length: usize,
}

/// Copies ranges one after the other into one buffer and reads it.
///
/// # Errors
/// [`Error::Gpu`] when the device fails.
pub(super) async fn collect(gpu: &Gpu, ranges: &[BufferRange<'_>]) -> Result<Vec<f32>> {
    copy_and_read(gpu, ranges.iter().map(|range| range.length).sum::<usize>(), |encoder, staging| {
        let mut end = 0;
        for BufferRange { buffer, first, length } in ranges {
            let [from, size] = [*first, *length].map(|values| values as u64 * 4);
            encoder.copy_buffer_to_buffer(buffer, from, staging, end, size);
            end += size;
        }
    })
    .await
}

/// Reads `length` values that `copy` records a copy of. The device's verdict arrives with the values: no extra round trip.
///
/// # Errors
/// [`Error::Gpu`] when the device fails.
pub(super) async fn copy_and_read<T: Pod>(
    gpu: &Gpu,
    length: usize,
    copy: impl FnOnce(&mut wgpu::CommandEncoder, &wgpu::Buffer),
) -> Result<Vec<T>> {
    let (staging, errors) = gpu.scoped("read values back from the GPU", || {
        let staging = staging::<T>(gpu, length);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        copy(&mut encoder, &staging);
        gpu.queue.submit([encoder.finish()]);
        staging
    });
    let values = read(gpu, &staging).await;
    errors.check().await?;
    values
}

/// Waits for the GPU and returns the values in a [`staging`] buffer.
///
/// # Errors
/// [`Error::Gpu`] when the device fails.
pub(super) async fn read<T: Pod>(gpu: &Gpu, staging: &wgpu::Buffer) -> Result<Vec<T>> {
    let (sender, receiver) = oneshot::channel();
    staging.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver is dropped when the caller no longer waits.
        let _ = sender.send(result);
    });
    let mapped = wait_for(gpu, receiver).await;
    gpu.check_lost()?;
    let unreadable = |error: String| Error::Gpu(format!("the GPU's result cannot be read: {error}"));
    mapped?.map_err(|error| unreadable(error.to_string()))?;
    let view = staging.slice(..).get_mapped_range().map_err(|error| unreadable(error.to_string()))?;
    let values = bytemuck::pod_collect_to_vec(&view);
    drop(view);
    staging.unmap();
    gpu.count_read_back(staging.size());
    Ok(values)
}

impl Gpu {
    /// Whether the device returns a value. A lost one fails at once, but a busy browser may report the loss seconds later.
    pub async fn responds(&self) -> bool {
        copy_and_read::<u32>(self, 1, |_, _| {}).await.is_ok()
    }
}

/// Waits until all submitted work is done.
///
/// # Errors
/// [`Error::Gpu`] when the device fails.
pub(super) async fn finished(gpu: &Gpu) -> Result<()> {
    let (sender, receiver) = oneshot::channel();
    gpu.queue.on_submitted_work_done(move || {
        // The receiver is dropped when the caller no longer waits.
        let _ = sender.send(());
    });
    wait_for(gpu, receiver).await?;
    gpu.check_lost()
}
