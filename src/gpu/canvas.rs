//! Render targets: a page's canvas, or a texture that can be read back.

mod frame;
#[cfg(target_arch = "wasm32")]
mod page;

use super::buffer::GpuTexture;
use super::context::Gpu;
use super::readback;
use crate::error::{Error, Result};
use frame::Frame;

/// The alignment of a row of texels in a buffer, in bytes.
const ROW_ALIGNMENT: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

/// A render target. It has the size of the latest drawing.
#[derive(Debug)]
pub struct Canvas {
    target: RenderTarget,
}

/// The pixels of an offscreen canvas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `height` rows of `width` pixels of four bytes: red, green, blue, premultiplied with the fourth, alpha.
    pub data: Vec<u8>,
}

#[derive(Debug)]
enum RenderTarget {
    #[cfg(target_arch = "wasm32")]
    Page(page::PageCanvas),
    /// Allocated by the first drawing.
    Offscreen(Option<GpuTexture>),
}

impl Canvas {
    /// A texture, to be read with [`Canvas::pixels`].
    pub fn hidden() -> Self {
        Self { target: RenderTarget::Offscreen(None) }
    }

    /// A canvas whose control a page has transferred to this thread.
    ///
    /// # Errors
    /// [`Error::Request`] when the canvas already has a context of another kind.
    #[cfg(target_arch = "wasm32")]
    pub fn on_page(gpu: &Gpu, canvas: web_sys::OffscreenCanvas) -> Result<Self> {
        page::PageCanvas::new(gpu, canvas).map(|page| Self { target: RenderTarget::Page(page) })
    }

    /// # Errors
    /// [`Error::Request`] for a size that no texture can have.
    pub(super) fn check_size(&self, gpu: &Gpu, [width, height]: [u32; 2]) -> Result<()> {
        let largest = gpu.device.limits().max_texture_dimension_2d;
        if !(1..=largest).contains(&width) || !(1..=largest).contains(&height) {
            let expected = format!("sides of 1 to {largest} pixels");
            return Err(Error::Request(format!("the canvas: expected {expected}, found {width} x {height}")));
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::Gpu`] when the browser supports no format for the page's canvas.
    #[cfg_attr(not(target_arch = "wasm32"), expect(clippy::unnecessary_wraps, reason = "pages' canvases can fail"))]
    pub(super) fn format(&self, _gpu: &Gpu) -> Result<wgpu::TextureFormat> {
        match &self.target {
            #[cfg(target_arch = "wasm32")]
            RenderTarget::Page(page) => page.format(_gpu),
            RenderTarget::Offscreen(_) => Ok(wgpu::TextureFormat::Rgba8Unorm),
        }
    }

    /// Whether a drawing of this size needs no allocation.
    pub(super) fn is_configured(&self, _gpu: &Gpu, size: [u32; 2]) -> bool {
        match &self.target {
            #[cfg(target_arch = "wasm32")]
            RenderTarget::Page(page) => page.is_configured(_gpu, size),
            RenderTarget::Offscreen(texture) => {
                texture.as_ref().is_some_and(|texture| [texture.width(), texture.height()] == size)
            }
        }
    }

    /// Makes the next drawing allocate again.
    pub(super) fn reset(&mut self) {
        match &mut self.target {
            #[cfg(target_arch = "wasm32")]
            RenderTarget::Page(page) => page.reset(),
            RenderTarget::Offscreen(texture) => *texture = None,
        }
    }

    /// # Errors
    /// [`Error::Gpu`] when the page's canvas provides no texture.
    #[cfg_attr(not(target_arch = "wasm32"), expect(clippy::unnecessary_wraps, reason = "pages' canvases can fail"))]
    pub(super) fn begin(&mut self, gpu: &Gpu, size: [u32; 2]) -> Result<Frame> {
        if !self.is_configured(gpu, size) {
            self.reset();
        }
        match &mut self.target {
            #[cfg(target_arch = "wasm32")]
            RenderTarget::Page(page) => page.begin(gpu, size),
            RenderTarget::Offscreen(texture) => {
                let texture = texture.get_or_insert_with(|| offscreen(gpu, size));
                let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
                Ok(Frame {
                    view,
                    #[cfg(target_arch = "wasm32")]
                    shown: None,
                })
            }
        }
    }

    /// The latest drawing.
    ///
    /// # Errors
    /// [`Error::State`] for a page's canvas, which only the page can read, and before the first drawing; [`Error::Gpu`] when
    /// the device fails.
    pub async fn pixels(&self, gpu: &Gpu) -> Result<Pixels> {
        let RenderTarget::Offscreen(Some(texture)) = &self.target else {
            return Err(Error::State("pixels: expected a hidden canvas with a drawing on it, found none".to_owned()));
        };
        let (width, height) = (texture.width(), texture.height());
        let row = width * 4;
        let padded = row.next_multiple_of(ROW_ALIGNMENT);
        let length = padded as usize * height as usize;
        let bytes: Vec<u8> = readback::copy_and_read(gpu, length, |encoder, staging| {
            let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(padded), rows_per_image: None };
            let target = wgpu::TexelCopyBufferInfo { buffer: staging, layout };
            encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
        })
        .await?;
        let rows = bytes.chunks_exact(padded as usize);
        let data = rows.flat_map(|padded| &padded[..row as usize]).copied().collect();
        Ok(Pixels { width, height, data })
    }
}

fn offscreen(gpu: &Gpu, [width, height]: [u32; 2]) -> GpuTexture {
    let descriptor = wgpu::TextureDescriptor {
        label: Some("canvas"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    };
    GpuTexture::new(gpu, &descriptor)
}
