//! Where frames come from.

use crate::error::{Error, Result};
use crate::gpu::Gpu;

/// A frame.
#[derive(Debug)]
pub enum FrameSource<'a> {
    /// Rows of pixels of four bytes: red, green, blue and an alpha that is ignored.
    Pixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// `width * height * 4` bytes.
        rgba: &'a [u8],
    },
    /// A frame of a video or a camera.
    #[cfg(target_arch = "wasm32")]
    Video(web_sys::VideoFrame),
    /// An image that the browser has decoded.
    #[cfg(target_arch = "wasm32")]
    Bitmap(web_sys::ImageBitmap),
}

impl FrameSource<'_> {
    /// Columns and rows; zero for a frame or an image that was closed.
    pub fn size(&self) -> [u32; 2] {
        match self {
            Self::Pixels { width, height, .. } => [*width, *height],
            #[cfg(target_arch = "wasm32")]
            Self::Video(frame) => [frame.display_width(), frame.display_height()],
            #[cfg(target_arch = "wasm32")]
            Self::Bitmap(bitmap) => [bitmap.width(), bitmap.height()],
        }
    }

    /// # Errors
    /// [`Error::Request`] when the number of bytes is not that of the size.
    pub(super) fn check(&self) -> Result<()> {
        #[cfg_attr(
            not(target_arch = "wasm32"),
            expect(irrefutable_let_patterns, reason = "browsers have more sources")
        )]
        let Self::Pixels { width, height, rgba } = self else { return Ok(()) };
        let found = rgba.len();
        if found as u64 != u64::from(*width) * u64::from(*height) * 4 {
            return Err(Error::Request(format!("the frame: expected {width} x {height} x 4 bytes, found {found}")));
        }
        Ok(())
    }

    /// Copies the frame to a texture of its size.
    pub(super) fn copy_to(&self, gpu: &Gpu, texture: &wgpu::Texture) {
        match self {
            FrameSource::Pixels { width, rgba, .. } => {
                let rows = Some(width * 4);
                let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: rows, rows_per_image: None };
                gpu.queue.write_texture(texture.as_image_copy(), rgba, layout, texture.size());
            }
            #[cfg(target_arch = "wasm32")]
            FrameSource::Video(frame) => {
                copy_external(gpu, wgpu::ExternalImageSource::VideoFrame(Clone::clone(frame)), texture);
            }
            #[cfg(target_arch = "wasm32")]
            FrameSource::Bitmap(bitmap) => {
                copy_external(gpu, wgpu::ExternalImageSource::ImageBitmap(Clone::clone(bitmap)), texture);
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn copy_external(gpu: &Gpu, source: wgpu::ExternalImageSource, texture: &wgpu::Texture) {
    let source = wgpu::CopyExternalImageSourceInfo { source, origin: wgpu::Origin2d::ZERO, flip_y: false };
    let target = texture.as_image_copy().to_tagged(wgpu::PredefinedColorSpace::Srgb, false);
    gpu.queue.copy_external_image_to_texture(&source, target, texture.size());
}
