//! A tensor on the GPU.

use std::slice;
use std::sync::Arc;

use super::bound_dispatch::{BoundDispatch, run};
use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::readback::{self, BufferRange};
use crate::error::{Error, Result};
use crate::lens::{ChannelBuffer, channel_dispatch};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// A tensor on the GPU: the value of a node, or an uploaded one. Clones share the memory; the last owner frees it.
#[derive(Debug, Clone)]
pub struct Activation {
    pub(super) gpu: Gpu,
    pub(super) buffer: Arc<GpuBuffer>,
    pub(super) shape: Shape,
}

impl Activation {
    /// Uploads a tensor.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device cannot hold it or fails.
    pub async fn upload(gpu: &Gpu, tensor: &HostTensor) -> Result<Self> {
        let values = tensor.to_storage();
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        let upload = || Ok(GpuBuffer::with_contents(gpu, "activation", bytemuck::cast_slice(&values), usage));
        let buffer = gpu.guarded("upload a tensor", upload).await?;
        Ok(Self { gpu: gpu.clone(), buffer, shape: tensor.shape() })
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
        let all = BufferRange { buffer: &self.buffer, first: 0, length: self.shape.storage_len() };
        let values = readback::collect(&self.gpu, &[all]).await?;
        Ok(HostTensor::from_storage(self.shape, &values))
    }

    /// All channels of the first image at row `y` and column `x`, which are within the map.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device fails.
    pub async fn read_pixel(&self, y: usize, x: usize) -> Result<Vec<f32>> {
        let stride = self.shape.channel_quads() * 4;
        let pixel = BufferRange { buffer: &self.buffer, first: (y * self.shape.w + x) * stride, length: stride };
        let mut values = readback::collect(&self.gpu, &[pixel]).await?;
        values.truncate(self.shape.c);
        Ok(values)
    }

    /// One channel of all images, row by row.
    ///
    /// # Errors
    /// [`Error::Request`] when there is no such channel, [`Error::Gpu`] when the device fails.
    pub async fn read_channel(&self, channel: usize) -> Result<Vec<f32>> {
        if channel >= self.shape.c {
            return Err(Error::Request(format!("expected a channel below {}, found {channel}", self.shape.c)));
        }
        let length = self.shape.n * self.shape.h * self.shape.w;
        let dispatch = channel_dispatch(self.shape, channel);
        self.gpu.compile(slice::from_ref(&dispatch)).await?;
        let gather = || {
            let gathered = GpuBuffer::storage(&self.gpu, "channel", length);
            let bound = BoundDispatch::bind(&self.gpu, &dispatch, |buffer| match buffer {
                ChannelBuffer::Activation => &self.buffer,
                ChannelBuffer::Channel => &gathered,
            });
            run(&self.gpu, [&bound?]);
            Ok(gathered)
        };
        let buffer = self.gpu.guarded("gather a channel", gather).await?;
        readback::collect(&self.gpu, &[BufferRange { buffer: &buffer, first: 0, length }]).await
    }
}
