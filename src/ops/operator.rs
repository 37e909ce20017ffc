//! What the planner, the loader, the lens and the tests need to know about an operator.

use serde::Serialize;

use super::{
    AdapterProfile, Algorithm, Epilogue, EpiloguePart, KernelConfig, Packed, ParameterSpec, ParameterValues, Window,
};
use crate::error::Result;
use crate::kernel::Lowered;
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// The function of an operator in a network. Code outside of `ops` decides by role, not by the concrete operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A weighted sum over a window and the input channels.
    Convolution,
    /// A per-channel scale and shift.
    Norm,
    /// An element-wise nonlinearity.
    Activation,
    /// The element-wise sum of two tensors.
    Add,
    /// Multiplication by a constant.
    Scale,
    /// Pooling, over a window or the whole map.
    Pool,
    /// The same values under another shape.
    Reshape,
    /// A fully connected layer.
    Linear,
    /// Normalisation of a vector of logits to probabilities.
    Softmax,
    /// The gradient of another operator.
    Gradient,
}

/// The positions of the input that one position of the output depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Footprint {
    /// The same row and column.
    Pointwise,
    /// The positions under a window.
    Window(Window),
    /// All positions.
    Global,
}

/// An operator: shapes, parameters, CPU reference and the kernels that compute it.
pub trait Operator {
    /// PyTorch's class name, as in `Conv2d`.
    fn kind(&self) -> &'static str;

    /// The function in a network.
    fn role(&self) -> Role;

    /// The attributes in words, as in `3x3 stride 2 padding 1`; empty if there are none.
    fn detail(&self) -> String {
        String::new()
    }

    /// The positions of the input that one position of the output depends on.
    fn footprint(&self) -> Footprint {
        Footprint::Pointwise
    }

    /// The sliding window, for operators whose [`Operator::footprint`] is one and for the gradients of convolutions.
    fn window(&self) -> Option<Window> {
        if let Footprint::Window(window) = self.footprint() { Some(window) } else { None }
    }

    /// Whether the output shares the input's storage, so that no kernel runs.
    fn is_view(&self) -> bool {
        false
    }

    /// Whether each output channel is the mean of the input channel over all positions.
    fn is_global_average(&self) -> bool {
        false
    }

    /// The same operator with fewer channels, and the number of its input channels, for [`super::Op::sample`]; `None` if it accepts
    /// any number of channels.
    fn narrowed(&self) -> Option<(super::Op, usize)> {
        None
    }

    /// The same operator on a smaller map and the shape of its first input, for [`super::Op::sample`]; `input` is that of this
    /// operator. `None` if it accepts maps of any size.
    fn sampled(&self, _input: Shape) -> Option<(super::Op, Shape)> {
        None
    }

    /// The operator that makes an input of a sample from its first input; `None` if that can be the first input itself.
    fn sample_operand(&self, _index: usize) -> Option<super::Op> {
        None
    }

    /// The number of input tensors.
    fn arity(&self) -> usize {
        1
    }

    /// The shape of the output; `inputs` has [`Operator::arity`] entries.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] with `node`, the expected shape and the one found.
    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape>;

    /// The parameters, learned and measured.
    fn parameters(&self) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// Multiply-accumulates for an output of shape `output`; zero for operators without dot products.
    fn macs(&self, _output: Shape) -> u64 {
        0
    }

    /// The specification: nested loops in `f32` with sums in `f64`.
    ///
    /// # Panics
    /// If [`Operator::output_shape`] refuses the shapes of `inputs`, or a parameter is missing or too short. Graphs and loaded models have checked both.
    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor;

    /// The parameters in the layout of the kernel.
    fn pack(&self, _parameters: &ParameterValues) -> Vec<Packed> {
        Vec::new()
    }

    /// Scale and shift per channel, for operators that compute `y = x * scale[c] + shift[c]`.
    fn affine(&self, _parameters: &ParameterValues) -> Option<(Vec<f32>, Vec<f32>)> {
        None
    }

    /// Whether [`Operator::lower`] accepts an [`Epilogue`] with this part.
    fn absorbs(&self, _part: EpiloguePart) -> bool {
        false
    }

    /// The part of a preceding operator's epilogue that can compute this operator.
    fn epilogue_part(&self) -> Option<EpiloguePart> {
        None
    }

    /// Algorithms worth measuring on an adapter, the predicted fastest first; empty if there is only one.
    fn algorithms(&self, _inputs: &[Shape], _output: Shape, _adapter: AdapterProfile) -> Vec<Algorithm> {
        Vec::new()
    }

    /// The dispatches; none if [`Operator::is_view`]. `epilogue` has only parts that [`Operator::absorbs`].
    /// Operators without [`Operator::algorithms`] ignore `config.algorithm`.
    ///
    /// # Errors
    /// [`crate::Error::Algorithm`] when `config.algorithm` cannot compute this operator on these shapes.
    fn lower(&self, inputs: &[Shape], output: Shape, epilogue: Epilogue, config: KernelConfig) -> Result<Lowered>;
}
