//! Convolutions: `shaders/conv2d.wgsl`, `conv2d_grouped.wgsl` and their epilogue, `shaders/lib/epilogue.wgsl`.
//!
//! A convolution is a matrix product of [pixels x taps · inputs] and [taps · inputs x outputs]. The first matrix is the input itself for
//! a 1x1 window of stride 1; otherwise `im2col` writes it, for one block of pixels at a time.

use super::elementwise::silu_of;
use super::matrix::{Rows, multiply, weights};
use crate::cpu::call::Call;
use crate::cpu::threads::for_parts;

/// Pixels whose sums are computed at once: their im2col matrix stays in the cache, and the weights are packed once for all of them.
const BLOCK: usize = 256;

/// Part of the epilogue's flags, see `shaders/lib/epilogue.wgsl`.
const BIAS: usize = 1;
const NORM: usize = 2;
const RESIDUAL: usize = 4;
const ACTIVATION_SHIFT: usize = 3;

/// `y = activation((sum + bias) * scale + shift + residual)`.
struct Epilogue<'a> {
    bias: Option<&'a [f32]>,
    affine: Option<(&'a [f32], &'a [f32])>,
    residual: Option<&'a [f32]>,
    activation: usize,
    channels: usize,
}

impl<'a> Epilogue<'a> {
    fn new(call: &Call<'a>) -> Self {
        let flags = call.param("epilogue");
        let channels = call.param("out_quads") * 4;
        let read = |part: usize, name: &str| (flags & part != 0).then(|| call.read(name));
        Self {
            bias: read(BIAS, "bias"),
            affine: read(NORM, "affine").map(|affine| (&affine[..channels], &affine[channels..2 * channels])),
            residual: read(RESIDUAL, "residual"),
            activation: flags >> ACTIVATION_SHIFT,
            channels,
        }
    }

    /// Replaces the sums of the pixels from `first` on by their values.
    fn apply(&self, first: usize, sums: &mut [f32]) {
        for (pixel, sums) in sums.chunks_exact_mut(self.channels).enumerate() {
            if let Some(bias) = self.bias {
                sums.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
            }
            if let Some((scale, shift)) = self.affine {
                for ((sum, scale), shift) in sums.iter_mut().zip(scale).zip(shift) {
                    *sum = *sum * scale + shift;
                }
            }
            if let Some(residual) = self.residual {
                let residual = &residual[(first + pixel) * self.channels..];
                sums.iter_mut().zip(residual).for_each(|(sum, residual)| *sum += residual);
            }
            match self.activation {
                1 => sums.iter_mut().for_each(|sum| *sum = sum.max(0.0)),
                2 => sums.iter_mut().for_each(|sum| *sum = silu_of(*sum)),
                _ => {}
            }
        }
    }
}

/// The window and the sizes of `shaders/lib/conv_params.wgsl`.
struct Window {
    input: [usize; 2],
    output: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    /// Channels with padding.
    inputs: usize,
    outputs: usize,
    /// Pixels of the output, of all images.
    pixels: usize,
}

impl Window {
    fn new(call: &Call<'_>) -> Self {
        let pair = |names: [&str; 2]| names.map(|name| call.param(name));
        Self {
            input: pair(["in_height", "in_width"]),
            output: pair(["out_height", "out_width"]),
            kernel: pair(["kernel_height", "kernel_width"]),
            stride: pair(["stride_y", "stride_x"]),
            padding: pair(["padding_y", "padding_x"]),
            inputs: call.param("in_quads") * 4,
            outputs: call.param("out_quads") * 4,
            pixels: call.param("pixels"),
        }
    }

    fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Whether output pixel p is computed from input pixel p alone.
    fn is_pointwise(&self) -> bool {
        self.taps() == 1 && self.stride == [1, 1] && self.padding == [0, 0]
    }

    /// The input pixel under each tap for output `pixel`; `None` in the padding.
    fn under(&self, pixel: usize) -> impl Iterator<Item = Option<usize>> {
        let [height, width] = self.input;
        let (line, column) = (pixel / self.output[1], pixel % self.output[1]);
        let (image, row) = (line / self.output[0], line % self.output[0]);
        let [top, left] = [row * self.stride[0], column * self.stride[1]];
        let [padding_y, padding_x] = self.padding;
        let kernel_width = self.kernel[1];
        (0..self.taps()).map(move |tap| {
            let iy = (top + tap / kernel_width).checked_sub(padding_y).filter(|iy| *iy < height)?;
            let ix = (left + tap % kernel_width).checked_sub(padding_x).filter(|ix| *ix < width)?;
            Some((image * height + iy) * width + ix)
        })
    }

    /// Writes the values under every tap for the pixels from `first` on, one row per pixel.
    fn im2col(&self, x: &[f32], first: usize, rows: &mut [f32]) {
        for (at, row) in rows.chunks_exact_mut(self.taps() * self.inputs).enumerate() {
            for (values, under) in row.chunks_exact_mut(self.inputs).zip(self.under(first + at)) {
                match under {
                    Some(pixel) => values.copy_from_slice(&x[pixel * self.inputs..][..self.inputs]),
                    None => values.fill(0.0),
                }
            }
        }
    }

    /// The values of the pixels from `first` on.
    fn sums(&self, x: &[f32], weights: &[f32], epilogue: &Epilogue<'_>, first: usize, y: &mut [f32]) {
        let (sum_length, outputs) = (self.taps() * self.inputs, self.outputs);
        let weights = Rows { values: weights, row_stride: outputs };
        let mut rows = Vec::new();
        for (block, y) in y.chunks_mut(BLOCK * outputs).enumerate() {
            let (first, pixels) = (first + block * BLOCK, y.len() / outputs);
            let values = if self.is_pointwise() {
                &x[first * sum_length..]
            } else {
                rows.resize(pixels * sum_length, 0.0);
                self.im2col(x, first, &mut rows);
                &rows
            };
            multiply(y, outputs, [pixels, outputs, sum_length], Rows { values, row_stride: sum_length }, weights);
            epilogue.apply(first, y);
        }
    }
}

pub(super) fn plain(call: &mut Call<'_>) {
    let (window, epilogue) = (Window::new(call), Epilogue::new(call));
    let (x, weights) = (call.read("x"), weights(call));
    let y = &mut call.write("y")[..window.pixels * window.outputs];
    let work = y.len() * window.taps() * window.inputs;
    for_parts(y, window.outputs, work, |first, y| window.sums(x, &weights, &epilogue, first, y));
}

pub(super) fn grouped(call: &mut Call<'_>) {
    let (window, epilogue) = (Window::new(call), Epilogue::new(call));
    let [group_inputs, group_outputs] = ["GROUP_INPUTS", "GROUP_OUTPUTS"].map(|name| call.constant(name));
    let (x, weights) = (call.read("x"), weights(call));
    let (outputs, rows) = (window.outputs, group_inputs.next_multiple_of(4));
    let y = &mut call.write("y")[..window.pixels * outputs];
    let work = y.len() * window.taps() * group_inputs;
    for_parts(y, outputs, work, |first, y| {
        for (at, y) in y.chunks_exact_mut(outputs).enumerate() {
            y.fill(0.0);
            for (tap, under) in window.under(first + at).enumerate() {
                let Some(pixel) = under else { continue };
                let x = &x[pixel * window.inputs..][..window.inputs];
                for (group, y) in y.chunks_mut(group_outputs).enumerate() {
                    // The last chunk may be padding, whose weights are zero.
                    let Some(x) = x.get(group * group_inputs..(group + 1) * group_inputs) else { continue };
                    for (i, x) in x.iter().enumerate() {
                        let weights = &weights[(tap * rows + i) * outputs + group * group_outputs..];
                        y.iter_mut().zip(weights).for_each(|(y, weight)| *y += x * weight);
                    }
                }
            }
        }
        epilogue.apply(first, y);
    });
}
