//! A tensor on the GPU.

use wgpu::util::DeviceExt;

use super::bound_dispatch::{BoundDispatch, run, storage};
use super::context::Gpu;
use super::readback::{self, Piece};
use crate::error::{Error, Result};
use crate::lens::channel_dispatch;
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// An activation where the network left it, or one that was uploaded: a handle, the values stay on the GPU.
#[derive(Debug, Clone)]
pub struct Activation {
    pub(super) gpu: Gpu,
    pub(super) buffer: wgpu::Buffer,
    pub(super) shape: Shape,
}

impl Activation {
    /// Puts a tensor on the GPU.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device fails.
    pub fn upload(gpu: &Gpu, tensor: &HostTensor) -> Result<Self> {
        let buffer = gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("activation"),
            contents: bytemuck::cast_slice(&tensor.to_storage()),
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
        });
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), buffer, shape: tensor.shape() })
    }

    /// Frees the memory on the GPU now, see [`super::Parameters::free`].
    pub fn free(&self) {
        self.buffer.destroy();
    }

    /// The shape, NCHW.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// All values.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device fails.
    pub async fn read(&self) -> Result<HostTensor> {
        let all = Piece { buffer: &self.buffer, first: 0, length: self.shape.storage_len() };
        let values = readback::collect(&self.gpu, &[all]).await?;
        Ok(HostTensor::from_storage(self.shape, &values))
    }

    /// All channels of the value at row `y` and column `x` of the first image, which lies inside of the map.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device fails.
    pub async fn read_pixel(&self, y: usize, x: usize) -> Result<Vec<f32>> {
        let stride = self.shape.channel_quads() * 4;
        let pixel = Piece { buffer: &self.buffer, first: (y * self.shape.w + x) * stride, length: stride };
        let mut values = readback::collect(&self.gpu, &[pixel]).await?;
        values.truncate(self.shape.c);
        Ok(values)
    }

    /// One channel, all its rows and columns, of all images.
    ///
    /// # Errors
    /// [`Error::Request`] when there is no such channel, [`Error::Gpu`] when the device fails.
    pub async fn read_channel(&self, channel: usize) -> Result<Vec<f32>> {
        if channel >= self.shape.c {
            return Err(Error::Request(format!("expected a channel below {}, found {channel}", self.shape.c)));
        }
        let length = self.shape.n * self.shape.h * self.shape.w;
        let gathered = storage(&self.gpu, "channel", length);
        let call = BoundDispatch::new(&self.gpu, &channel_dispatch(self.shape, channel), &[&self.buffer, &gathered]);
        run(&self.gpu, [&call]);
        let values = readback::collect(&self.gpu, &[Piece { buffer: &gathered, first: 0, length }]).await;
        gathered.destroy();
        values
    }
}
