//! Blur pooling and its gradient: `shaders/blurpool2d.wgsl`, `blurpool2d_gradient.wgsl`. Source: Zhang 2019, section 3.2.

use std::ops::Range;

use super::pool::{Map, add_to, for_pixels};
use crate::cpu::call::Call;

/// The weight of the value at `place` in the output at `output`; the filter (1, 2, 1) / 4 is reflected at the border.
fn weight(output: usize, place: usize, length: usize) -> f32 {
    let last = length as isize - 1;
    let at = |tap: isize| {
        let inside = (2 * output as isize + tap - 1).abs();
        if inside > last { 2 * last - inside } else { inside }
    };
    let taps = [(0, 0.25), (1, 0.5), (2, 0.25)].into_iter();
    taps.filter(|(tap, _)| at(*tap) == place as isize).map(|(_, weight)| weight).sum()
}

/// The sizes of the two maps and the number of channels with padding.
fn sizes(call: &Call<'_>) -> [usize; 5] {
    let [in_height, in_width, out_height, out_width, quads] =
        ["in_height", "in_width", "out_height", "out_width", "channel_quads"].map(|name| call.param(name));
    [in_height, in_width, out_height, out_width, quads * 4]
}

pub(super) fn pool(call: &mut Call<'_>) {
    let [in_height, in_width, out_height, out_width, channels] = sizes(call);
    let count = call.param("quads") * 4;
    let x = Map { values: call.read("x"), height: in_height, width: in_width, channels };
    let under =
        |output: usize, length: usize| -> Range<usize> { (2 * output).saturating_sub(1)..(2 * output + 2).min(length) };
    for_pixels(&mut call.write("y")[..count], [out_height, out_width, channels], |image, row, column, y| {
        y.fill(0.0);
        for iy in under(row, in_height) {
            for ix in under(column, in_width) {
                let factor = weight(row, iy, in_height) * weight(column, ix, in_width);
                add_to(y, x.pixel(image, iy, ix), factor);
            }
        }
    });
}

pub(super) fn gradient(call: &mut Call<'_>) {
    let [in_height, in_width, out_height, out_width, channels] = sizes(call);
    let count = call.param("quads") * 4;
    let dy = Map { values: call.read("dy"), height: out_height, width: out_width, channels };
    let over = |place: usize, outputs: usize| -> Range<usize> {
        place.saturating_sub(1) / 2..(place.div_ceil(2) + 1).min(outputs)
    };
    for_pixels(&mut call.write("dx")[..count], [in_height, in_width, channels], |image, row, column, dx| {
        dx.fill(0.0);
        for y in over(row, out_height) {
            for x in over(column, out_width) {
                let factor = weight(y, row, in_height) * weight(x, column, in_width);
                add_to(dx, dy.pixel(image, y, x), factor);
            }
        }
    });
}
