//! A convolution as plain data, and the values of any range of its output pixels: `shaders/conv2d.wgsl`, `conv2d_grouped.wgsl` and
//! their epilogue, `shaders/lib/epilogue.wgsl`.
//!
//! A convolution is a matrix product of [pixels x taps · inputs] and [taps · inputs x outputs]. The first matrix is the input itself for
//! a 1x1 window of stride 1; otherwise `im2col` writes it, for one block of pixels at a time. The values of a pixel do not depend on the
//! range that it is computed in, see `multiply`, so threads may divide the pixels in any manner.

mod epilogue;
mod window;

use std::ops::Range;

pub use epilogue::Epilogue;
pub use window::Window;

use super::matrix::{Rows, multiply};

/// Pixels whose sums are computed at once: their im2col matrix stays in the cache, and the weights are packed once for all of them.
const BLOCK: usize = 256;

/// The number of channels in a group, without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
}

/// Everything about a convolution but its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Which input pixels are read.
    pub window: Window,
    /// Output channels with their padding.
    pub outputs: usize,
    /// `None` if every output channel reads every input channel.
    pub group: Option<Group>,
    /// What follows the sums.
    pub epilogue: Epilogue,
}

/// The values that a range of output pixels is computed from.
#[derive(Debug, Clone, Copy)]
pub struct Operands<'a> {
    /// The pixels [`Window::input_pixels`] of the range.
    pub x: &'a [f32],
    /// `[tap][input][output]`, with padded channels; the inputs are those of one group.
    pub weights: &'a [f32],
    /// One value per output channel; not read unless the epilogue adds them.
    pub bias: &'a [f32],
    /// The factor of every output channel, then the summand of every one; not read unless the epilogue applies them.
    pub affine: &'a [f32],
    /// The pixels of the range; not read unless the epilogue adds them.
    pub residual: &'a [f32],
}

impl Convolution {
    /// Multiplications per output pixel.
    pub fn work_per_pixel(&self) -> usize {
        self.window.taps() * self.group.map_or(self.window.inputs, |group| group.inputs) * self.outputs
    }

    /// The part of the operands of all pixels that a range of output pixels is computed from.
    pub fn part<'a>(&self, whole: &Operands<'a>, pixels: Range<usize>) -> Operands<'a> {
        let input = self.window.input_pixels(pixels.clone());
        let of = |values: &'a [f32], pixels: Range<usize>, channels: usize| {
            &values[pixels.start * channels..pixels.end * channels]
        };
        let epilogue = self.epilogue;
        Operands {
            x: of(whole.x, input, self.window.inputs),
            weights: whole.weights,
            bias: if epilogue.has_bias() { &whole.bias[..self.outputs] } else { &[] },
            affine: if epilogue.has_affine() { &whole.affine[..2 * self.outputs] } else { &[] },
            residual: if epilogue.has_residual() { of(whole.residual, pixels, self.outputs) } else { &[] },
        }
    }

    /// Computes a range of output pixels from its own [`Convolution::part`] of the operands.
    ///
    /// # Panics
    /// If a slice is shorter than the range needs: a mistake in this crate.
    pub fn compute(&self, pixels: Range<usize>, part: &Operands<'_>, y: &mut [f32]) {
        let first_input = self.window.input_pixels(pixels.clone()).start;
        let mut rows = Vec::new();
        for (block, y) in y.chunks_mut(BLOCK * self.outputs).enumerate() {
            let at = block * BLOCK;
            match self.group {
                None => self.sums(pixels.start, at, first_input, part, &mut rows, y),
                Some(group) => self.grouped_sums(group, pixels.start + at, first_input, part, y),
            }
            self.epilogue.apply(part, at, self.outputs, y);
        }
    }

    /// The sums of the pixels from the one `at` after `first` on.
    fn sums(
        &self,
        first: usize,
        at: usize,
        first_input: usize,
        part: &Operands<'_>,
        rows: &mut Vec<f32>,
        y: &mut [f32],
    ) {
        let (window, outputs) = (&self.window, self.outputs);
        let (pixels, sum_length) = (y.len() / outputs, window.taps() * window.inputs);
        let values = if window.is_pointwise() {
            &part.x[at * sum_length..]
        } else {
            rows.resize(pixels * sum_length, 0.0);
            self.im2col(part.x, first_input, first + at, rows);
            &rows[..]
        };
        let weights = Rows { values: part.weights, row_stride: outputs };
        multiply(y, outputs, [pixels, outputs, sum_length], Rows { values, row_stride: sum_length }, weights);
    }

    /// Writes the values under every tap for the pixels from `first` on, one row per pixel.
    fn im2col(&self, x: &[f32], first_input: usize, first: usize, rows: &mut [f32]) {
        let inputs = self.window.inputs;
        for (at, row) in rows.chunks_exact_mut(self.window.taps() * inputs).enumerate() {
            for (values, under) in row.chunks_exact_mut(inputs).zip(self.window.under(first + at)) {
                match under {
                    Some(pixel) => values.copy_from_slice(&x[(pixel - first_input) * inputs..][..inputs]),
                    None => values.fill(0.0),
                }
            }
        }
    }

    /// The sums of the pixels from `first` on.
    fn grouped_sums(&self, group: Group, first: usize, first_input: usize, part: &Operands<'_>, y: &mut [f32]) {
        let rows = group.inputs.next_multiple_of(4);
        for (at, y) in y.chunks_exact_mut(self.outputs).enumerate() {
            y.fill(0.0);
            for (tap, under) in self.window.under(first + at).enumerate() {
                let Some(pixel) = under else { continue };
                let x = &part.x[(pixel - first_input) * self.window.inputs..][..self.window.inputs];
                for (index, y) in y.chunks_mut(group.outputs).enumerate() {
                    // The last chunk may be padding, whose weights are zero.
                    let Some(x) = x.get(index * group.inputs..(index + 1) * group.inputs) else { continue };
                    for (i, x) in x.iter().enumerate() {
                        let weights = &part.weights[(tap * rows + i) * self.outputs + index * group.outputs..];
                        y.iter_mut().zip(weights).for_each(|(y, weight)| *y += x * weight);
                    }
                }
            }
        }
    }
}
