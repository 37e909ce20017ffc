//! Which way each layer is computed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ops::{self, AdapterProfile, Algorithm, KernelConfig, Op};
use crate::shape::Shape;

/// SelectedAlgorithms by the class of layer, see [`AlgorithmSelection::class`].
pub type SelectedAlgorithms = BTreeMap<String, Algorithm>;

/// For every kind of layer a way to compute it: what was measured on this adapter, else what is known of adapters of its kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlgorithmSelection {
    /// The adapter, the form of the weights on it and its arithmetic.
    pub adapter: AdapterProfile,
    /// What was chosen by measuring: see [`AlgorithmSelection::settled`].
    pub measured: SelectedAlgorithms,
}

impl AlgorithmSelection {
    /// What is known of a kind of adapter.
    pub fn of(adapter: AdapterProfile) -> Self {
        Self { adapter, measured: SelectedAlgorithms::new() }
    }

    /// Layers of the same class are computed the same way. `None` for operators that know only one. The class names all that
    /// decides which ways there are: times that were measured among others say nothing.
    pub fn class(&self, op: &Op, inputs: &[Shape], output: Shape) -> Option<String> {
        let known = !op.algorithms(inputs, output, AdapterProfile::default()).is_empty();
        let [weights, products] = [self.adapter.weights.name(), self.adapter.narrowest().name()];
        let matrices = self.adapter.cooperative().map(|side| format!(", matrices of {side}")).unwrap_or_default();
        let numbers = format!("{weights} in {products}{matrices}");
        known.then(|| format!("{} {}, {} to {output}, {numbers}", op.kind(), op.detail(), inputs[0]))
    }

    /// What the plan tells an operator.
    pub fn method(&self, op: &Op, inputs: &[Shape], output: Shape) -> KernelConfig {
        let measured = || self.measured.get(&self.class(op, inputs, output)?).copied();
        let known = || op.algorithms(inputs, output, self.adapter).first().copied();
        let algorithm = measured().or_else(known).unwrap_or_default();
        // What was measured may be another adapter's, which has more.
        let algorithm = self.adapter.allowed(algorithm);
        KernelConfig { algorithm, weights: self.adapter.weights }
    }

    /// Changes when a kernel does: what was measured before says nothing then.
    pub fn kernel_hash() -> u64 {
        let mut hasher = DefaultHasher::new();
        ops::kernels().iter().for_each(|kernel| kernel.source.hash(&mut hasher));
        hasher.finish()
    }
}
