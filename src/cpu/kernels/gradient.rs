//! What gradients are made of: `shaders/conv2d_turn.wgsl`, `conv2d_phases.wgsl`, `interleave.wgsl`, `spread.wgsl`, `one_hot.wgsl`.

use super::matrix::weights;
use super::pool::{Map, for_pixels};
use crate::cpu::call::Call;

pub(super) fn turn(call: &mut Call<'_>) {
    let [taps, group_inputs, group_outputs] = ["taps", "group_inputs", "group_outputs"].map(|name| call.param(name));
    let in_channels = call.param("in_channels");
    let [in_row, out_row, count] = ["in_quads", "out_quads", "quads"].map(|name| call.param(name) * 4);
    let weights = weights(call);
    let [inputs, rows] = [group_inputs, group_outputs].map(|channels| channels.next_multiple_of(4));
    for (at, turned) in call.write("turned")[..count].chunks_exact_mut(in_row).enumerate() {
        turned.fill(0.0);
        let (output, tap) = (at % rows, taps - 1 - at / rows);
        if output >= group_outputs {
            continue;
        }
        for (i, turned) in turned[..in_channels].iter_mut().enumerate() {
            let group = i / group_inputs;
            let row = tap * inputs + i - group * group_inputs;
            *turned = weights[row * out_row + group * group_outputs + output];
        }
    }
}

/// One axis of a strided convolution whose gradient is computed by phases.
struct Phases {
    kernel: usize,
    stride: usize,
    padding: usize,
    first: isize,
}

impl Phases {
    fn new(call: &Call<'_>, length: &str, letter: &str) -> Self {
        Self {
            kernel: call.param(&format!("kernel_{length}")),
            stride: call.param(&format!("stride_{letter}")),
            padding: call.param(&format!("padding_{letter}")),
            first: call.signed(&format!("first_{letter}")),
        }
    }

    /// The tap of the forward operator at `place` of a phase.
    fn tap(&self, phase: usize, place: usize) -> Option<usize> {
        let [whole, rest] = [(phase + self.padding) / self.stride, (phase + self.padding) % self.stride];
        let t = usize::try_from(whole as isize - self.first - place as isize).ok()?;
        Some(rest + self.stride * t).filter(|tap| *tap < self.kernel)
    }
}

pub(super) fn phases(call: &mut Call<'_>) {
    let [vertical, horizontal] =
        [("height", "y"), ("width", "x")].map(|(length, letter)| Phases::new(call, length, letter));
    let [columns, inputs, outputs] = ["columns", "inputs", "outputs"].map(|name| call.param(name));
    let count = call.param("quads") * 4;
    let weights = weights(call);
    let [in_row, out_row] = [inputs, outputs].map(|channels| channels.next_multiple_of(4));
    let phases = vertical.stride * horizontal.stride;
    for (at, turned) in call.write("turned")[..count].chunks_exact_mut(in_row).enumerate() {
        turned.fill(0.0);
        let (phase, output, place) = (at % phases, at / phases % out_row, at / phases / out_row);
        let tap_y = vertical.tap(phase / horizontal.stride, place / columns);
        let tap_x = horizontal.tap(phase % horizontal.stride, place % columns);
        let Some((tap_y, tap_x)) = tap_y.zip(tap_x).filter(|_| output < outputs) else { continue };
        let tap = tap_y * horizontal.kernel + tap_x;
        for (i, turned) in turned[..inputs].iter_mut().enumerate() {
            *turned = weights[(tap * in_row + i) * out_row + output];
        }
    }
}

pub(super) fn interleave(call: &mut Call<'_>) {
    let pair = |call: &Call<'_>, name: &str| [format!("{name}_y"), format!("{name}_x")].map(|name| call.param(&name));
    let (stride, shift) = (pair(call, "stride"), pair(call, "shift"));
    let [height, width, in_height, in_width] =
        ["out_height", "out_width", "in_height", "in_width"].map(|name| call.param(name));
    let (channels, count) = (call.param("channel_quads") * 4, call.param("quads") * 4);
    let phases = stride[0] * stride[1];
    let x = Map { values: call.read("x"), height: in_height, width: in_width, channels: phases * channels };
    for_pixels(&mut call.write("y")[..count], [height, width, channels], |image, row, column, y| {
        let phase = row % stride[0] * stride[1] + column % stride[1];
        let pixel = x.pixel(image, shift[0] + row / stride[0], shift[1] + column / stride[1]);
        y.copy_from_slice(&pixel[phase * channels..][..channels]);
    });
}

pub(super) fn spread(call: &mut Call<'_>) {
    let [in_height, in_width, height, width] =
        ["in_height", "in_width", "out_height", "out_width"].map(|name| call.param(name));
    let [stride_y, stride_x] = ["stride_y", "stride_x"].map(|name| call.param(name));
    let [before_y, before_x] = ["before_y", "before_x"].map(|name| call.signed(name));
    let (channels, count) = (call.param("channel_quads") * 4, call.param("quads") * 4);
    let x = Map { values: call.read("x"), height: in_height, width: in_width, channels };
    let from = |at: usize, before: isize, stride: usize, length: usize| {
        let from = usize::try_from(at as isize - before).ok().filter(|from| from.is_multiple_of(stride))?;
        Some(from / stride).filter(|from| *from < length)
    };
    for_pixels(&mut call.write("y")[..count], [height, width, channels], |image, row, column, y| {
        match from(row, before_y, stride_y, in_height).zip(from(column, before_x, stride_x, in_width)) {
            Some((row, column)) => y.copy_from_slice(x.pixel(image, row, column)),
            None => y.fill(0.0),
        }
    });
}

pub(super) fn one_hot(call: &mut Call<'_>) {
    let [channels, quads, pixels, count] =
        ["channels", "channel_quads", "pixels", "quads"].map(|name| call.param(name));
    let [channel, pixel] = ["channel", "pixel"].map(|name| call.word(name));
    let x = call.read("x");
    let length = quads * 4;
    for (at, dx) in call.write("dx")[..count * 4].chunks_exact_mut(length).enumerate() {
        dx.fill(0.0);
        if pixel != u32::MAX && at % pixels != pixel as usize {
            continue;
        }
        let channel = if channel == u32::MAX { largest(&x[at * length..][..channels]) } else { channel as usize };
        dx[channel] = 1.0;
    }
}

/// The index of the largest value; of equal ones the first.
fn largest(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |most, at| if values[at] > values[most] { at } else { most })
}
