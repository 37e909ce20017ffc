//! Frames of a camera or a video: from the browser's object to the network's input without the CPU touching a pixel.

use wgpu::util::DeviceExt;

use super::bound_dispatch::{BoundDispatch, storage};
use super::context::Gpu;
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch};
use crate::lens::FrameResizePlan;
use crate::preprocess::Preprocess;

/// Where a frame comes from.
#[derive(Debug)]
pub enum FrameSource<'a> {
    /// Rows of pixels, four bytes each, red first; alpha is not looked at.
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
    /// Columns and rows.
    pub fn size(&self) -> [u32; 2] {
        match self {
            Self::Pixels { width, height, .. } => [*width, *height],
            #[cfg(target_arch = "wasm32")]
            Self::Video(frame) => [frame.display_width(), frame.display_height()],
            #[cfg(target_arch = "wasm32")]
            Self::Bitmap(bitmap) => [bitmap.width(), bitmap.height()],
        }
    }
}

/// Takes frames in and prepares them as a model's card says. Everything is made once for a size of frames, and again when it
/// changes.
#[derive(Debug)]
pub struct FramePreprocessor {
    gpu: Gpu,
    preprocess: Preprocess,
    norm: wgpu::Buffer,
    ready: Option<Ready>,
}

/// What frames of one size need.
#[derive(Debug)]
struct Ready {
    size: [u32; 2],
    mirrored: bool,
    plan: FrameResizePlan,
    texture: wgpu::Texture,
    packed: wgpu::Buffer,
    taps: [wgpu::Buffer; 2],
    narrowed: wgpu::Buffer,
    /// The calls for the input buffer that they were made for.
    calls: Option<(wgpu::Buffer, [BoundDispatch; 2])>,
}

impl FramePreprocessor {
    /// For the preprocessing of a model.
    pub fn new(gpu: &Gpu, preprocess: &Preprocess) -> Self {
        let four = |[red, green, blue]: [f32; 3]| [red, green, blue, 1.0];
        let norm = gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("mean and deviation"),
            contents: bytemuck::cast_slice(&[four(preprocess.mean), four(preprocess.std)]),
            usage: wgpu::BufferUsages::STORAGE,
        });
        Self { gpu: gpu.clone(), preprocess: *preprocess, norm, ready: None }
    }

    /// Makes what frames of this size need, so that the first one does not wait for it.
    ///
    /// # Errors
    /// [`Error::Request`] for a size that no texture can have.
    pub fn prepare(&mut self, size: [u32; 2], mirrored: bool) -> Result<()> {
        if self.ready.as_ref().is_some_and(|ready| ready.size == size && ready.mirrored == mirrored) {
            return Ok(());
        }
        let most = self.gpu.device.limits().max_texture_dimension_2d;
        if size.iter().any(|side| !(1..=most).contains(side)) {
            let expected = format!("sides of 1 to {most} pixels");
            return Err(Error::Request(format!("the frame: expected {expected}, found {} x {}", size[0], size[1])));
        }
        self.free();
        self.ready = Some(Ready::new(&self.gpu, &self.preprocess, size, mirrored));
        Ok(())
    }

    /// Takes a frame in.
    ///
    /// # Errors
    /// [`Error::Request`] for a size that no texture can have, or pixels that are not as many as it says.
    pub fn take(&mut self, frame: &FrameSource<'_>, mirrored: bool) -> Result<()> {
        let [width, height] = frame.size();
        if let FrameSource::Pixels { rgba, .. } = frame
            && rgba.len() as u64 != u64::from(width) * u64::from(height) * 4
        {
            let found = rgba.len();
            return Err(Error::Request(format!("the frame: expected {width} x {height} x 4 bytes, found {found}")));
        }
        self.prepare([width, height], mirrored)?;
        let Some(Ready { texture, .. }) = &self.ready else { return Ok(()) };
        match frame {
            FrameSource::Pixels { rgba, .. } => {
                let rows = Some(width * 4);
                let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: rows, rows_per_image: None };
                self.gpu.queue.write_texture(texture.as_image_copy(), rgba, layout, texture.size());
            }
            #[cfg(target_arch = "wasm32")]
            FrameSource::Video(frame) => self.copy(wgpu::ExternalImageSource::VideoFrame(Clone::clone(frame)), texture),
            #[cfg(target_arch = "wasm32")]
            FrameSource::Bitmap(bitmap) => {
                self.copy(wgpu::ExternalImageSource::ImageBitmap(Clone::clone(bitmap)), texture)
            }
        }
        Ok(())
    }

    /// Frees the memory on the GPU now; the next frame makes it anew.
    pub fn free(&mut self) {
        if let Some(ready) = self.ready.take() {
            ready.destroy();
        }
    }

    #[cfg(target_arch = "wasm32")]
    fn copy(&self, source: wgpu::ExternalImageSource, texture: &wgpu::Texture) {
        let source = wgpu::CopyExternalImageSourceInfo { source, origin: wgpu::Origin2d::ZERO, flip_y: false };
        let target = texture.as_image_copy().to_tagged(wgpu::PredefinedColorSpace::Srgb, false);
        self.gpu.queue.copy_external_image_to_texture(&source, target, texture.size());
    }

    /// Prepares the latest frame into the input of a network, whose side is the crop's.
    ///
    /// # Errors
    /// [`Error::State`] when no frame was taken in.
    pub(super) fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, input: &wgpu::Buffer) -> Result<()> {
        let Some(ready) = &mut self.ready else {
            return Err(Error::State("the network's input: expected a frame, found none yet".to_owned()));
        };
        if ready.calls.as_ref().is_none_or(|(of, _)| of != input) {
            ready.calls = Some((input.clone(), ready.calls(&self.gpu, &self.norm, input)));
        }
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(row_pixels(ready.size[0]) * 4),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            ready.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &ready.packed, layout },
            ready.texture.size(),
        );
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        ready.calls.iter().flat_map(|(_, calls)| calls).for_each(|call| call.record(&mut pass));
        Ok(())
    }
}

/// Pixels from one row of a copied texture to the next.
fn row_pixels(width: u32) -> u32 {
    (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT) / 4
}

impl Ready {
    fn new(gpu: &Gpu, preprocess: &Preprocess, size: [u32; 2], mirrored: bool) -> Self {
        let plan = FrameResizePlan::new(preprocess, size, mirrored);
        let [width, height] = size;
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("frame"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            // Browsers may draw a frame into the texture instead of copying it.
            usage: wgpu::TextureUsages::COPY_DST
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let table = |table: &[i32]| {
            gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("taps"),
                contents: bytemuck::cast_slice(table),
                usage: wgpu::BufferUsages::STORAGE,
            })
        };
        Self {
            size,
            mirrored,
            texture,
            packed: storage(gpu, "frame", (row_pixels(width) * height) as usize),
            taps: [table(&plan.columns.entries), table(&plan.rows.entries)],
            narrowed: storage(gpu, "narrowed frame", plan.narrowed_len()),
            plan,
            calls: None,
        }
    }

    fn calls(&self, gpu: &Gpu, norm: &wgpu::Buffer, input: &wgpu::Buffer) -> [BoundDispatch; 2] {
        let buffer = |argument: &Argument| match argument {
            Argument::Input(0) => &self.packed,
            Argument::Input(1) => &self.taps[0],
            Argument::Input(2) => &self.taps[1],
            Argument::Input(3) => &self.narrowed,
            Argument::Output => input,
            _ => norm,
        };
        let call = |dispatch: Dispatch| {
            let buffers: Vec<_> = dispatch.arguments.iter().map(buffer).collect();
            BoundDispatch::new(gpu, &dispatch, &buffers)
        };
        self.plan.dispatches(row_pixels(self.size[0])).map(call)
    }

    /// Not left to a browser's garbage collection: frames are large.
    fn destroy(self) {
        self.texture.destroy();
        let [columns, rows] = &self.taps;
        [&self.packed, &self.narrowed, columns, rows].into_iter().for_each(wgpu::Buffer::destroy);
    }
}
