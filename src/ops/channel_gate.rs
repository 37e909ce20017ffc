//! Multiplication of every channel by a gate: `y[n,c] = x[n,c] · sigmoid(g[n,c])`, the last step of squeeze-and-excitation.
//! Source: Hu, Shen & Sun 2017 (arXiv 1709.01507), equation 4; timm `SEModule`.

use super::{Epilogue, GlobalAvgPool2d, KernelConfig, Op, Operator, ParameterValues, Role};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { pixels, channel_quads, quads });

static KERNEL: Kernel =
    Kernel::new("channel_gate", wgsl!("channel_gate", "invocation_id"), bindings!(x, gate => y), Params::FIELDS);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The first input times the sigmoid of the second one, which has one value per channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelGate;

/// The shape rule of operators on a map and one value for each of its channels.
pub(in crate::ops) fn expect_gate(node: &str, map: Shape, gate: Shape) -> Result<()> {
    let expected = Shape { h: 1, w: 1, ..map };
    if gate != expected {
        return Err(Error::shape(node, format!("a gate of shape {expected}"), gate));
    }
    Ok(())
}

/// The logistic function.
pub(in crate::ops) fn sigmoid(x: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(x)).exp())
}

impl Operator for ChannelGate {
    fn kind(&self) -> &'static str {
        "ChannelGate"
    }

    fn role(&self) -> Role {
        Role::Scale
    }

    fn arity(&self) -> usize {
        2
    }

    fn sample_operand(&self, index: usize) -> Option<Op> {
        (index == 1).then(|| GlobalAvgPool2d.into())
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_gate(node, inputs[0], inputs[1])?;
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| {
            (f64::from(inputs[0].at(n, c, y, x)) * sigmoid(inputs[1].at(n, c, 0, 0))) as f32
        })
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            pixels: output.h * output.w,
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        let arguments = [("x", Argument::Input(0)), ("gate", Argument::Input(1)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
