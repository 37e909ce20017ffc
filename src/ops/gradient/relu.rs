//! The gradient of ReLU: `dx = dy where y > 0, else 0`. Source: PyTorch `threshold_backward`, which is 0 at 0 as well.

use crate::error::Result;
use crate::kernel::{Argument, Kernel, Lowered, bindings, wgsl};
use crate::ops::{
    Epilogue, KernelConfig, Operator, ParameterValues, Role, elementwise, elementwise_kernel, expect_same_shape,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel = elementwise_kernel(
    "relu_gradient",
    wgsl!("relu_gradient", "invocation_id", "elementwise_params"),
    bindings!(dy, y => dx),
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of [`crate::ops::Relu`] from that of its output and the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReluGradient;

impl Operator for ReluGradient {
    fn kind(&self) -> &'static str {
        "ReLUGradient"
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
        let [dy, y] = [inputs[0], inputs[1]];
        HostTensor::from_fn(
            y.shape(),
            |n, c, row, column| {
                if y.at(n, c, row, column) > 0.0 { dy.at(n, c, row, column) } else { 0.0 }
            },
        )
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let arguments = [("dy", Argument::Input(0)), ("y", Argument::Input(1)), ("dx", Argument::Output)];
        Ok(elementwise(&KERNEL, output, &arguments))
    }
}
