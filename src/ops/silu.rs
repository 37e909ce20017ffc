//! Sigmoid linear unit: `y = x · sigmoid(x) = x / (1 + exp(-x))`.
//! Source: Elfwing, Uchibe & Doya 2017; PyTorch `torch.nn.SiLU`.

use super::{
    Activation, Epilogue, EpiloguePart, KernelConfig, Operator, ParameterValues, Role, elementwise, elementwise_kernel,
};
use crate::error::Result;
use crate::kernel::{Argument, Kernel, Lowered, bindings, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel =
    elementwise_kernel("silu", wgsl!("silu", "invocation_id", "elementwise_params", "activation"), bindings!(x => y));
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// `torch.nn.SiLU`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silu;

impl Operator for Silu {
    fn kind(&self) -> &'static str {
        "SiLU"
    }

    fn role(&self) -> Role {
        Role::Activation
    }

    fn epilogue_part(&self) -> Option<EpiloguePart> {
        Some(EpiloguePart::Activation(Activation::Silu))
    }

    fn output_shape(&self, _node: &str, inputs: &[Shape]) -> Result<Shape> {
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| {
            let x = f64::from(inputs[0].at(n, c, y, x));
            (x / (1.0 + (-x).exp())) as f32
        })
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        Ok(elementwise(&KERNEL, output, &[("x", Argument::Input(0)), ("y", Argument::Output)]))
    }
}
