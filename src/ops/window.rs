//! The sliding window that convolution and pooling share.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::shape::Shape;

/// A window of `kernel` rows and columns that moves by `stride` over a map with `padding` rows and columns on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Rows and columns from one place to the next.
    pub stride: [usize; 2],
    /// Rows above and below, columns left and right.
    pub padding: [usize; 2],
}

impl Window {
    /// A square window, the same in both directions.
    pub const fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2] }
    }

    /// How many places the window has in an input of `h` rows and `w` columns:
    /// `floor((extent + 2 padding - kernel) / stride) + 1` each way, as PyTorch's `Conv2d` and `MaxPool2d` state it.
    ///
    /// # Errors
    /// [`Error::Shape`] when an extent of the window is zero or it is larger than the padded map.
    pub fn places(&self, node: &str, input: Shape) -> Result<[usize; 2]> {
        if self.kernel.contains(&0) || self.stride.contains(&0) {
            return Err(Error::shape(node, "a kernel and a stride of at least 1", self));
        }
        let mut places = [0; 2];
        for (axis, extent) in [input.h, input.w].into_iter().enumerate() {
            let room = extent + 2 * self.padding[axis];
            if room < self.kernel[axis] {
                let expected = format!("a map that a window of {self} fits on");
                return Err(Error::shape(node, expected, input));
            }
            places[axis] = (room - self.kernel[axis]) / self.stride[axis] + 1;
        }
        Ok(places)
    }

    /// The input's coordinates under the window at place (`y`, `x`), padding left out, with the place in the window:
    /// `(ky, kx, iy, ix)`.
    pub fn taps(&self, input: Shape, y: usize, x: usize) -> impl Iterator<Item = (usize, usize, usize, usize)> + use<> {
        let Self { kernel, stride, padding } = *self;
        let inside = move |place: usize, axis: usize, offset: usize, extent: usize| {
            (place * stride[axis] + offset).checked_sub(padding[axis]).filter(|position| *position < extent)
        };
        (0..kernel[0]).flat_map(move |ky| {
            (0..kernel[1]).filter_map(move |kx| Some((ky, kx, inside(y, 0, ky, input.h)?, inside(x, 1, kx, input.w)?)))
        })
    }

    /// Names of [`Window::params`] in the uniform of a kernel.
    const FIELDS: [&'static str; 10] = [
        "in_height",
        "in_width",
        "out_height",
        "out_width",
        "kernel_height",
        "kernel_width",
        "stride_y",
        "stride_x",
        "padding_y",
        "padding_x",
    ];

    /// The fields of a kernel's uniform that begins with [`Window::params`]; `ALL` is ten more than `MORE`.
    pub(super) const fn fields<const MORE: usize, const ALL: usize>(more: [&'static str; MORE]) -> [&'static str; ALL] {
        let mut all = [""; ALL];
        let mut i = 0;
        while i < ALL {
            all[i] = if i < Self::FIELDS.len() { Self::FIELDS[i] } else { more[i - Self::FIELDS.len()] };
            i += 1;
        }
        all
    }

    /// The window and both maps as a kernel's uniform holds them, in the order of `FIELDS`.
    pub(super) fn params(&self, input: Shape, output: Shape) -> Vec<u32> {
        let Self { kernel, stride, padding } = *self;
        let all = [[input.h, input.w], [output.h, output.w], kernel, stride, padding];
        all.as_flattened().iter().map(|extent| *extent as u32).collect()
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pair = |[y, x]: [usize; 2]| if y == x { y.to_string() } else { format!("{y}x{x}") };
        write!(f, "{}x{} stride {} padding {}", self.kernel[0], self.kernel[1], pair(self.stride), pair(self.padding))
    }
}
