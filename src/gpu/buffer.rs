//! Owning handles of GPU memory.

use std::ops::Deref;
use std::sync::Arc;

use super::context::Gpu;

/// A GPU resource whose memory can be freed explicitly.
pub(super) trait Destroy {
    fn destroy(&self);
}

impl Destroy for wgpu::Buffer {
    fn destroy(&self) {
        self.destroy();
    }
}

impl Destroy for wgpu::Texture {
    fn destroy(&self) {
        self.destroy();
    }
}

/// Owns a buffer or a texture and frees its GPU memory on drop.
///
/// `wgpu` alone would not: on the web a dropped handle waits for the garbage collector, which sees only the small JS wrapper,
/// not the GPU memory behind it.
#[derive(Debug)]
pub(super) struct Owned<T: Destroy>(T);

impl<T: Destroy> Drop for Owned<T> {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

impl<T: Destroy> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A texture, freed on drop.
pub(super) type GpuTexture = Owned<wgpu::Texture>;

impl GpuTexture {
    pub fn new(gpu: &Gpu, descriptor: &wgpu::TextureDescriptor<'_>) -> Self {
        Self(gpu.device.create_texture(descriptor))
    }
}

/// A buffer, freed when its last owner is dropped.
pub(super) type GpuBuffer = Owned<wgpu::Buffer>;

impl GpuBuffer {
    /// A buffer of `size` bytes.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(clippy::arc_with_non_send_sync, reason = "buffers are shared between threads natively only")
    )]
    pub fn new(gpu: &Gpu, label: &str, size: u64, usage: wgpu::BufferUsages) -> Arc<Self> {
        Arc::new(Self(gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage,
            mapped_at_creation: false,
        })))
    }

    /// A storage buffer of `length` four-byte values that kernels write and that can be copied.
    pub fn storage(gpu: &Gpu, label: &str, length: usize) -> Arc<Self> {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        Self::new(gpu, label, length as u64 * 4, usage)
    }

    /// A buffer with `contents`, whose length is a multiple of four.
    ///
    /// The contents are written by the queue instead of through a mapping: in a browser a mapping is one more copy in the
    /// module's memory, and one that fails throws an exception instead of reporting an error.
    pub fn with_contents(gpu: &Gpu, label: &str, contents: &[u8], usage: wgpu::BufferUsages) -> Arc<Self> {
        let buffer = Self::new(gpu, label, contents.len() as u64, usage | wgpu::BufferUsages::COPY_DST);
        gpu.queue.write_buffer(&buffer, 0, contents);
        buffer
    }
}
