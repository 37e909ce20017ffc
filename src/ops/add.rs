//! The sum that closes a residual block: `y = F(x) + x`. Source: He et al. 2015, section 3.2; PyTorch `torch.add`.

use super::{Epilogue, EpiloguePart, KernelConfig, Operator, ParameterValues, Role, elementwise, elementwise_kernel};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Kernel, Lowered, bindings, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel =
    elementwise_kernel("add", wgsl!("add", "invocation_id", "elementwise_params"), bindings!(a, b => y));
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The sum of two tensors of the same shape, without broadcasting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Add;

impl Operator for Add {
    fn kind(&self) -> &'static str {
        "Add"
    }

    fn role(&self) -> Role {
        Role::Add
    }

    fn epilogue_part(&self) -> Option<EpiloguePart> {
        Some(EpiloguePart::Residual)
    }

    fn arity(&self) -> usize {
        2
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        if inputs[0] != inputs[1] {
            let found = format!("{} and {}", inputs[0], inputs[1]);
            return Err(Error::shape(node, "two inputs of one shape", found));
        }
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| inputs[0].at(n, c, y, x) + inputs[1].at(n, c, y, x))
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let arguments = [("a", Argument::Input(0)), ("b", Argument::Input(1)), ("y", Argument::Output)];
        Ok(elementwise(&KERNEL, output, &arguments))
    }
}
