//! Shapes of activations.

use std::fmt;

/// The shape of an activation, NCHW: images, channels, rows, columns.
///
/// A vector of `c` features is `n`x`c`x1x1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Batch: how many images.
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

    /// How many values there are.
    pub const fn len(&self) -> usize {
        self.n * self.c * self.h * self.w
    }

    /// Whether an extent is zero.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Channels in groups of four, the last one padded with zeros: what one `vec4<f32>` holds on the GPU.
    pub const fn channel_quads(&self) -> usize {
        self.c.div_ceil(4)
    }

    /// How many `f32` the activation takes on the GPU: NHWC, channels padded to a multiple of four.
    pub const fn storage_len(&self) -> usize {
        self.n * self.h * self.w * self.channel_quads() * 4
    }

    /// The dims in NCHW order.
    pub const fn dims(&self) -> [usize; 4] {
        [self.n, self.c, self.h, self.w]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}x{}", self.n, self.c, self.h, self.w)
    }
}

/// Extents of a tensor of any rank as people write them: `64x3x7x7`, or `a scalar`.
pub(crate) fn join_extents(dims: &[usize]) -> String {
    if dims.is_empty() {
        return "a scalar".to_owned();
    }
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}
