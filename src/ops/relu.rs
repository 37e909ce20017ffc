//! Rectified linear unit: `y = max(x, 0)`. Source: PyTorch `torch.nn.ReLU`.

use super::{
    Activation, Epilogue, EpiloguePart, KernelConfig, Operator, ParameterValues, Role, elementwise, elementwise_kernel,
};
use crate::error::Result;
use crate::kernel::{Argument, Kernel, Lowered, bindings, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel =
    elementwise_kernel("relu", wgsl!("relu", "invocation_id", "elementwise_params", "activation"), bindings!(x => y));
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// `torch.nn.ReLU`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relu;

impl Operator for Relu {
    fn kind(&self) -> &'static str {
        "ReLU"
    }

    fn role(&self) -> Role {
        Role::Activation
    }

    fn epilogue_part(&self) -> Option<EpiloguePart> {
        Some(EpiloguePart::Activation(Activation::Relu))
    }

    fn output_shape(&self, _node: &str, inputs: &[Shape]) -> Result<Shape> {
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| inputs[0].at(n, c, y, x).max(0.0))
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        Ok(elementwise(&KERNEL, output, &[("x", Argument::Input(0)), ("y", Argument::Output)]))
    }
}
