//! Softmax over the channels of a vector: `y[n,c] = exp(x[n,c] - m) / Σ(k) exp(x[n,k] - m)`, `m = max x[n,·]`.
//! Source: PyTorch `torch.nn.Softmax(dim=1)`; the maximum is subtracted so that `exp` cannot overflow.

use super::{Epilogue, KernelConfig, Operator, ParameterValues, Role, expect_vector};
use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { channels, channel_quads, images });

static KERNEL: Kernel = Kernel::new("softmax", wgsl!("softmax", "invocation_id"), bindings!(x => y), Params::FIELDS);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

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

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params { channels: output.c, channel_quads: output.channel_quads(), images: output.n };
        let arguments = [("x", Argument::Input(0)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.images).into())
    }
}
