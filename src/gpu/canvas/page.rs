//! A canvas of a page.

use super::frame::Frame;
use crate::error::{Error, Result};
use crate::gpu::Gpu;

/// A canvas of a page, and the device and size it was configured for.
#[derive(Debug)]
pub(super) struct PageCanvas {
    surface: wgpu::Surface<'static>,
    configured: Option<(wgpu::Device, [u32; 2])>,
}

fn no_texture() -> Error {
    Error::Gpu("the page's canvas provides no texture to draw to".to_owned())
}

impl PageCanvas {
    /// # Errors
    /// [`Error::Request`] when the canvas already has a context of another kind.
    pub fn new(gpu: &Gpu, canvas: web_sys::OffscreenCanvas) -> Result<Self> {
        let surface = gpu.instance.create_surface(wgpu::SurfaceTarget::OffscreenCanvas(canvas));
        let surface = surface.map_err(|error| Error::Request(format!("the canvas cannot be drawn to: {error}")))?;
        Ok(Self { surface, configured: None })
    }

    /// # Errors
    /// [`Error::Gpu`] when the browser supports no format.
    pub fn format(&self, gpu: &Gpu) -> Result<wgpu::TextureFormat> {
        self.surface.get_capabilities(&gpu.adapter).formats.first().copied().ok_or_else(no_texture)
    }

    pub fn is_configured(&self, gpu: &Gpu, size: [u32; 2]) -> bool {
        self.configured.as_ref().is_some_and(|(device, configured)| *device == gpu.device && *configured == size)
    }

    pub fn reset(&mut self) {
        self.configured = None;
    }

    /// Configuring a canvas clears it, so it is done only when the device or the size changed.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the canvas provides no texture.
    pub fn begin(&mut self, gpu: &Gpu, size: [u32; 2]) -> Result<Frame> {
        if !self.is_configured(gpu, size) {
            let [width, height] = size;
            let format = self.format(gpu)?;
            let mut configuration =
                self.surface.get_default_config(&gpu.adapter, width, height).ok_or_else(no_texture)?;
            configuration.alpha_mode = wgpu::CompositeAlphaMode::PreMultiplied;
            configuration.format = format;
            self.surface.configure(&gpu.device, &configuration);
            self.configured = Some((gpu.device.clone(), size));
        }
        let (wgpu::CurrentSurfaceTexture::Success(shown) | wgpu::CurrentSurfaceTexture::Suboptimal(shown)) =
            self.surface.get_current_texture()
        else {
            self.reset();
            return Err(no_texture());
        };
        let view = shown.texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Frame { view, shown: Some(shown) })
    }
}
