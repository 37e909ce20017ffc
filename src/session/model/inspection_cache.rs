//! GPU resources for inspection, created on first use.

use std::collections::HashMap;

use crate::gpu::{Activation, ClassActivationMap, StatisticsPass};

/// GPU resources for inspection. Each remembers the number of the run that it was computed for.
#[derive(Debug, Default)]
pub(super) struct InspectionCache {
    /// Inspected nodes by index.
    pub nodes: HashMap<usize, Inspected>,
    /// The class activation map of the latest class.
    pub class_map: Option<CachedClassMap>,
    /// The weights of the head, for class activation maps.
    pub head_weight: Option<Activation>,
    /// The filters of the latest convolution, with its name.
    pub filters: Option<(String, Filters)>,
    /// The run whose thumbnails are complete.
    pub thumbnails_run: u64,
}

impl InspectionCache {
    /// Removes everything that uses activations of an executable.
    pub fn clear_activations(&mut self) {
        self.nodes.clear();
        self.class_map = None;
        self.thumbnails_run = 0;
    }
}

/// An observed node with its statistics.
#[derive(Debug)]
pub(in crate::session) struct Inspected {
    pub activation: Activation,
    pub statistics: StatisticsPass,
    /// The run whose values the statistics belong to.
    pub run: u64,
}

/// The class activation map of one class.
#[derive(Debug)]
pub(super) struct CachedClassMap {
    pub class: usize,
    pub map: ClassActivationMap,
    /// The run whose values the map was computed from.
    pub run: u64,
}

/// The filters of a convolution with three input channels.
#[derive(Debug)]
pub(in crate::session) struct Filters {
    /// One image of three channels per filter.
    pub values: Activation,
    /// The largest magnitude of each filter, one channel per filter.
    pub largest: Activation,
}
