//! The algorithm of each layer.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::layer_class::LayerClass;
use crate::ops::{self, AdapterProfile, Algorithm, KernelConfig, Op};
use crate::shape::Shape;

/// Algorithms by layer class.
pub type SelectedAlgorithms = BTreeMap<LayerClass, Algorithm>;

/// The algorithm of every layer class: the tuned one, or else the one predicted to be fastest on the adapter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlgorithmSelection {
    /// The adapter, the storage format of the weights and the compute type.
    pub adapter: AdapterProfile,
    /// Algorithms selected by measurements, see [`AlgorithmSelection::from_tuning`].
    pub tuned: SelectedAlgorithms,
}

impl AlgorithmSelection {
    /// The predicted algorithms for an adapter.
    pub fn predicted(adapter: AdapterProfile) -> Self {
        Self { adapter, tuned: SelectedAlgorithms::new() }
    }

    /// The class of a layer; `None` for operators that have a single algorithm.
    pub fn class(&self, op: &Op, inputs: &[Shape], output: Shape) -> Option<LayerClass> {
        LayerClass::of(op, inputs, output, self.adapter)
    }

    /// The algorithm of a layer and the storage format of its weights, as [`crate::ops::Operator::lower`] takes them.
    pub fn config(&self, op: &Op, inputs: &[Shape], output: Shape) -> KernelConfig {
        let tuned = || self.tuned.get(&self.class(op, inputs, output)?).copied();
        let predicted = || op.algorithms(inputs, output, self.adapter).first().copied();
        let algorithm = tuned().or_else(predicted).unwrap_or_default();
        // A tuned algorithm may come from another adapter and need features that this one lacks.
        let algorithm = self.adapter.allowed(algorithm);
        KernelConfig { algorithm, weights: self.adapter.weights }
    }

    /// A hash of the source of every operator kernel. Times measured with other kernels are invalid.
    pub fn kernel_hash() -> u64 {
        let mut hasher = DefaultHasher::new();
        ops::kernels().iter().for_each(|kernel| kernel.source.hash(&mut hasher));
        hasher.finish()
    }
}
