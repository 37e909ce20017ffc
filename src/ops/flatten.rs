//! Flattens a 1x1 map to a vector: the same storage and dimensions. Source: PyTorch `torch.flatten(x, 1)`.

use super::{Epilogue, Footprint, KernelConfig, Operator, ParameterValues, Role, expect_vector};
use crate::error::Result;
use crate::kernel::{Kernel, Lowered};
use crate::shape::Shape;
use crate::tensor::HostTensor;

pub(super) static KERNELS: &[&Kernel] = &[];

/// `torch.flatten(x, 1)` after global pooling. Larger maps are an error: NHWC storage is not in the order of PyTorch's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flatten;

impl Operator for Flatten {
    fn kind(&self) -> &'static str {
        "Flatten"
    }

    fn role(&self) -> Role {
        Role::Reshape
    }

    fn is_view(&self) -> bool {
        true
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_vector(node, inputs[0], inputs[0].c)?;
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        inputs[0].clone()
    }

    fn lower(&self, _inputs: &[Shape], _output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        Ok(Lowered::default())
    }
}
