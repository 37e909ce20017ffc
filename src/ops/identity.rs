//! The same tensor under another name: no kernel runs. Source: PyTorch `torch.nn.Identity`.

use super::{Epilogue, KernelConfig, Operator, ParameterValues, Role};
use crate::error::Result;
use crate::kernel::{Kernel, Lowered};
use crate::shape::Shape;
use crate::tensor::HostTensor;

pub(super) static KERNELS: &[&Kernel] = &[];

/// `torch.nn.Identity`: a residual addition of which one operand is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity;

impl Operator for Identity {
    fn kind(&self) -> &'static str {
        "Identity"
    }

    fn role(&self) -> Role {
        Role::Reshape
    }

    fn is_view(&self) -> bool {
        true
    }

    fn output_shape(&self, _node: &str, inputs: &[Shape]) -> Result<Shape> {
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        inputs[0].clone()
    }

    fn lower(&self, _inputs: &[Shape], _output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        Ok(Lowered::default())
    }
}
