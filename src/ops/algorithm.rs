//! SelectedAlgorithms to compute the same thing: which kernels, which tiles, which form of the weights.
//!
//! The plan is told which way to go for which layer; the ways differ in speed on an adapter and in the last bits, in nothing else.
//! Of products in `f16` those are the last of eleven.

use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;

/// How weights lie in the GPU's memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// The numbers in which products are made. Sums are in `f32` either way, but for a few products in `f16`: see
/// `shaders/conv2d_tiled.wgsl`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComputeType {
    /// Every adapter can.
    #[default]
    F32,
    /// For weights in [`WeightFormat::F16`], on adapters with WebGPU's `shader-f16`; inputs are rounded as they are loaded.
    F16,
}

impl ComputeType {
    /// `f32` or `f16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }
}

/// A kind of adapter: for each, other ways are fast.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterClass {
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
pub struct AdapterProfile {
    /// The kind of adapter.
    pub target: AdapterClass,
    /// The form that weights have on it.
    pub weights: WeightFormat,
    /// The narrowest arithmetic that it has.
    pub arithmetic: ComputeType,
    /// The side of the cooperative matrices that it has.
    pub matrix_side: Option<usize>,
}

impl AdapterProfile {
    /// An adapter that computes in `f32` only.
    pub fn new(target: AdapterClass, weights: WeightFormat) -> Self {
        Self { target, weights, ..Self::default() }
    }

    /// The narrowest arithmetic for the weights on it: those in `f32` are not rounded.
    pub fn narrowest(self) -> ComputeType {
        match self.weights {
            WeightFormat::F32 => ComputeType::F32,
            WeightFormat::F16 => self.arithmetic,
        }
    }

    /// The way itself, if the adapter has what it takes; else what is nearest to it.
    pub fn allowed(self, algorithm: Algorithm) -> Algorithm {
        match algorithm {
            Algorithm::Plain(Gemm::CooperativeMatrix(side)) if self.cooperative() != Some(side) => Algorithm::default(),
            _ if self.narrowest() == ComputeType::F32 => algorithm.with(ComputeType::F32),
            _ => algorithm,
        }
    }

    /// The side of cooperative matrices for the weights on it: they are multiplied in `f16`.
    pub fn cooperative(self) -> Option<usize> {
        self.matrix_side.filter(|_| self.weights == WeightFormat::F16)
    }
}

/// The tile that a workgroup of 64 invocations makes in `shaders/conv2d_tiled.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GemmTile {
    /// Rows of invocations, a power of two: they share the pixels, the `64 / threads_m` in a row share the channels.
    pub threads_m: usize,
    /// Pixels an invocation: 7 or 8.
    pub rows: usize,
    /// Quads of channels an invocation: 1 or 2.
    pub quads: usize,
    /// Quads of input channels a step: 1, 2, 4 or 8.
    pub chunk: usize,
    /// The numbers of the products.
    #[serde(default)]
    pub arithmetic: ComputeType,
}

impl GemmTile {
    /// A tile of `threads_m * rows` pixels and `64 / threads_m * quads * 4` channels.
    pub const fn new(threads_m: usize, rows: usize, quads: usize, chunk: usize) -> Self {
        Self { threads_m, rows, quads, chunk, arithmetic: ComputeType::F32 }
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

    /// Lengths of the arrays in workgroup memory, of 16 bytes each at most: places of pixels, activations, weights.
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
pub enum Gemm {
    /// In registers, lanes side by side in pixels and channels: `shaders/conv2d.wgsl`.
    #[default]
    Direct8x8,
    /// The same with larger pieces an invocation, for adapters whose loads are dear.
    Direct14x16,
    /// In registers, one input value at a time: `shaders/conv2d_scalar.wgsl`.
    Scalar,
    /// Through workgroup memory: `shaders/conv2d_tiled.wgsl`.
    Tiled(GemmTile),
    /// As cooperative matrices of this side, 8 or 16, for weights in `f16`: `shaders/conv2d_matrix.wgsl`.
    CooperativeMatrix(usize),
}

impl Gemm {
    /// The same with its products in `arithmetic`, where it knows more than one.
    #[must_use]
    pub fn with(self, arithmetic: ComputeType) -> Self {
        match self {
            Self::Tiled(tile) => Self::Tiled(GemmTile { arithmetic, ..tile }),
            other => other,
        }
    }
}

/// A way to compute a layer. A layer that does not know the way it is told takes its simplest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// The sum as it is written.
    Plain(Gemm),
    /// The sum in this many parts, which a second dispatch adds; for a tiled product.
    Split(GemmTile, usize),
    /// The sum of rows, the columns of the window made channels by a dispatch before; for few input channels.
    Rows(Gemm),
    /// Winograd's F(m x m, 3x3) with m = 2 or 4, for convolutions of 3x3 with stride 1.
    Winograd(usize, Gemm),
    /// A fully connected layer with this many invocations an output.
    Gemv(usize),
}

impl Algorithm {
    /// The same with its products in `arithmetic`, where it knows more than one.
    #[must_use]
    pub fn with(self, arithmetic: ComputeType) -> Self {
        match self {
            Self::Plain(product) => Self::Plain(product.with(arithmetic)),
            Self::Split(tile, parts) => Self::Split(GemmTile { arithmetic, ..tile }, parts),
            Self::Rows(product) => Self::Rows(product.with(arithmetic)),
            Self::Winograd(outputs, product) => Self::Winograd(outputs, product.with(arithmetic)),
            Self::Gemv(parts) => Self::Gemv(parts),
        }
    }
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Plain(Gemm::Direct8x8)
    }
}

/// What the plan tells an operator of how to compute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KernelConfig {
    /// The way.
    pub algorithm: Algorithm,
    /// The form of the weights.
    pub weights: WeightFormat,
}
