//! Option A shortcuts and their gradient: `shaders/zero_pad_shortcut.wgsl`, `zero_pad_shortcut_gradient.wgsl`.
//! Source: He et al. 2015, section 3.3.

use super::pool::{Map, for_pixels};
use crate::cpu::call::Call;

/// The sizes of input and output, and how the output is cut from the input.
struct Shortcut {
    input: [usize; 3],
    output: [usize; 3],
    in_channels: usize,
    stride: usize,
    before: usize,
    count: usize,
}

impl Shortcut {
    fn new(call: &Call<'_>) -> Self {
        let size = |names: [&str; 3]| {
            let [height, width, quads] = names.map(|name| call.param(name));
            [height, width, quads * 4]
        };
        Self {
            input: size(["in_height", "in_width", "in_quads"]),
            output: size(["out_height", "out_width", "out_quads"]),
            in_channels: call.param("in_channels"),
            stride: call.param("stride"),
            before: call.param("before"),
            count: call.param("quads") * 4,
        }
    }
}

pub(super) fn zero_pad(call: &mut Call<'_>) {
    let Shortcut { input: [height, width, channels], output, in_channels, stride, before, count } = Shortcut::new(call);
    let x = Map { values: call.read("x"), height, width, channels };
    for_pixels(&mut call.write("y")[..count], output, |image, row, column, y| {
        y.fill(0.0);
        y[before..before + in_channels].copy_from_slice(&x.pixel(image, row * stride, column * stride)[..in_channels]);
    });
}

pub(super) fn zero_pad_gradient(call: &mut Call<'_>) {
    let Shortcut { input, output: [height, width, channels], in_channels, stride, before, count } = Shortcut::new(call);
    let dy = Map { values: call.read("dy"), height, width, channels };
    for_pixels(&mut call.write("dx")[..count], input, |image, row, column, dx| {
        dx.fill(0.0);
        if row.is_multiple_of(stride) && column.is_multiple_of(stride) {
            let dy = dy.pixel(image, row / stride, column / stride);
            dx[..in_channels].copy_from_slice(&dy[before..before + in_channels]);
        }
    });
}
