//! `shaders/conv2d.wgsl` and `conv2d_grouped.wgsl`, on all threads.

use super::matrix::weights;
use crate::cpu::call::Call;
use crate::cpu::convolution::{Convolution, Epilogue, Group, Operands, Window};
use crate::cpu::threads;

pub(super) fn plain(call: &mut Call<'_>) {
    compute(call, None);
}

pub(super) fn grouped(call: &mut Call<'_>) {
    let [inputs, outputs] = ["GROUP_INPUTS", "GROUP_OUTPUTS"].map(|name| call.constant(name));
    compute(call, Some(Group { inputs, outputs }));
}

fn compute(call: &mut Call<'_>, group: Option<Group>) {
    let pair = |names: [&str; 2]| names.map(|name| call.param(name));
    let convolution = Convolution {
        window: Window {
            input: pair(["in_height", "in_width"]),
            output: pair(["out_height", "out_width"]),
            kernel: pair(["kernel_height", "kernel_width"]),
            stride: pair(["stride_y", "stride_x"]),
            padding: pair(["padding_y", "padding_x"]),
            inputs: call.param("in_quads") * 4,
        },
        outputs: call.param("out_quads") * 4,
        group,
        epilogue: Epilogue(call.word("epilogue")),
    };
    let weights = weights(call);
    let [x, bias, affine, residual] = ["x", "bias", "affine", "residual"].map(|name| call.read(name));
    let operands = Operands { x, weights: &weights, bias, affine, residual };
    let contents = call.contents("weight");
    let y = &mut call.write("y")[..call.param("pixels") * convolution.outputs];
    threads::compute(&convolution, &operands, contents, y);
}
