//! The gradient of a channel gate with respect to the gate: `dg[n,c] = s · (1 - s) · Σ(p) dy[n,p,c] · x[n,p,c]` with
//! `s = sigmoid(g[n,c])`. With respect to x it is another gate: `dx = dy · s`. Source: the product rule; PyTorch `sigmoid_backward`.

use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::channel_gate::{expect_gate, sigmoid};
use crate::ops::{
    Epilogue, Footprint, GlobalAvgPool2d, KernelConfig, Op, Operator, ParameterValues, Role, expect_same_shape,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { pixels, channel_quads, quads });

static KERNEL: Kernel = Kernel::new(
    "channel_gate_gradient",
    wgsl!("channel_gate_gradient", "invocation_id"),
    bindings!(dy, x, gate => dg),
    Params::FIELDS,
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of [`crate::ops::ChannelGate`] with respect to the gate, from that of its output, the map and the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelGateGradient;

impl Operator for ChannelGateGradient {
    fn kind(&self) -> &'static str {
        "ChannelGateGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn arity(&self) -> usize {
        3
    }

    fn sample_operand(&self, index: usize) -> Option<Op> {
        (index == 2).then(|| GlobalAvgPool2d.into())
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_gate(node, expect_same_shape(node, inputs)?, inputs[2])?;
        Ok(inputs[2])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let [dy, x, gate] = [inputs[0], inputs[1], inputs[2]];
        let Shape { h, w, .. } = x.shape();
        HostTensor::from_fn(gate.shape(), |n, c, _, _| {
            let product = |at: usize| f64::from(dy.at(n, c, at / w, at % w)) * f64::from(x.at(n, c, at / w, at % w));
            let s = sigmoid(gate.at(n, c, 0, 0));
            ((0..h * w).map(product).sum::<f64>() * s * (1.0 - s)) as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            pixels: inputs[0].h * inputs[0].w,
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        let arguments = [
            ("dy", Argument::Input(0)),
            ("x", Argument::Input(1)),
            ("gate", Argument::Input(2)),
            ("dg", Argument::Output),
        ];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
