//! Pooling and its gradients: `shaders/avgpool.wgsl`, `avgpool2d.wgsl`, `maxpool2d.wgsl`, `avgpool_gradient.wgsl`,
//! `maxpool2d_gradient.wgsl`.

use std::ops::Range;

use crate::cpu::call::Call;

/// An NHWC tensor: the values of one pixel by image, row and column.
#[derive(Clone, Copy)]
pub(super) struct Map<'a> {
    pub values: &'a [f32],
    pub height: usize,
    pub width: usize,
    /// With padding.
    pub channels: usize,
}

impl<'a> Map<'a> {
    pub fn pixel(&self, image: usize, row: usize, column: usize) -> &'a [f32] {
        let first = ((image * self.height + row) * self.width + column) * self.channels;
        &self.values[first..first + self.channels]
    }
}

/// Calls `pixel(image, row, column, values)` for every pixel of a map of this size.
pub(super) fn for_pixels(
    values: &mut [f32],
    [height, width, channels]: [usize; 3],
    mut pixel: impl FnMut(usize, usize, usize, &mut [f32]),
) {
    for (at, values) in values.chunks_exact_mut(channels).enumerate() {
        let (line, column) = (at / width, at % width);
        pixel(line / height, line % height, column, values);
    }
}

/// `sum += values * factor`.
pub(super) fn add_to(sum: &mut [f32], values: &[f32], factor: f32) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value * factor;
    }
}

pub(super) fn average(call: &mut Call<'_>) {
    let (pixels, channels, count) = (call.param("pixels"), call.param("channel_quads") * 4, call.param("quads") * 4);
    let x = call.read("x");
    let images = call.write("y")[..count].chunks_exact_mut(channels);
    for (sum, x) in images.zip(x.chunks_exact(pixels * channels)) {
        sum.fill(0.0);
        x.chunks_exact(channels).for_each(|pixel| add_to(sum, pixel, 1.0));
        sum.iter_mut().for_each(|sum| *sum /= pixels as f32);
    }
}

pub(super) fn average_window(call: &mut Call<'_>) {
    let [in_height, in_width, side] = ["in_height", "in_width", "side"].map(|name| call.param(name));
    let [height, width, quads] = ["out_height", "out_width", "channel_quads"].map(|name| call.param(name));
    let count = call.param("quads") * 4;
    let x = Map { values: call.read("x"), height: in_height, width: in_width, channels: quads * 4 };
    for_pixels(&mut call.write("y")[..count], [height, width, quads * 4], |image, row, column, y| {
        let rows = row * side..((row + 1) * side).min(in_height);
        let columns = column * side..((column + 1) * side).min(in_width);
        y.fill(0.0);
        for iy in rows.clone() {
            for ix in columns.clone() {
                add_to(y, x.pixel(image, iy, ix), 1.0);
            }
        }
        let values = (rows.len() * columns.len()) as f32;
        y.iter_mut().for_each(|y| *y /= values);
    });
}

pub(super) fn average_gradient(call: &mut Call<'_>) {
    let [height, width, quads] = ["height", "width", "channel_quads"].map(|name| call.param(name));
    let [pooled_height, pooled_width] = ["pooled_height", "pooled_width"].map(|name| call.param(name));
    let [window_height, window_width] = ["window_height", "window_width"].map(|name| call.param(name));
    let count = call.param("quads") * 4;
    let dy = Map { values: call.read("dy"), height: pooled_height, width: pooled_width, channels: quads * 4 };
    for_pixels(&mut call.write("dx")[..count], [height, width, quads * 4], |image, row, column, dx| {
        let [y, x] = [row / window_height, column / window_width];
        let rows = window_height.min(height - y * window_height);
        let columns = window_width.min(width - x * window_width);
        for (dx, dy) in dx.iter_mut().zip(dy.pixel(image, y, x)) {
            *dx = dy / (rows * columns) as f32;
        }
    });
}

/// The window of max pooling along one axis.
#[derive(Clone, Copy)]
struct Axis {
    kernel: usize,
    stride: usize,
    padding: usize,
    /// Positions of the input and of the output.
    input: usize,
    output: usize,
}

impl Axis {
    /// The positions of the input under output `at`, without padding.
    fn under(self, at: usize) -> Range<usize> {
        let first = (at * self.stride).saturating_sub(self.padding);
        first..(at * self.stride + self.kernel).saturating_sub(self.padding).min(self.input)
    }

    /// The outputs whose window contains input `at`.
    fn over(self, at: usize) -> Range<usize> {
        let padded = at + self.padding;
        let first = if padded < self.kernel { 0 } else { (padded - self.kernel) / self.stride + 1 };
        first..(padded / self.stride + 1).min(self.output)
    }
}

/// The window's rows and columns, and the number of channels with padding.
fn window(call: &Call<'_>) -> ([Axis; 2], usize) {
    let axis = |length: &str, letter: &str| Axis {
        kernel: call.param(&format!("kernel_{length}")),
        stride: call.param(&format!("stride_{letter}")),
        padding: call.param(&format!("padding_{letter}")),
        input: call.param(&format!("in_{length}")),
        output: call.param(&format!("out_{length}")),
    };
    ([axis("height", "y"), axis("width", "x")], call.param("channel_quads") * 4)
}

pub(super) fn maximum(call: &mut Call<'_>) {
    let ([vertical, horizontal], channels) = window(call);
    let count = call.param("quads") * 4;
    let x = Map { values: call.read("x"), height: vertical.input, width: horizontal.input, channels };
    for_pixels(
        &mut call.write("y")[..count],
        [vertical.output, horizontal.output, channels],
        |image, row, column, y| {
            y.fill(f32::MIN);
            for iy in vertical.under(row) {
                for ix in horizontal.under(column) {
                    for (y, x) in y.iter_mut().zip(x.pixel(image, iy, ix)) {
                        *y = y.max(*x);
                    }
                }
            }
        },
    );
}

/// The first of equal values gets the whole gradient, as in PyTorch.
pub(super) fn maximum_gradient(call: &mut Call<'_>) {
    let ([vertical, horizontal], channels) = window(call);
    let count = call.param("quads") * 4;
    let map = |name: &str, [height, width]: [usize; 2]| Map { values: call.read(name), height, width, channels };
    let x = map("x", [vertical.input, horizontal.input]);
    let [y, dy] = ["y", "dy"].map(|name| map(name, [vertical.output, horizontal.output]));
    for_pixels(
        &mut call.write("dx")[..count],
        [vertical.input, horizontal.input, channels],
        |image, row, column, dx| {
            let here = x.pixel(image, row, column);
            dx.fill(0.0);
            for window_row in vertical.over(row) {
                for window_column in horizontal.over(column) {
                    let [most, dy] = [y, dy].map(|map| map.pixel(image, window_row, window_column));
                    let is_first = |channel: usize| {
                        let earlier = vertical.under(window_row).take_while(|iy| *iy <= row).flat_map(|iy| {
                            let columns = horizontal.under(window_column);
                            let end = if iy == row { column } else { columns.end };
                            (columns.start..end).map(move |ix| (iy, ix))
                        });
                        earlier.into_iter().all(|(iy, ix)| x.pixel(image, iy, ix)[channel] != most[channel])
                    };
                    for channel in 0..channels {
                        if here[channel] == most[channel] && is_first(channel) {
                            dx[channel] += dy[channel];
                        }
                    }
                }
            }
        },
    );
}
