//! The algorithm of each layer.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::layer_class::LayerClass;
use crate::error::{Error, Result};
use crate::kernel::Lowered;
use crate::ops::{self, AdapterProfile, Algorithm, Epilogue, KernelConfig, Op};
use crate::shape::Shape;
use crate::warning::warn;

/// Algorithms by layer class.
pub type SelectedAlgorithms = BTreeMap<LayerClass, Algorithm>;

/// The algorithm of every layer class: the tuned one, or else the one predicted to be fastest on the adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct AlgorithmSelection {
    /// The adapter, the storage format of the weights and the compute type.
    pub adapter: AdapterProfile,
    /// Algorithms selected by measurements, see [`AlgorithmSelection::from_tuning`].
    pub tuned: SelectedAlgorithms,
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
        Self { adapter, tuned: SelectedAlgorithms::new(), strict: cfg!(debug_assertions) }
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
        let fits = |algorithm: &Algorithm| self.fits(*algorithm, op, inputs, output);
        let predicted = op.algorithms(inputs, output, self.adapter).into_iter().find(fits).unwrap_or_default();
        let tuned = self.class(op, inputs, output).and_then(|class| self.tuned.get(&class).copied());
        let Some(tuned) = tuned else { return self.lower_by(predicted, op, inputs, output, epilogue) };
        match self.lower_by(tuned, op, inputs, output, epilogue) {
            Err(error) if !self.strict => {
                warn(&format!("{error}; using {predicted:?}"));
                self.lower_by(predicted, op, inputs, output, epilogue)
            }
            lowered => lowered,
        }
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

    /// The algorithms of a layer whose buffers the adapter can bind, the predicted fastest first; empty for operators that have a
    /// single algorithm.
    pub fn candidates(&self, op: &Op, inputs: &[Shape], output: Shape) -> Vec<Algorithm> {
        let mut algorithms = op.algorithms(inputs, output, self.adapter);
        algorithms.retain(|algorithm| self.fits(*algorithm, op, inputs, output));
        algorithms
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
        let scratch = lowered.scratch.iter().map(|values| values * 4);
        let weights =
            lowered.transformed_weights.iter().map(|transformed| transformed.len * self.adapter.weights.bytes());
        let (largest, limit) = (scratch.chain(weights).max().unwrap_or(0) as u64, self.adapter.buffer_limit);
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
