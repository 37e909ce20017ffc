//! Statistics of an activation, computed where it lies.

use super::activation::Activation;
use super::bound_dispatch::{BoundDispatch, run, storage};
use super::context::Gpu;
use super::readback::{self, Piece};
use crate::error::Result;
use crate::kernel::{Argument, Dispatch};
use crate::lens::{Statistics, StatisticsLayout};

/// The kernels that find the statistics of one activation, with the buffers they write.
#[derive(Debug)]
pub struct StatisticsPass {
    gpu: Gpu,
    survey: StatisticsLayout,
    calls: Vec<BoundDispatch>,
    parts: wgpu::Buffer,
    result: wgpu::Buffer,
}

impl StatisticsPass {
    /// Makes everything that measuring `activation` takes; it may be measured again when its values have changed.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub fn new(activation: &Activation) -> Result<Self> {
        let gpu = &activation.gpu;
        let survey = StatisticsLayout::new(activation.shape);
        let parts = storage(gpu, "parts of statistics", survey.parts_len());
        let result = storage(gpu, "statistics", survey.result_len());
        let buffer = |argument: &Argument| match argument {
            Argument::Input(0) => &activation.buffer,
            Argument::Output => &result,
            _ => &parts,
        };
        let call = |dispatch: Dispatch| {
            let buffers: Vec<_> = dispatch.arguments.iter().map(buffer).collect();
            BoundDispatch::new(gpu, &dispatch, &buffers)
        };
        let calls = survey.dispatches().map(call).into();
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), survey, calls, parts, result })
    }

    /// Frees the memory on the GPU now, see [`super::Parameters::free`]. Nothing may be measured or read any more.
    pub fn free(&self) {
        [&self.parts, &self.result].into_iter().for_each(wgpu::Buffer::destroy);
    }

    /// Measures the values as they are now.
    pub fn run(&self) {
        run(&self.gpu, &self.calls);
    }

    /// What the latest [`StatisticsPass::run`] found; zeros before the first.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn read(&self) -> Result<Statistics> {
        let all = Piece { buffer: &self.result, first: 0, length: self.survey.result_len() };
        let values = readback::collect(&self.gpu, &[all]).await?;
        Ok(self.survey.statistics(&values))
    }

    /// The layer's minimum and maximum in the latest [`StatisticsPass::run`], and those of one channel behind them if one is asked for.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn read_bounds(&self, channel: Option<usize>) -> Result<Vec<f32>> {
        let piece = |first, length| Piece { buffer: &self.result, first, length };
        let mut pieces = vec![piece(self.survey.layer_at(), 2)];
        pieces.extend(
            channel.into_iter().flat_map(|channel| self.survey.channel_bounds_at(channel)).map(|at| piece(at, 1)),
        );
        readback::collect(&self.gpu, &pieces).await
    }

    pub(super) fn survey(&self) -> StatisticsLayout {
        self.survey
    }

    pub(super) fn result(&self) -> &wgpu::Buffer {
        &self.result
    }
}
