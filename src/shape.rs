//! Shapes of activations.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The shape of an activation, NCHW: images, channels, rows, columns.
///
/// A batch of vectors of `c` features is `n`x`c`x1x1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Images in the batch.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
}

impl Shape {
    /// `n` images of `c` channels, `h` rows and `w` columns.
    pub const fn new(n: usize, c: usize, h: usize, w: usize) -> Self {
        Self { n, c, h, w }
    }

    /// The number of values.
    pub const fn len(&self) -> usize {
        self.n * self.c * self.h * self.w
    }

    /// Whether a dimension is zero.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of channel quads: groups of four channels, the last one padded with zeros. A `vec4<f32>` holds one quad.
    pub const fn channel_quads(&self) -> usize {
        self.c.div_ceil(4)
    }

    /// The length of the activation on the GPU in `f32`: NHWC, channels padded to a multiple of four.
    pub const fn storage_len(&self) -> usize {
        self.n * self.h * self.w * self.channel_quads() * 4
    }

    /// The dimensions in NCHW order.
    pub const fn dims(&self) -> [usize; 4] {
        [self.n, self.c, self.h, self.w]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}x{}", self.n, self.c, self.h, self.w)
    }
}

/// Dimensions of a tensor of any rank for error messages: `64x3x7x7`, or `a scalar`.
pub(crate) fn join_dims(dims: &[usize]) -> String {
    if dims.is_empty() {
        return "a scalar".to_owned();
    }
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}
