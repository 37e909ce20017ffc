//! The gradient of SiLU: `dx = dy · s · (1 + x · (1 - s))` with `s = sigmoid(x)`. Source: PyTorch `silu_backward`.

use crate::error::Result;
use crate::kernel::{Argument, Kernel, Lowered, bindings, wgsl};
use crate::ops::{
    Epilogue, KernelConfig, Operator, ParameterValues, Role, elementwise, elementwise_kernel, expect_same_shape,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel = elementwise_kernel(
    "silu_gradient",
    wgsl!("silu_gradient", "invocation_id", "elementwise_params"),
    bindings!(dy, x => dx),
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of [`crate::ops::Silu`] from that of its output and the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiluGradient;

impl Operator for SiluGradient {
    fn kind(&self) -> &'static str {
        "SiLUGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn arity(&self) -> usize {
        2
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_same_shape(node, inputs)
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, row, column| {
            let [dy, x] = [0, 1].map(|input: usize| f64::from(inputs[input].at(n, c, row, column)));
            let sigmoid = 1.0 / (1.0 + (-x).exp());
            (dy * sigmoid * (1.0 + x * (1.0 - sigmoid))) as f32
        })
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let arguments = [("dy", Argument::Input(0)), ("x", Argument::Input(1)), ("dx", Argument::Output)];
        Ok(elementwise(&KERNEL, output, &arguments))
    }
}
