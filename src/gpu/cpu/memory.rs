//! Buffers and textures.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use wgpu::custom::{
    BufferInterface, BufferMapCallback, BufferMappedRangeInterface, DispatchBufferMappedRange, DispatchTextureView,
    TextureInterface, TextureViewInterface,
};

use super::errors::ErrorScopes;
use super::unused::unused;
use crate::cpu::threads::drop_contents;

/// A buffer: words of four bytes. Clones share the memory.
#[derive(Debug, Clone)]
pub(super) struct CpuBuffer(Arc<Memory>);

#[derive(Debug)]
struct Memory {
    words: RwLock<Vec<u32>>,
    /// The number of what the words are now. A write replaces it by one that no other buffer has, or had.
    contents: AtomicU64,
}

impl Memory {
    /// Takes the words for other ones than before.
    fn renew(&self) {
        drop_contents(self.contents.swap(next_contents(), Ordering::Relaxed));
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        drop_contents(*self.contents.get_mut());
    }
}

fn next_contents() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Memory that is zero; empty, with an error, if there is not enough.
fn zeros<T: Clone + Default>(bytes: u64, errors: &ErrorScopes) -> Vec<T> {
    let length = usize::try_from(bytes).unwrap_or(usize::MAX).div_ceil(size_of::<T>());
    let mut memory = Vec::new();
    match memory.try_reserve_exact(length) {
        Ok(()) => memory.resize(length, T::default()),
        Err(_) => errors.out_of_memory(bytes),
    }
    memory
}

impl CpuBuffer {
    pub fn new(bytes: u64, errors: &ErrorScopes) -> Self {
        let words = RwLock::new(zeros(bytes, errors));
        Self(Arc::new(Memory { words, contents: next_contents().into() }))
    }

    pub fn of(buffer: &wgpu::Buffer) -> &Self {
        buffer.as_custom().unwrap_or_else(|| unused("buffers of another device"))
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Vec<u32>> {
        self.0.words.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, Vec<u32>> {
        let words = self.0.words.write().unwrap_or_else(PoisonError::into_inner);
        self.0.renew();
        words
    }

    /// The number of what the buffer holds, which does not change while `read` locks it.
    pub fn contents(&self) -> u64 {
        self.0.contents.load(Ordering::Relaxed)
    }

    /// Copies `data` to the bytes from `offset` on; nothing if the buffer is too short, as one whose memory was refused.
    pub fn write_bytes(&self, offset: u64, data: &[u8]) {
        let mut words = self.write();
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        if let Some(bytes) = bytes.get_mut(offset as usize..).and_then(|bytes| bytes.get_mut(..data.len())) {
            bytes.copy_from_slice(data);
        }
    }

    /// A copy of a range of bytes; empty if the buffer is too short.
    pub fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        let words = self.read();
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        bytes.get(range.start as usize..range.end as usize).map(<[u8]>::to_vec).unwrap_or_default()
    }
}

impl BufferInterface for CpuBuffer {
    fn map_async(&self, _: wgpu::MapMode, _: Range<wgpu::BufferAddress>, callback: BufferMapCallback) {
        callback(Ok(()));
    }

    fn get_mapped_range(
        &self,
        range: Range<wgpu::BufferAddress>,
    ) -> Result<DispatchBufferMappedRange, wgpu::MapRangeError> {
        Ok(DispatchBufferMappedRange::custom(MappedBytes(self.bytes(range))))
    }

    fn unmap(&self) {}

    fn destroy(&self) {
        *self.write() = Vec::new();
    }
}

/// A copy of mapped bytes, for reading.
#[derive(Debug)]
struct MappedBytes(Vec<u8>);

impl BufferMappedRangeInterface for MappedBytes {
    fn len(&self) -> usize {
        self.0.len()
    }

    unsafe fn read_slice(&self) -> &[u8] {
        &self.0
    }

    unsafe fn write_slice(&mut self) -> wgpu::WriteOnly<'_, [u8]> {
        unused("buffers mapped for writing")
    }

    #[cfg(target_arch = "wasm32")]
    fn as_uint8array(&self) -> &js_sys::Uint8Array {
        unused("mapped bytes as an array of JavaScript")
    }
}

/// A texture of four bytes per pixel. Clones and views share the memory.
#[derive(Debug, Clone)]
pub(super) struct CpuTexture {
    pub size: [u32; 2],
    pixels: Arc<RwLock<Vec<u8>>>,
}

impl CpuTexture {
    pub fn new(size: wgpu::Extent3d, errors: &ErrorScopes) -> Self {
        let bytes = u64::from(size.width) * u64::from(size.height) * 4;
        Self { size: [size.width, size.height], pixels: Arc::new(RwLock::new(zeros(bytes, errors))) }
    }

    pub fn of(texture: &wgpu::Texture) -> &Self {
        texture.as_custom().unwrap_or_else(|| unused("textures of another device"))
    }

    pub fn of_view(view: &wgpu::TextureView) -> &Self {
        view.as_custom().unwrap_or_else(|| unused("views of another device"))
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Vec<u8>> {
        self.pixels.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, Vec<u8>> {
        self.pixels.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies rows that are `stride` bytes apart.
    pub fn write_rows(&self, rows: &[u8], stride: usize) {
        let row = self.size[0] as usize * 4;
        for (to, from) in self.write().chunks_exact_mut(row).zip(rows.chunks(stride)) {
            if let Some(from) = from.get(..row) {
                to.copy_from_slice(from);
            }
        }
    }
}

impl TextureInterface for CpuTexture {
    fn create_view(&self, _: &wgpu::TextureViewDescriptor<'_>) -> DispatchTextureView {
        DispatchTextureView::custom(self.clone())
    }

    fn destroy(&self) {
        *self.write() = Vec::new();
    }
}

impl TextureViewInterface for CpuTexture {}
