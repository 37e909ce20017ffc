//! Which input pixels an output pixel is computed from. Pixels are numbered over all images of a batch, row by row.

use std::ops::Range;

/// The window and the sizes of `shaders/lib/conv_params.wgsl`. Pairs are rows, then columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The size of an input image.
    pub input: [usize; 2],
    /// The size of an output image.
    pub output: [usize; 2],
    /// The size of the kernel.
    pub kernel: [usize; 2],
    /// Input pixels between the windows of two neighbouring output pixels.
    pub stride: [usize; 2],
    /// Input pixels by which the first window begins before the image.
    pub padding: [usize; 2],
    /// Input channels with their padding.
    pub inputs: usize,
}

impl Window {
    /// The number of taps of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Whether output pixel p is computed from input pixel p alone.
    pub(super) fn is_pointwise(&self) -> bool {
        self.taps() == 1 && self.stride == [1, 1] && self.padding == [0, 0]
    }

    /// A range of input pixels that contains all that a range of output pixels is computed from. Whole rows, unless the convolution is
    /// pointwise.
    pub fn input_pixels(&self, output: Range<usize>) -> Range<usize> {
        if output.is_empty() || self.is_pointwise() {
            return output;
        }
        let [height, width] = self.input;
        let first_line = |pixel: usize| {
            let (image, top) = self.image_and_top(pixel);
            image * height + top.saturating_sub(self.padding[0]).min(height)
        };
        let end_line = |pixel: usize| {
            let (image, top) = self.image_and_top(pixel);
            image * height + (top + self.kernel[0]).saturating_sub(self.padding[0]).min(height)
        };
        let first = first_line(output.start) * width;
        first..(end_line(output.end - 1) * width).max(first)
    }

    /// The image of an output pixel, and the row of its window without padding.
    fn image_and_top(&self, pixel: usize) -> (usize, usize) {
        let line = pixel / self.output[1];
        (line / self.output[0], line % self.output[0] * self.stride[0])
    }

    /// The input pixel under each tap for output `pixel`; `None` in the padding.
    pub fn under(&self, pixel: usize) -> impl Iterator<Item = Option<usize>> {
        let [height, width] = self.input;
        let (image, top) = self.image_and_top(pixel);
        let left = pixel % self.output[1] * self.stride[1];
        let [padding_y, padding_x] = self.padding;
        let kernel_width = self.kernel[1];
        (0..self.taps()).map(move |tap| {
            let iy = (top + tap / kernel_width).checked_sub(padding_y).filter(|iy| *iy < height)?;
            let ix = (left + tap % kernel_width).checked_sub(padding_x).filter(|ix| *ix < width)?;
            Some((image * height + iy) * width + ix)
        })
    }
}
