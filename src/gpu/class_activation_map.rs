//! Class activation maps, computed from the last feature map on the GPU.

use std::slice;

use super::activation::Activation;
use super::bound_dispatch::{BoundDispatch, run};
use super::buffer::GpuBuffer;
use super::statistics_pass::StatisticsPass;
use crate::error::Result;
use crate::lens::{ClassMapBuffer, StatisticsLayout, class_map_dispatch};
use crate::shape::Shape;

/// The class activation map of one class, computed from the current values of the last feature map.
#[derive(Debug)]
pub struct ClassActivationMap {
    dispatch: BoundDispatch,
    map: Activation,
    statistics: StatisticsPass,
}

impl ClassActivationMap {
    /// For the last feature `map` of a network and the `weight` of its linear layer, a tensor of classes x channels x 1 x 1.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device cannot hold it or fails.
    pub async fn new(map: &Activation, weight: &Activation, class: usize) -> Result<Self> {
        let gpu = &map.gpu;
        let shape = Shape { c: 1, ..map.shape };
        let dispatch = class_map_dispatch(map.shape, class);
        let statistics = StatisticsLayout::new(shape).dispatches();
        gpu.compile(slice::from_ref(&dispatch)).await?;
        gpu.compile(&statistics).await?;
        let bind = || {
            let buffer = GpuBuffer::storage(gpu, "class activation map", shape.storage_len());
            let dispatch = BoundDispatch::bind(gpu, &dispatch, |argument| match argument {
                ClassMapBuffer::Map => &map.buffer,
                ClassMapBuffer::Weight => &weight.buffer,
                ClassMapBuffer::ClassMap => &buffer,
            })?;
            let map = Activation { gpu: gpu.clone(), buffer, shape };
            let statistics = StatisticsPass::bind(&map)?;
            Ok(Self { dispatch, map, statistics })
        };
        gpu.guarded("prepare a class activation map", bind).await
    }

    /// Computes the map and its statistics from the current values.
    pub fn run(&self) {
        run(&self.map.gpu, slice::from_ref(&self.dispatch));
        self.statistics.run();
    }

    /// The map: one channel with the rows and columns of the last feature map.
    pub fn map(&self) -> &Activation {
        &self.map
    }

    /// Its statistics.
    pub fn statistics(&self) -> &StatisticsPass {
        &self.statistics
    }
}
