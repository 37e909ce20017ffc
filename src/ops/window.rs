//! The sliding window that convolution and pooling share.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernel::params;
use crate::shape::Shape;

/// A window of `kernel` rows and columns that moves by `stride` over a map with `padding` rows and columns on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Rows and columns from one position to the next.
    pub stride: [usize; 2],
    /// Rows above and below, columns left and right.
    pub padding: [usize; 2],
}

impl Window {
    /// A square window, the same in both directions.
    pub const fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2] }
    }

    /// Rows and columns of the output for an input of `h` rows and `w` columns:
    /// `floor((size + 2 padding - kernel) / stride) + 1` per axis. Source: PyTorch's `Conv2d` and `MaxPool2d`.
    ///
    /// # Errors
    /// [`Error::Shape`] when a side of the kernel or a stride is zero, or the kernel is larger than the padded map.
    pub fn output_size(&self, node: &str, input: Shape) -> Result<[usize; 2]> {
        if self.kernel.contains(&0) || self.stride.contains(&0) {
            return Err(Error::shape(node, "a kernel and a stride of at least 1", self));
        }
        let mut output = [0; 2];
        for (axis, size) in [input.h, input.w].into_iter().enumerate() {
            let padded = size + 2 * self.padding[axis];
            if padded < self.kernel[axis] {
                let expected = format!("a map that a window of {self} fits on");
                return Err(Error::shape(node, expected, input));
            }
            output[axis] = (padded - self.kernel[axis]) / self.stride[axis] + 1;
        }
        Ok(output)
    }

    /// The taps `(ky, kx, iy, ix)` of the window for output position (`y`, `x`): kernel position and input position, without
    /// those in the padding.
    pub fn taps(&self, input: Shape, y: usize, x: usize) -> impl Iterator<Item = (usize, usize, usize, usize)> + use<> {
        let Self { kernel, stride, padding } = *self;
        let inside = move |output: usize, axis: usize, offset: usize, size: usize| {
            (output * stride[axis] + offset).checked_sub(padding[axis]).filter(|input| *input < size)
        };
        (0..kernel[0]).flat_map(move |ky| {
            (0..kernel[1]).filter_map(move |kx| Some((ky, kx, inside(y, 0, ky, input.h)?, inside(x, 1, kx, input.w)?)))
        })
    }

    /// The window and both maps as the members of a kernel's uniform.
    pub(super) fn params(&self, input: Shape, output: Shape) -> WindowParams {
        WindowParams {
            in_height: input.h,
            in_width: input.w,
            out_height: output.h,
            out_width: output.w,
            kernel_height: self.kernel[0],
            kernel_width: self.kernel[1],
            stride_y: self.stride[0],
            stride_x: self.stride[1],
            padding_y: self.padding[0],
            padding_x: self.padding[1],
        }
    }
}

params!(
    /// A window and the maps that it reads and writes.
    pub(super) struct WindowParams {
        in_height,
        in_width,
        out_height,
        out_width,
        kernel_height,
        kernel_width,
        stride_y,
        stride_x,
        padding_y,
        padding_x,
    }
);

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pair = |[y, x]: [usize; 2]| if y == x { y.to_string() } else { format!("{y}x{x}") };
        write!(f, "{}x{} stride {} padding {}", self.kernel[0], self.kernel[1], pair(self.stride), pair(self.padding))
    }
}
