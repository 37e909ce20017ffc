//! The texture, buffers and dispatches for frames of one size.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::gpu::bound_dispatch::BoundDispatch;
use crate::gpu::buffer::{GpuBuffer, GpuTexture};
use crate::kernel::Dispatch;
use crate::lens::{FrameBuffer, FrameResizePlan};
use crate::preprocess::Preprocess;

/// What frames of one size need.
#[derive(Debug)]
pub(super) struct FrameResources {
    size: [u32; 2],
    mirrored: bool,
    plan: FrameResizePlan,
    texture: GpuTexture,
    packed: Arc<GpuBuffer>,
    taps: [Arc<GpuBuffer>; 2],
    narrowed: Arc<GpuBuffer>,
    /// Mean and standard deviation of the channels.
    normalisation: Arc<GpuBuffer>,
}

/// # Errors
/// [`Error::Request`] for a size that the device's textures and buffers cannot have.
pub(super) fn check_size(gpu: &Gpu, [width, height]: [u32; 2]) -> Result<()> {
    let largest = gpu.device.limits().max_texture_dimension_2d;
    let found = format!("{width} x {height}");
    if [width, height].iter().any(|side| !(1..=largest).contains(side)) {
        return Err(Error::Request(format!("the frame: expected sides of 1 to {largest} pixels, found {found}")));
    }
    let (bytes, limit) = (u64::from(row_pixels(width)) * u64::from(height) * 4, gpu.buffer_limit());
    if bytes > limit {
        return Err(Error::Request(format!(
            "the frame: expected at most {limit} bytes, found {bytes} for {found} pixels"
        )));
    }
    Ok(())
}

/// Pixels from one row of a copied texture to the next.
fn row_pixels(width: u32) -> u32 {
    (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT) / 4
}

impl FrameResources {
    /// To be called in an error scope.
    pub fn new(gpu: &Gpu, preprocess: &Preprocess, channels: usize, size: [u32; 2], mirrored: bool) -> Self {
        let plan = FrameResizePlan::new(preprocess, size, mirrored);
        let [width, height] = size;
        let texture = wgpu::TextureDescriptor {
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
        };
        let read =
            |label: &str, contents: &[u8]| GpuBuffer::with_contents(gpu, label, contents, wgpu::BufferUsages::STORAGE);
        // The fourth value of the mean is 1 for grey.
        let grey = channels == 1;
        let averages = preprocess.grey_norm();
        let channelwise = |[red, green, blue]: [f32; 3], average: f32, flag: f32| {
            if grey { [average, average, average, flag] } else { [red, green, blue, 0.0] }
        };
        let normalisation =
            [channelwise(preprocess.mean, averages[0], 1.0), channelwise(preprocess.std, averages[1], 1.0)];
        Self {
            size,
            mirrored,
            texture: GpuTexture::new(gpu, &texture),
            packed: GpuBuffer::storage(gpu, "frame", row_pixels(width) as usize * height as usize),
            taps: [&plan.columns, &plan.rows].map(|taps| read("taps", bytemuck::cast_slice(&taps.entries))),
            narrowed: GpuBuffer::storage(gpu, "narrowed frame", plan.intermediate_len()),
            normalisation: read("mean and deviation", bytemuck::cast_slice(&normalisation)),
            plan,
        }
    }

    pub fn fits(&self, size: [u32; 2], mirrored: bool) -> bool {
        self.size == size && self.mirrored == mirrored
    }

    pub fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }

    pub fn dispatches(&self) -> [Dispatch<FrameBuffer>; 2] {
        self.plan.dispatches(row_pixels(self.size[0]))
    }

    /// To be called in an error scope when the pipelines are compiled.
    ///
    /// # Errors
    /// [`Error::Gpu`] when a pipeline is missing.
    pub fn bind(&self, gpu: &Gpu, input: &Arc<GpuBuffer>) -> Result<Vec<BoundDispatch>> {
        let buffer = |buffer: FrameBuffer| match buffer {
            FrameBuffer::Frame => &self.packed,
            FrameBuffer::ColumnTaps => &self.taps[0],
            FrameBuffer::RowTaps => &self.taps[1],
            FrameBuffer::Intermediate => &self.narrowed,
            FrameBuffer::Norm => &self.normalisation,
            FrameBuffer::Input => input,
        };
        self.dispatches().iter().map(|dispatch| BoundDispatch::bind(gpu, dispatch, buffer)).collect()
    }

    /// Records the copy of the texture into the buffer that the dispatches read.
    pub fn record_copy(&self, encoder: &mut wgpu::CommandEncoder) {
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(row_pixels(self.size[0]) * 4),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &self.packed, layout },
            self.texture.size(),
        );
    }
}
