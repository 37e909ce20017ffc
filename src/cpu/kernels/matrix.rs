//! Fully connected layers and softmax: `shaders/linear.wgsl`, `linear_gradient.wgsl`, `softmax.wgsl`,
//! `softmax_gradient.wgsl`.

use std::borrow::Cow;

use half::f16;
use half::slice::HalfFloatSliceExt;

use crate::cpu::call::Call;
use crate::cpu::matrix::{Rows, multiply};

/// The weights in `f32`.
pub(super) fn weights<'a>(call: &Call<'a>) -> Cow<'a, [f32]> {
    if !call.has_f16_weights() {
        return Cow::Borrowed(call.read("weight"));
    }
    let packed: &[f16] = bytemuck::cast_slice(call.words("weight"));
    Cow::Owned(packed.to_f32_vec())
}

pub(super) fn linear(call: &mut Call<'_>) {
    let [inputs, outputs, count] = ["in_quads", "out_quads", "quads"].map(|name| call.param(name) * 4);
    let (weights, bias, x) = (weights(call), call.read("bias"), call.read("x"));
    let y = &mut call.write("y")[..count];
    let (a, b) = (Rows { values: x, row_stride: inputs }, Rows { values: &weights, row_stride: outputs });
    multiply(y, outputs, [count / outputs, outputs, inputs], a, b);
    for y in y.chunks_exact_mut(outputs) {
        for (y, bias) in y.iter_mut().zip(bias) {
            *y += bias;
        }
    }
}

pub(super) fn linear_gradient(call: &mut Call<'_>) {
    let [inputs, outputs, count] = ["in_quads", "out_quads", "quads"].map(|name| call.param(name) * 4);
    let (weights, dy) = (weights(call), call.read("dy"));
    for (dx, dy) in call.write("dx")[..count].chunks_exact_mut(inputs).zip(dy.chunks_exact(outputs)) {
        for (dx, row) in dx.iter_mut().zip(weights.chunks_exact(outputs)) {
            *dx = dot(row, dy);
        }
    }
}

/// Σ a · b, in eight sums so that they can be computed side by side.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

pub(super) fn softmax(call: &mut Call<'_>) {
    let [channels, quads, images] = ["channels", "channel_quads", "images"].map(|name| call.param(name));
    let x = call.read("x");
    for (y, x) in call.write("y").chunks_exact_mut(quads * 4).zip(x.chunks_exact(quads * 4)).take(images) {
        let most = x[..channels].iter().copied().fold(x[0], f32::max);
        y.fill(0.0);
        for (y, x) in y.iter_mut().zip(&x[..channels]) {
            *y = (x - most).exp();
        }
        let sum: f32 = y.iter().sum();
        y.iter_mut().for_each(|y| *y /= sum);
    }
}

pub(super) fn softmax_gradient(call: &mut Call<'_>) {
    let [quads, images] = ["channel_quads", "images"].map(|name| call.param(name));
    let (dy, y) = (call.read("dy").chunks_exact(quads * 4), call.read("y").chunks_exact(quads * 4));
    for ((dx, dy), y) in call.write("dx").chunks_exact_mut(quads * 4).zip(dy).zip(y).take(images) {
        let sum = dot(dy, y);
        for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
            *dx = y * (dy - sum);
        }
    }
}
