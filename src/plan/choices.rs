//! Which way each layer is computed.

use std::collections::BTreeMap;

use crate::ops::{Algorithm, Method, Op, Target, WeightFormat};
use crate::shape::Shape;

/// For every kind of layer a way to compute it: what was measured on this adapter, else what is known of adapters of its kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choices {
    /// The form of the weights.
    pub weights: WeightFormat,
    /// The kind of adapter.
    pub target: Target,
    /// What was measured, by [`Choices::class`].
    pub measured: BTreeMap<String, Algorithm>,
}

impl Choices {
    /// What is known of a kind of adapter.
    pub fn of(target: Target, weights: WeightFormat) -> Self {
        Self { weights, target, measured: BTreeMap::new() }
    }

    /// Layers of the same class are computed the same way. `None` for operators that know only one.
    pub fn class(op: &Op, inputs: &[Shape], output: Shape) -> Option<String> {
        (op.algorithms(inputs, output, Target::Any).len() > 1)
            .then(|| format!("{} {} {} to {output}", op.kind(), op.detail(), inputs[0]))
    }

    /// What the plan tells an operator.
    pub fn method(&self, op: &Op, inputs: &[Shape], output: Shape) -> Method {
        let measured = || self.measured.get(&Self::class(op, inputs, output)?).copied();
        let known = || op.algorithms(inputs, output, self.target).first().copied();
        let algorithm = measured().or_else(known).unwrap_or_default();
        Method { algorithm, weights: self.weights }
    }
}
