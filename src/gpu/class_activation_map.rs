//! Class activation maps, computed where the last map lies.

use super::activation::Activation;
use super::bound_dispatch::{BoundDispatch, run, storage};
use super::statistics_pass::StatisticsPass;
use crate::error::Result;
use crate::lens::class_map_dispatch;
use crate::shape::Shape;

/// The class activation map of one class for whatever the last map holds.
#[derive(Debug)]
pub struct ClassActivationMap {
    call: BoundDispatch,
    map: Activation,
    measure: StatisticsPass,
}

impl ClassActivationMap {
    /// For the last `map` of a network and the `weight` of its linear layer, a row a class, uploaded as a tensor of
    /// classes x channels x 1 x 1.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub fn new(map: &Activation, weight: &Activation, class: usize) -> Result<Self> {
        let shape = Shape { c: 1, ..map.shape };
        let buffer = storage(&map.gpu, "class map", shape.storage_len());
        let call = BoundDispatch::new(
            &map.gpu,
            &class_map_dispatch(map.shape, class),
            &[&map.buffer, &weight.buffer, &buffer],
        );
        let heat = Activation { gpu: map.gpu.clone(), buffer, shape };
        let measure = StatisticsPass::new(&heat)?;
        Ok(Self { call, map: heat, measure })
    }

    /// Frees the memory on the GPU now, see [`super::Parameters::free`].
    pub fn free(&self) {
        self.map.free();
        self.measure.free();
    }

    /// Computes the map from the values as they are now, and measures it.
    pub fn run(&self) {
        run(&self.map.gpu, [&self.call]);
        self.measure.run();
    }

    /// The map: one channel, as many rows and columns as the last map has.
    pub fn map(&self) -> &Activation {
        &self.map
    }

    /// Its statistics.
    pub fn measure(&self) -> &StatisticsPass {
        &self.measure
    }
}
