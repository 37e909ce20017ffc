//! What is drawn to: a canvas of a page, or a texture that can be read back.

use super::context::Gpu;
use super::readback;
use crate::error::{Error, Result};

/// Rows of a copied texture begin at multiples of this many bytes.
const ROW_ALIGNMENT: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

/// A place to draw to. Its size is that of the latest drawing.
#[derive(Debug)]
pub struct Canvas {
    target: Target,
}

/// What was drawn on a hidden canvas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `height` rows of `width` pixels of four bytes, red first, colours multiplied by their opacity.
    pub data: Vec<u8>,
}

#[derive(Debug)]
enum Target {
    /// A canvas of a page, and for which device and size it was set up last.
    #[cfg(target_arch = "wasm32")]
    Page { surface: wgpu::Surface<'static>, ready: Option<(wgpu::Device, [u32; 2])> },
    /// Nothing that anybody sees.
    Hidden(Option<wgpu::Texture>),
}

/// A canvas for the time of one drawing.
pub(super) struct Frame {
    pub view: wgpu::TextureView,
    pub format: wgpu::TextureFormat,
    pub size: [u32; 2],
    #[cfg(target_arch = "wasm32")]
    shown: Option<wgpu::SurfaceTexture>,
}

impl Canvas {
    /// A texture, to be read with [`Canvas::pixels`].
    pub fn hidden() -> Self {
        Self { target: Target::Hidden(None) }
    }

    /// A canvas whose control a page has transferred to this thread.
    ///
    /// # Errors
    /// [`Error::Request`] when the canvas has given out a context of another kind before.
    #[cfg(target_arch = "wasm32")]
    pub fn on_page(gpu: &Gpu, canvas: web_sys::OffscreenCanvas) -> Result<Self> {
        let surface = gpu.instance.create_surface(wgpu::SurfaceTarget::OffscreenCanvas(canvas));
        let surface = surface.map_err(|error| Error::Request(format!("the canvas cannot be drawn to: {error}")))?;
        Ok(Self { target: Target::Page { surface, ready: None } })
    }

    /// # Errors
    /// [`Error::Request`] for a size that no texture can have, [`Error::Gpu`] when the page's canvas gives no texture.
    pub(super) fn begin(&mut self, gpu: &Gpu, [width, height]: [u32; 2]) -> Result<Frame> {
        let most = gpu.device.limits().max_texture_dimension_2d;
        if !(1..=most).contains(&width) || !(1..=most).contains(&height) {
            let expected = format!("sides of 1 to {most} pixels");
            return Err(Error::Request(format!("the canvas: expected {expected}, found {width} x {height}")));
        }
        match &mut self.target {
            #[cfg(target_arch = "wasm32")]
            Target::Page { surface, ready } => begin_on_page(surface, ready, gpu, [width, height]),
            Target::Hidden(texture) => Ok(begin_hidden(texture, gpu, [width, height])),
        }
    }

    /// Gives a hidden canvas's memory back at once; it takes some again with the next drawing.
    pub fn free(&mut self) {
        if let Target::Hidden(texture) = &mut self.target
            && let Some(texture) = texture.take()
        {
            texture.destroy();
        }
    }

    /// The latest drawing.
    ///
    /// # Errors
    /// [`Error::State`] for a page's canvas, which only the page can read, and before the first drawing; [`Error::Gpu`] when
    /// the device fails.
    pub async fn pixels(&self, gpu: &Gpu) -> Result<Pixels> {
        let Target::Hidden(Some(texture)) = &self.target else {
            return Err(Error::State("pixels: expected a hidden canvas with a drawing on it, found none".to_owned()));
        };
        let row = texture.width() * 4;
        let padded = row.next_multiple_of(ROW_ALIGNMENT);
        let staging = readback::staging::<u8>(gpu, (padded * texture.height()) as usize);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(padded), rows_per_image: None };
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &staging, layout },
            texture.size(),
        );
        gpu.queue.submit([encoder.finish()]);
        let read = readback::read::<u8>(gpu, &staging).await;
        staging.destroy();
        let bytes = read?;
        let rows = bytes.chunks_exact(padded as usize);
        let data = rows.flat_map(|padded| &padded[..row as usize]).copied().collect();
        Ok(Pixels { width: texture.width(), height: texture.height(), data })
    }
}

fn begin_hidden(texture: &mut Option<wgpu::Texture>, gpu: &Gpu, size: [u32; 2]) -> Frame {
    let [width, height] = size;
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let fits = texture.as_ref().is_some_and(|texture| [texture.width(), texture.height()] == size);
    if !fits {
        *texture = None;
    }
    let texture = texture.get_or_insert_with(|| {
        gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("canvas"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        })
    });
    Frame {
        view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
        format,
        size,
        #[cfg(target_arch = "wasm32")]
        shown: None,
    }
}

/// Setting a canvas up empties it, so it is done only when it has to be.
#[cfg(target_arch = "wasm32")]
fn begin_on_page(
    surface: &wgpu::Surface<'static>,
    ready: &mut Option<(wgpu::Device, [u32; 2])>,
    gpu: &Gpu,
    size: [u32; 2],
) -> Result<Frame> {
    let refused = || Error::Gpu("the page's canvas gives no texture to draw to".to_owned());
    let format = surface.get_capabilities(&gpu.adapter).formats.first().copied().ok_or_else(refused)?;
    if ready.as_ref() != Some(&(gpu.device.clone(), size)) {
        let [width, height] = size;
        let mut configuration = surface.get_default_config(&gpu.adapter, width, height).ok_or_else(refused)?;
        configuration.alpha_mode = wgpu::CompositeAlphaMode::PreMultiplied;
        configuration.format = format;
        surface.configure(&gpu.device, &configuration);
        *ready = Some((gpu.device.clone(), size));
    }
    let (wgpu::CurrentSurfaceTexture::Success(shown) | wgpu::CurrentSurfaceTexture::Suboptimal(shown)) =
        surface.get_current_texture()
    else {
        // The next drawing sets it up again.
        *ready = None;
        return Err(refused());
    };
    let view = shown.texture.create_view(&wgpu::TextureViewDescriptor::default());
    Ok(Frame { view, format, size, shown: Some(shown) })
}

impl Frame {
    /// Shows what was drawn.
    pub fn end(self, gpu: &Gpu) {
        #[cfg(target_arch = "wasm32")]
        if let Some(shown) = self.shown {
            gpu.queue.present(shown);
        }
        #[cfg(not(target_arch = "wasm32"))]
        let _ = (self, gpu);
    }
}
