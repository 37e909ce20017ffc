//! The algorithm of each layer.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::layer_class::LayerClass;
use crate::error::{Error, Result};
use crate::kernel::Lowered;
use crate::ops::{self, AdapterProfile, Algorithm, Epilogue, KernelConfig, Op};
use crate::shape::Shape;
use crate::warning::warn;

/// Algorithms by layer class.
pub type SelectedAlgorithms = BTreeMap<LayerClass, Algorithm>;

/// An algorithm that a device computes wrongly or does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The class of the sample that was computed, see [`LayerClass::of_sample`].
    pub sample: LayerClass,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The sentence that describes the fault.
    pub reason: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sample, algorithm, reason } = self;
        let window = sample.window.map(|window| format!(" {window}")).unwrap_or_default();
        write!(f, "on this GPU the algorithm {algorithm:?} is not used for {}{window}: {reason}", sample.operator)
    }
}

/// The algorithm of every layer class: the tuned one, or else the one predicted to be fastest on the adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct AlgorithmSelection {
    /// The adapter, the storage format of the weights and the compute type.
    pub adapter: AdapterProfile,
    /// Algorithms selected by measurements, see [`AlgorithmSelection::from_tuning`].
    pub tuned: SelectedAlgorithms,
    /// Algorithms that are not used because the device computes them wrongly or does not compile them.
    pub rejected: Vec<Rejection>,
    /// Whether an algorithm that cannot compute its layer is an error. Otherwise a warning is logged and the predicted algorithm is
    /// used. True in builds with debug assertions, such as those of tests.
    pub strict: bool,
}

impl Default for AlgorithmSelection {
    fn default() -> Self {
        Self::predicted(AdapterProfile::default())
    }
}

impl AlgorithmSelection {
    /// The predicted algorithms for an adapter.
    pub fn predicted(adapter: AdapterProfile) -> Self {
        Self { adapter, tuned: SelectedAlgorithms::new(), rejected: Vec::new(), strict: cfg!(debug_assertions) }
    }

    /// The class of a layer; `None` for operators that have a single algorithm.
    pub fn class(&self, op: &Op, inputs: &[Shape], output: Shape) -> Option<LayerClass> {
        LayerClass::of(op, inputs, output, self.adapter)
    }

    /// Lowers an operator by its tuned algorithm, else by the predicted fastest one.
    ///
    /// # Errors
    /// [`Error::Algorithm`] when the tuned algorithm cannot compute the layer or needs a feature that the adapter lacks, if
    /// [`AlgorithmSelection::strict`].
    pub(super) fn lower(&self, op: &Op, inputs: &[Shape], output: Shape, epilogue: Epilogue) -> Result<Lowered> {
        let predicted = self.predicted_algorithm(op, inputs, output);
        let Some(tuned) = self.tuned_algorithm(op, inputs, output) else {
            return self.lower_by(predicted, op, inputs, output, epilogue);
        };
        match self.lower_by(tuned, op, inputs, output, epilogue) {
            Err(error) if !self.strict => {
                warn(&format!("{error}; using {predicted:?}"));
                self.lower_by(predicted, op, inputs, output, epilogue)
            }
            lowered => lowered,
        }
    }

    /// The algorithm that a layer is to be computed by; the default one for operators that have a single algorithm.
    pub fn algorithm(&self, op: &Op, inputs: &[Shape], output: Shape) -> Algorithm {
        let tuned = self.tuned_algorithm(op, inputs, output);
        tuned.unwrap_or_else(|| self.predicted_algorithm(op, inputs, output))
    }

    fn tuned_algorithm(&self, op: &Op, inputs: &[Shape], output: Shape) -> Option<Algorithm> {
        let tuned = self.tuned.get(&self.class(op, inputs, output)?).copied()?;
        (!self.is_rejected(op, inputs[0], tuned)).then_some(tuned)
    }

    fn predicted_algorithm(&self, op: &Op, inputs: &[Shape], output: Shape) -> Algorithm {
        let mut algorithms = op.algorithms(inputs, output, self.adapter).into_iter();
        algorithms.find(|algorithm| self.is_offered(*algorithm, op, inputs, output)).unwrap_or_default()
    }

    fn is_rejected(&self, op: &Op, input: Shape, algorithm: Algorithm) -> bool {
        let is_same = |rejected: &Rejection| {
            rejected.algorithm == algorithm && rejected.sample == LayerClass::of_sample(op, input, self.adapter)
        };
        self.rejected.iter().any(is_same)
    }

    /// Lowers an operator by a given algorithm.
    ///
    /// # Errors
    /// [`Error::Algorithm`] when the algorithm cannot compute the layer, needs a feature that the adapter lacks, or needs larger
    /// buffers than it can bind.
    pub(super) fn lower_by(
        &self,
        algorithm: Algorithm,
        op: &Op,
        inputs: &[Shape],
        output: Shape,
        epilogue: Epilogue,
    ) -> Result<Lowered> {
        let layer = || format!("{} {} of {}", op.kind(), op.detail(), inputs[0]);
        if !self.adapter.supports(algorithm) {
            let expected = "an algorithm that needs only features of the adapter";
            return Err(Error::Algorithm(format!("{}: expected {expected}, found {algorithm:?}", layer())));
        }
        let config = KernelConfig { algorithm, weights: self.adapter.weights };
        let named = |error: String| Error::Algorithm(format!("{}: {error}", layer()));
        let lowered = op.lower(inputs, output, epilogue, config).map_err(|error| named(error.to_string()))?;
        self.check_buffers(&lowered).map_err(|error| named(format!("{error} for {algorithm:?}")))?;
        Ok(lowered)
    }

    /// The algorithms of a layer that are not rejected and whose buffers the adapter can bind, the predicted fastest first; empty for
    /// operators that have a single algorithm.
    pub fn candidates(&self, op: &Op, inputs: &[Shape], output: Shape) -> Vec<Algorithm> {
        let mut algorithms = op.algorithms(inputs, output, self.adapter);
        algorithms.retain(|algorithm| self.is_offered(*algorithm, op, inputs, output));
        algorithms
    }

    fn is_offered(&self, algorithm: Algorithm, op: &Op, inputs: &[Shape], output: Shape) -> bool {
        !self.is_rejected(op, inputs[0], algorithm) && self.fits(algorithm, op, inputs, output)
    }

    /// Whether the adapter can bind the buffers of an algorithm. Other reasons not to use an algorithm are errors of
    /// [`AlgorithmSelection::lower_by`].
    fn fits(&self, algorithm: Algorithm, op: &Op, inputs: &[Shape], output: Shape) -> bool {
        let config = KernelConfig { algorithm, weights: self.adapter.weights };
        let lowered = op.lower(inputs, output, Epilogue::NONE, config);
        lowered.map_or(true, |lowered| self.check_buffers(&lowered).is_ok())
    }

    /// # Errors
    /// The sentence that the buffers are larger than the adapter can bind.
    fn check_buffers(&self, lowered: &Lowered) -> std::result::Result<(), String> {
        // Both are in f32, transformed weights also where the network's weights are in f16.
        let transformed = lowered.transformed_weights.iter().map(|weights| weights.len);
        let values = lowered.scratch.iter().copied().chain(transformed).max().unwrap_or(0);
        let (largest, limit) = (values as u64 * 4, self.adapter.buffer_limit);
        if largest > limit {
            Err(format!("expected buffers of at most {limit} bytes, found {largest}"))
        } else {
            Ok(())
        }
    }

    /// A hash of the source of every operator kernel. Times measured with other kernels are invalid.
    pub fn kernel_hash() -> u64 {
        let mut hasher = DefaultHasher::new();
        ops::kernels().iter().for_each(|kernel| kernel.source.hash(&mut hasher));
        hasher.finish()
    }
}
