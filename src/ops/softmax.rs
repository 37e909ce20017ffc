//! Softmax over the channels of a vector: `y[n,c] = exp(x[n,c] - m) / Σ(k) exp(x[n,k] - m)`, `m = max x[n,·]`.
//! Source: PyTorch `torch.nn.Softmax(dim=1)`; the maximum is taken off so that nothing overflows.

use super::{Epilogue, KernelConfig, Operator, ParameterValues, Role, expect_vector};
use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, bindings, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

pub(super) const KERNEL: Kernel = Kernel::new(
    "softmax",
    wgsl!("softmax", "invocation_id"),
    bindings!(x => y),
    &["channels", "channel_quads", "images"],
);

/// `torch.nn.Softmax(dim=1)` on vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Softmax;

impl Operator for Softmax {
    fn kind(&self) -> &'static str {
        "Softmax"
    }

    fn role(&self) -> Role {
        Role::Softmax
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_vector(node, inputs[0], inputs[0].c)?;
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let shape = inputs[0].shape();
        let rows = inputs[0].data().chunks_exact(shape.c.max(1));
        let data = rows.flat_map(|row| {
            let max = row.iter().copied().fold(f32::MIN, f32::max);
            let exps: Vec<f64> = row.iter().map(|x| f64::from(x - max).exp()).collect();
            let sum: f64 = exps.iter().sum();
            exps.into_iter().map(move |e| (e / sum) as f32)
        });
        HostTensor::new(shape, data.collect()).expect("as many values as the input")
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _method: KernelConfig) -> Lowered {
        let dims = [output.c, output.channel_quads(), inputs[0].n].map(|extent| extent as u32);
        Dispatch::new(&KERNEL, dims.into(), vec![Argument::Input(0), Argument::Output], output.n).into()
    }
}
