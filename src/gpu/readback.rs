//! Bringing results back.

use futures_channel::oneshot;

use super::context::Gpu;
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

/// Waits for the GPU and returns what a [`staging`] buffer holds.
///
/// # Errors
/// [`Error::Gpu`] when the device failed meanwhile.
pub(super) async fn read<T: bytemuck::NoUninit + bytemuck::AnyBitPattern>(
    gpu: &Gpu,
    staging: &wgpu::Buffer,
) -> Result<Vec<T>> {
    let (sender, receiver) = oneshot::channel();
    staging.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver is gone only when the caller gave up waiting.
        let _ = sender.send(result);
    });
    // Natively the callback runs inside of poll; in a browser poll does nothing and the event loop calls back.
    let polled = gpu.device.poll(wgpu::PollType::wait_indefinitely());
    polled.map_err(|error| Error::Gpu(format!("the GPU did not finish: {error}")))?;
    let mapped = receiver.await;
    gpu.check()?;
    let unreadable = |error: String| Error::Gpu(format!("the GPU's result cannot be read: {error}"));
    mapped.map_err(|error| unreadable(error.to_string()))?.map_err(|error| unreadable(error.to_string()))?;
    let view = staging.slice(..).get_mapped_range().map_err(|error| unreadable(error.to_string()))?;
    let values = bytemuck::pod_collect_to_vec(&view);
    drop(view);
    staging.unmap();
    Ok(values)
}
