//! The results of the kernel checks of a device.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::lock::lock;
use crate::ops::Algorithm;
use crate::plan::{LayerClass, Rejection};

/// What was checked: the class of a sample and the algorithm.
pub(super) type CheckedKernel = (LayerClass, Algorithm);

/// The fault of each algorithm on the samples of a class, `None` if it computes them correctly. Clones share the results.
#[derive(Debug, Clone, Default)]
pub(super) struct CheckedKernels(Arc<Mutex<HashMap<CheckedKernel, Option<String>>>>);

impl CheckedKernels {
    /// The result of a check; the outer `None` if there was none.
    pub fn get(&self, kernel: &CheckedKernel) -> Option<Option<String>> {
        lock(&self.0).get(kernel).cloned()
    }

    pub fn insert(&self, kernel: CheckedKernel, fault: Option<String>) {
        lock(&self.0).insert(kernel, fault);
    }

    /// The algorithms with a fault, in the order of their sentences.
    pub fn wrong(&self) -> Vec<Rejection> {
        let checked = lock(&self.0);
        let wrong = checked.iter().filter_map(|((sample, algorithm), fault)| {
            let reason = fault.clone()?;
            Some(Rejection { sample: sample.clone(), algorithm: *algorithm, reason })
        });
        let mut wrong: Vec<Rejection> = wrong.collect();
        wrong.sort_by_cached_key(ToString::to_string);
        wrong
    }
}
