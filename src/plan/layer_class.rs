//! Classes of layers: layers of one class have the same candidate algorithms and the same running time.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::ops::{AdapterProfile, ComputeType, Op, WeightFormat, Window};
use crate::shape::Shape;

/// All properties that decide which algorithms a layer has and how fast they are on one adapter. Key of measured times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LayerClass {
    /// PyTorch's class of the operator, as in `Conv2d`.
    pub operator: String,
    /// The sliding window, for operators that have one.
    pub window: Option<Window>,
    /// Shape of the input.
    pub input: Shape,
    /// Shape of the output.
    pub output: Shape,
    /// Dimensions of each parameter in PyTorch's order. They distinguish grouped convolutions and layers with a bias.
    pub parameters: Vec<Vec<usize>>,
    /// Storage format of the weights.
    pub weights: WeightFormat,
    /// The narrowest type in which the adapter multiplies.
    pub compute: ComputeType,
    /// Side of the adapter's cooperative matrices, if it has them for these weights.
    pub matrix_side: Option<usize>,
    /// Whether the adapter has subgroups.
    #[serde(default)]
    pub subgroups: bool,
}

impl LayerClass {
    /// The class of a layer on an adapter; `None` for operators that have a single algorithm.
    pub(super) fn of(op: &Op, inputs: &[Shape], output: Shape, adapter: AdapterProfile) -> Option<Self> {
        let has_several = !op.algorithms(inputs, output, adapter).is_empty();
        has_several.then(|| Self::describing(op, inputs[0], output, adapter))
    }

    /// The class of an operator's [`Op::sample`], under which results of the kernel check are kept. It has no output if the sample
    /// violates the shape rule.
    pub fn of_sample(op: &Op, input: Shape, adapter: AdapterProfile) -> Self {
        let (op, input) = op.sample(input);
        let operand = |index: usize| match op.sample_operand(index) {
            Some(operand) => operand.output_shape("sample", &[input]),
            None => Ok(input),
        };
        let inputs = (0..op.arity()).map(operand).collect::<Result<Vec<Shape>>>();
        let output = inputs.and_then(|inputs| op.output_shape("sample", &inputs)).unwrap_or(Shape::new(0, 0, 0, 0));
        Self::describing(&op, input, output, adapter)
    }

    fn describing(op: &Op, input: Shape, output: Shape, adapter: AdapterProfile) -> Self {
        Self {
            operator: op.kind().to_owned(),
            window: op.window(),
            input,
            output,
            parameters: op.parameters().into_iter().map(|spec| spec.dims).collect(),
            weights: adapter.weights,
            compute: adapter.narrowest(),
            matrix_side: adapter.cooperative(),
            subgroups: adapter.subgroups,
        }
    }
}
