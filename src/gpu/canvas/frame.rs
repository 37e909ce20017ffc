//! A canvas during one drawing.

use crate::gpu::Gpu;

/// A canvas during one drawing.
pub(in crate::gpu) struct Frame {
    pub view: wgpu::TextureView,
    #[cfg(target_arch = "wasm32")]
    pub(super) shown: Option<wgpu::SurfaceTexture>,
}

impl Frame {
    /// Shows the drawing.
    #[cfg(target_arch = "wasm32")]
    pub fn present(self, gpu: &Gpu) {
        if let Some(shown) = self.shown {
            gpu.queue.present(shown);
        }
    }

    /// An offscreen canvas shows nothing.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn present(self, _gpu: &Gpu) {}
}
