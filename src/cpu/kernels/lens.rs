//! Maps and sums of the lens: `shaders/channel.wgsl`, `class_map.wgsl`, `grad_cam.wgsl`, `residual_sums.wgsl`.

use super::matrix::dot;
use crate::cpu::call::Call;

pub(super) fn channel(call: &mut Call<'_>) {
    let [pixels, stride, channel] = ["pixels", "stride", "channel"].map(|name| call.param(name));
    let x = call.read("x");
    for (y, x) in call.write("y")[..pixels].iter_mut().zip(x.chunks_exact(stride)) {
        *y = x[channel];
    }
}

pub(super) fn class_map(call: &mut Call<'_>) {
    let (pixels, channels) = (call.param("pixels"), call.param("channel_quads") * 4);
    let (x, weight) = (call.read("x"), &call.read("weight")[call.param("class_index") * channels..][..channels]);
    for (y, x) in call.write("y").chunks_exact_mut(4).zip(x.chunks_exact(channels)).take(pixels) {
        y.copy_from_slice(&[dot(weight, x), 0.0, 0.0, 0.0]);
    }
}

pub(super) fn grad_cam(call: &mut Call<'_>) {
    let [image_pixels, pixels] = ["image_pixels", "pixels"].map(|name| call.param(name));
    let channels = call.param("channel_quads") * 4;
    let (x, weight) = (call.read("x").chunks_exact(channels), call.read("weight"));
    for (pixel, (y, x)) in call.write("y").chunks_exact_mut(4).zip(x).take(pixels).enumerate() {
        let weight = &weight[pixel / image_pixels * channels..][..channels];
        y.copy_from_slice(&[dot(weight, x).max(0.0), 0.0, 0.0, 0.0]);
    }
}

/// The sums of all workgroups are in the first part; the others are zero.
pub(super) fn residual_sums(call: &mut Call<'_>) {
    let count = call.param("quads") * 4;
    let [branch, shortcut] = ["branch", "shortcut"].map(|name| &call.read(name)[..count]);
    let sum = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let parts = call.write("parts");
    parts.fill(0.0);
    let sums = [sum(branch, branch), sum(shortcut, shortcut), sum(branch, shortcut)];
    for (part, sum) in parts.iter_mut().zip(sums) {
        *part = sum as f32;
    }
}
