//! Bringing results back.

use bytemuck::Pod;
use futures_channel::oneshot;

use super::context::Gpu;
use super::wait::answer;
use crate::error::{Error, Result};

/// A buffer that the CPU can read, `length` values long.
pub(super) fn staging<T>(gpu: &Gpu, length: usize) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("readback"),
        size: (length * size_of::<T>()) as u64,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Some values of four bytes in a buffer.
pub(super) struct Piece<'a> {
    pub buffer: &'a wgpu::Buffer,
    /// The number of the first.
    pub first: usize,
    /// How many there are.
    pub length: usize,
}

/// Copies pieces of buffers one behind the other, waits for the GPU and returns them.
///
/// # Errors
/// [`Error::Gpu`] when the device failed meanwhile.
pub(super) async fn collect(gpu: &Gpu, pieces: &[Piece<'_>]) -> Result<Vec<f32>> {
    let staging = staging::<f32>(gpu, pieces.iter().map(|piece| piece.length).sum());
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut end = 0;
    for Piece { buffer, first, length } in pieces {
        let [from, size] = [*first, *length].map(|values| values as u64 * 4);
        encoder.copy_buffer_to_buffer(buffer, from, &staging, end, size);
        end += size;
    }
    gpu.queue.submit([encoder.finish()]);
    let values = read(gpu, &staging).await;
    // Not left to a browser's garbage collection: it does not see how large what hangs on the small object is.
    staging.destroy();
    values
}

/// Waits for the GPU and returns what a [`staging`] buffer holds.
///
/// # Errors
/// [`Error::Gpu`] when the device failed meanwhile.
pub(super) async fn read<T: Pod>(gpu: &Gpu, staging: &wgpu::Buffer) -> Result<Vec<T>> {
    let (sender, receiver) = oneshot::channel();
    staging.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver is gone only when the caller gave up waiting.
        let _ = sender.send(result);
    });
    let mapped = answer(gpu, receiver).await;
    gpu.check()?;
    let unreadable = |error: String| Error::Gpu(format!("the GPU's result cannot be read: {error}"));
    mapped?.map_err(|error| unreadable(error.to_string()))?;
    let view = staging.slice(..).get_mapped_range().map_err(|error| unreadable(error.to_string()))?;
    let values = bytemuck::pod_collect_to_vec(&view);
    drop(view);
    staging.unmap();
    gpu.count_read_back(staging.size());
    Ok(values)
}

/// Waits until all that was submitted is done.
///
/// # Errors
/// [`Error::Gpu`] when the device failed meanwhile.
pub(super) async fn finished(gpu: &Gpu) -> Result<()> {
    let (sender, receiver) = oneshot::channel();
    gpu.queue.on_submitted_work_done(move || {
        // The receiver is gone only when the caller gave up waiting.
        let _ = sender.send(());
    });
    answer(gpu, receiver).await?;
    gpu.check()
}
