//! Operators on values or channels by themselves: `shaders/add.wgsl`, `batchnorm2d.wgsl`, `relu.wgsl`, `scale.wgsl`, `silu.wgsl` and
//! their gradients.

use crate::cpu::activation::{sigmoid, silu_of};
use crate::cpu::call::Call;

/// The values of `params.quads` quads.
fn values(call: &Call<'_>) -> usize {
    call.param("quads") * 4
}

pub(super) fn add(call: &mut Call<'_>) {
    let (count, a, b) = (values(call), call.read("a"), call.read("b"));
    for ((y, a), b) in call.write("y")[..count].iter_mut().zip(a).zip(b) {
        *y = a + b;
    }
}

pub(super) fn norm(call: &mut Call<'_>) {
    let (count, channels) = (values(call), call.param("channel_quads") * 4);
    let (x, (scale, shift)) = (call.read("x"), call.read("affine").split_at(channels));
    for (y, x) in call.write("y")[..count].chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
        for (((y, x), scale), shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
            *y = x * scale + shift;
        }
    }
}

pub(super) fn norm_gradient(call: &mut Call<'_>) {
    let (count, channels) = (values(call), call.param("channel_quads") * 4);
    let (dy, scale) = (call.read("dy"), &call.read("affine")[..channels]);
    for (dx, dy) in call.write("dx")[..count].chunks_exact_mut(channels).zip(dy.chunks_exact(channels)) {
        for ((dx, dy), scale) in dx.iter_mut().zip(dy).zip(scale) {
            *dx = dy * scale;
        }
    }
}

pub(super) fn relu(call: &mut Call<'_>) {
    let (count, x) = (values(call), call.read("x"));
    for (y, x) in call.write("y")[..count].iter_mut().zip(x) {
        *y = x.max(0.0);
    }
}

pub(super) fn relu_gradient(call: &mut Call<'_>) {
    let (count, dy, y) = (values(call), call.read("dy"), call.read("y"));
    for ((dx, dy), y) in call.write("dx")[..count].iter_mut().zip(dy).zip(y) {
        *dx = if *y > 0.0 { *dy } else { 0.0 };
    }
}

pub(super) fn silu(call: &mut Call<'_>) {
    let (count, x) = (values(call), call.read("x"));
    for (y, x) in call.write("y")[..count].iter_mut().zip(x) {
        *y = silu_of(*x);
    }
}

pub(super) fn silu_gradient(call: &mut Call<'_>) {
    let (count, dy, x) = (values(call), call.read("dy"), call.read("x"));
    for ((dx, dy), x) in call.write("dx")[..count].iter_mut().zip(dy).zip(x) {
        let s = sigmoid(*x);
        *dx = dy * s * (1.0 + x * (1.0 - s));
    }
}

pub(super) fn scale(call: &mut Call<'_>) {
    let (count, channels) = (values(call), call.param("channel_quads") * 4);
    let (channel, factor, x) = (call.word("channel"), call.float("factor_bits"), call.read("x"));
    let is_scaled = |at: usize| channel == u32::MAX || (at % channels) as u32 == channel;
    for (at, (y, x)) in call.write("y")[..count].iter_mut().zip(x).enumerate() {
        *y = if is_scaled(at) { x * factor } else { *x };
    }
}
