//! Statistics of an activation, computed on the GPU.

use std::sync::Arc;

use super::activation::Activation;
use super::bound_dispatch::{BoundDispatch, run};
use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::readback::{self, BufferRange};
use crate::error::Result;
use crate::lens::{Statistics, StatisticsBuffer, StatisticsLayout};

/// Computes the statistics of one activation, of all its channels and of the whole.
#[derive(Debug)]
pub struct StatisticsPass {
    gpu: Gpu,
    layout: StatisticsLayout,
    dispatches: Vec<BoundDispatch>,
    result: Arc<GpuBuffer>,
}

impl StatisticsPass {
    /// Allocates buffers and pipelines for an activation, whose values may change between runs.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device cannot hold them or fails.
    pub async fn new(activation: &Activation) -> Result<Self> {
        let gpu = &activation.gpu;
        gpu.compile(&StatisticsLayout::new(activation.shape).dispatches()).await?;
        gpu.guarded("prepare statistics", || Self::bind(activation)).await
    }

    /// To be called in an error scope when the pipelines are compiled.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when a pipeline is missing.
    pub(super) fn bind(activation: &Activation) -> Result<Self> {
        let gpu = &activation.gpu;
        let layout = StatisticsLayout::new(activation.shape);
        let parts = GpuBuffer::storage(gpu, "partial statistics", layout.parts_len());
        let result = GpuBuffer::storage(gpu, "statistics", layout.result_len());
        let buffer = |buffer: StatisticsBuffer| match buffer {
            StatisticsBuffer::Activation => &activation.buffer,
            StatisticsBuffer::Parts => &parts,
            StatisticsBuffer::Result => &result,
        };
        let bind = |dispatch| BoundDispatch::bind(gpu, dispatch, buffer);
        let dispatches = layout.dispatches().iter().map(bind).collect::<Result<_>>()?;
        Ok(Self { gpu: gpu.clone(), layout, dispatches, result })
    }

    /// Computes the statistics of the current values.
    pub fn run(&self) {
        run(&self.gpu, &self.dispatches);
    }

    /// The statistics of the latest [`StatisticsPass::run`]; zeros before the first.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn read(&self) -> Result<Statistics> {
        let all = BufferRange { buffer: &self.result, first: 0, length: self.layout.result_len() };
        let values = readback::collect(&self.gpu, &[all]).await?;
        Ok(self.layout.statistics(&values))
    }

    /// The minimum and the maximum of all values in the latest [`StatisticsPass::run`], followed by those of `channel` if one is
    /// given.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn read_bounds(&self, channel: Option<usize>) -> Result<Vec<f32>> {
        let range = |first, length| BufferRange { buffer: &self.result, first, length };
        let mut ranges = vec![range(self.layout.layer_at(), 2)];
        let bounds = channel.into_iter().flat_map(|channel| self.layout.channel_bounds_at(channel));
        ranges.extend(bounds.map(|at| range(at, 1)));
        readback::collect(&self.gpu, &ranges).await
    }

    pub(super) fn layout(&self) -> StatisticsLayout {
        self.layout
    }

    pub(super) fn result(&self) -> &Arc<GpuBuffer> {
        &self.result
    }
}
