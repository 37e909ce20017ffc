//! Ways to compute the same thing: which kernels, which tiles, which form of the weights.
//!
//! The plan is told which way to go for which layer; the ways differ in speed on an adapter and in the last bits, in nothing else.

use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;

/// How weights lie in the GPU's memory. Arithmetic is in `f32` either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightFormat {
    /// Four bytes a weight.
    #[default]
    F32,
    /// Two bytes a weight, unpacked as they are read; every adapter can.
    F16,
}

impl WeightFormat {
    /// `f32` or `f16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }

    /// Bytes a weight.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    /// The kernel for this format, of the two.
    pub(super) fn of(self, kernels: &'static [Kernel; 2]) -> &'static Kernel {
        &kernels[self as usize]
    }
}

/// A kind of adapter: for each, other ways are fast.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Nothing is known: the simplest way.
    #[default]
    Any,
    /// SwiftShader, a CPU in vectors of four lanes.
    SwiftShader,
    /// Another program on a CPU, such as llvmpipe.
    Software,
    /// A GPU.
    Gpu,
}

/// What decides which ways are worth measuring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Adapter {
    /// The kind of adapter.
    pub target: Target,
    /// The form that weights have on it.
    pub weights: WeightFormat,
}

/// The tile that a workgroup of 64 invocations makes in `shaders/conv2d_tiled.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tile {
    /// Rows of invocations, a power of two: they share the pixels, the `64 / threads_m` in a row share the channels.
    pub threads_m: usize,
    /// Pixels an invocation: 7 or 8.
    pub rows: usize,
    /// Quads of channels an invocation: 1 or 2.
    pub quads: usize,
    /// Quads of input channels a step: 1, 2, 4 or 8.
    pub chunk: usize,
}

impl Tile {
    /// A tile of `threads_m * rows` pixels and `64 / threads_m * quads * 4` channels.
    pub const fn new(threads_m: usize, rows: usize, quads: usize, chunk: usize) -> Self {
        Self { threads_m, rows, quads, chunk }
    }

    /// Pixels.
    pub const fn pixels(self) -> usize {
        self.threads_m * self.rows
    }

    /// Quads of output channels.
    pub const fn channel_quads(self) -> usize {
        64 / self.threads_m * self.quads
    }

    /// How many tiles cover a map of `pixels` and `quads`.
    pub fn count(self, pixels: usize, quads: usize) -> usize {
        pixels.div_ceil(self.pixels()) * quads.div_ceil(self.channel_quads())
    }

    /// Lengths of the arrays in workgroup memory, of 16 bytes each: places of pixels, activations, weights.
    pub(super) const fn workgroup_lengths(self) -> [usize; 3] {
        [self.pixels(), self.chunk * self.pixels(), self.chunk * 4 * self.channel_quads()]
    }

    /// Whether the kernel can be made for it.
    pub fn is_valid(self) -> bool {
        let powers = self.threads_m.is_power_of_two() && self.chunk.is_power_of_two();
        powers && self.threads_m <= 64 && self.chunk <= 8 && matches!(self.rows, 7 | 8) && matches!(self.quads, 1 | 2)
            // 16 KiB of workgroup memory is what every WebGPU device has.
            && 16 * self.workgroup_lengths().iter().sum::<usize>() <= 16_384
    }
}

/// Which kernel multiplies and adds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// In registers, lanes side by side in pixels and channels: `shaders/conv2d.wgsl`.
    #[default]
    Direct,
    /// The same with larger pieces an invocation, for adapters whose loads are dear.
    Wide,
    /// In registers, one input value at a time: `shaders/conv2d_scalar.wgsl`.
    Scalar,
    /// Through workgroup memory: `shaders/conv2d_tiled.wgsl`.
    Tiled(Tile),
}

/// A way to compute a layer. A layer that does not know the way it is told takes its simplest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// The sum as it is written.
    Plain(Product),
    /// The sum in this many parts, which a second dispatch adds; for a tiled product.
    Split(Tile, usize),
    /// The sum of rows, the columns of the window made channels by a dispatch before; for few input channels.
    Rows(Product),
    /// Winograd's F(m x m, 3x3) with m = 2 or 4, for convolutions of 3x3 with stride 1.
    Winograd(usize, Product),
    /// A fully connected layer with this many invocations an output.
    Gemv(usize),
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Plain(Product::Direct)
    }
}

/// What the plan tells an operator of how to compute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Method {
    /// The way.
    pub algorithm: Algorithm,
    /// The form of the weights.
    pub weights: WeightFormat,
}
