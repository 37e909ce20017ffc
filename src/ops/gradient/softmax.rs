//! The gradient of softmax: `dx[i] = y[i] · (dy[i] - Σ(j) dy[j] · y[j])`. Source: PyTorch `_softmax_backward_data`.

use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::{Epilogue, KernelConfig, Operator, ParameterValues, Role, expect_same_shape, expect_vector};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { channel_quads, images });

static KERNEL: Kernel =
    Kernel::new("softmax_gradient", wgsl!("softmax_gradient", "invocation_id"), bindings!(dy, y => dx), Params::FIELDS);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of [`crate::ops::Softmax`] from that of its output and the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoftmaxGradient;

impl Operator for SoftmaxGradient {
    fn kind(&self) -> &'static str {
        "SoftmaxGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn arity(&self) -> usize {
        2
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_vector(node, inputs[0], inputs[0].c)?;
        expect_same_shape(node, inputs)
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let [dy, y] = [inputs[0], inputs[1]];
        let shape = y.shape();
        let product = |n: usize, c: usize| f64::from(dy.at(n, c, 0, 0)) * f64::from(y.at(n, c, 0, 0));
        let means: Vec<f64> = (0..shape.n).map(|n| (0..shape.c).map(|c| product(n, c)).sum()).collect();
        HostTensor::from_fn(shape, |n, c, _, _| {
            (f64::from(y.at(n, c, 0, 0)) * (f64::from(dy.at(n, c, 0, 0)) - means[n])) as f32
        })
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params { channel_quads: output.channel_quads(), images: output.n };
        let arguments = [("dy", Argument::Input(0)), ("y", Argument::Input(1)), ("dx", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.images).into())
    }
}
