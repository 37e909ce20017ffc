//! Algorithms for one layer: which kernels, which tiles, which weight format and compute type.
//!
//! The plan selects an algorithm per layer. Algorithms differ in speed and in rounding only: `f32` rounds to 24 bits, products
//! in `f16` to 11.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::kernel::Kernel;

/// How weights are stored in GPU memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightFormat {
    /// Four bytes per weight.
    #[default]
    F32,
    /// Two bytes per weight, unpacked on load. Needs no feature of the device.
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

    /// Bytes per weight.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    /// The kernel for this format, of a pair for `f32` and `f16`.
    pub(super) fn of(self, kernels: &'static [Kernel; 2]) -> &'static Kernel {
        &kernels[self as usize]
    }
}

/// The type of products. They are accumulated in `f32`, except for the short sums in `f16` of `shaders/conv2d_tiled.wgsl`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComputeType {
    /// Available on every adapter.
    #[default]
    F32,
    /// For weights in [`WeightFormat::F16`] on adapters with WebGPU's `shader-f16`. Inputs are rounded as they are loaded.
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

/// A class of adapters on which the same algorithms are fast.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterClass {
    /// Unknown: the simplest algorithm.
    #[default]
    Any,
    /// SwiftShader, which runs on a CPU with vectors of four lanes.
    SwiftShader,
    /// Another software renderer, such as llvmpipe.
    Software,
    /// A GPU.
    Gpu,
    /// The CPU, by the functions of [`crate::cpu`].
    Cpu,
}

/// The properties of an adapter that decide which algorithms are candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AdapterProfile {
    /// The class of the adapter.
    pub target: AdapterClass,
    /// The format of weights on it.
    pub weights: WeightFormat,
    /// The narrowest compute type that it supports.
    pub arithmetic: ComputeType,
    /// The side of the cooperative matrices that it supports.
    pub matrix_side: Option<usize>,
    /// Whether it has WebGPU's `subgroups`.
    pub subgroups: bool,
    /// The size in bytes up to which its buffers can be bound.
    pub buffer_limit: u64,
}

impl Default for AdapterProfile {
    fn default() -> Self {
        Self {
            target: AdapterClass::default(),
            weights: WeightFormat::default(),
            arithmetic: ComputeType::default(),
            matrix_side: None,
            subgroups: false,
            buffer_limit: Self::DEFAULT_BUFFER_LIMIT,
        }
    }
}

impl AdapterProfile {
    /// WebGPU's default `maxStorageBufferBindingSize`, which every device has.
    pub const DEFAULT_BUFFER_LIMIT: u64 = 128 << 20;

    /// An adapter that computes in `f32` only.
    pub fn new(target: AdapterClass, weights: WeightFormat) -> Self {
        Self { target, weights, ..Self::default() }
    }

    /// The narrowest compute type used on it: weights in `f32` are not rounded.
    pub fn narrowest(self) -> ComputeType {
        match self.weights {
            WeightFormat::F32 => ComputeType::F32,
            WeightFormat::F16 => self.arithmetic,
        }
    }

    /// Whether the adapter has the features that an algorithm needs.
    pub fn supports(self, algorithm: Algorithm) -> bool {
        let narrow = algorithm.gemm().is_some_and(|gemm| gemm.compute_type() == ComputeType::F16);
        match algorithm {
            Algorithm::Plain(Gemm::CooperativeMatrix(side)) => self.cooperative() == Some(side),
            _ if algorithm.gemm() == Some(Gemm::Subgroup) => self.subgroups,
            _ => !narrow || self.narrowest() == ComputeType::F16,
        }
    }

    /// The side of the cooperative matrices used on it. Their operands are in `f16`, so that weights in `f32` have none.
    pub fn cooperative(self) -> Option<usize> {
        self.matrix_side.filter(|_| self.weights == WeightFormat::F16)
    }
}

/// The tile computed by a workgroup in `shaders/conv2d_tiled.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GemmTile {
    /// Rows of invocations, a power of two. Rows divide the pixels; the invocations of a row divide the channels.
    pub threads_m: usize,
    /// Channel quads per invocation: 1 or 2.
    pub quads: usize,
    /// Parts of the workgroup that each add a range of the input channels and taps: 1, 2, 4 or 8.
    pub slices: usize,
    /// The type of the products.
    #[serde(default)]
    pub arithmetic: ComputeType,
}

impl GemmTile {
    /// Pixels per invocation.
    pub const ROWS: usize = 7;

    /// A tile of `7 * threads_m` pixels, with products in `f32`.
    pub const fn new(threads_m: usize, quads: usize, slices: usize) -> Self {
        Self { threads_m, quads, slices, arithmetic: ComputeType::F32 }
    }

    /// Pixels of the tile.
    pub const fn pixels(self) -> usize {
        self.threads_m * Self::ROWS
    }

    /// Output channel quads of the tile.
    pub const fn channel_quads(self) -> usize {
        self.part() / self.threads_m * self.quads
    }

    /// Invocations per part: SLICES times as many are at most 256, which WebGPU guarantees.
    pub(super) const fn part(self) -> usize {
        if self.slices == 8 { 32 } else { 64 }
    }

    /// Invocations of the workgroup.
    pub(super) const fn invocations(self) -> usize {
        self.part() * self.slices
    }

    /// Input channel quads per step, fewer where more parts share the workgroup memory.
    pub const fn chunk(self) -> usize {
        match self.slices {
            8 => 1,
            4 => 2,
            _ => 4,
        }
    }

    /// The number of tiles that cover a map of `pixels` and `quads`.
    pub fn count(self, pixels: usize, quads: usize) -> usize {
        pixels.div_ceil(self.pixels()) * quads.div_ceil(self.channel_quads())
    }

    /// Lengths of the arrays in workgroup memory: pixel origins, columns of activations, columns of weights, sums of parts.
    pub(super) const fn workgroup_lengths(self) -> [usize; 4] {
        let sums = if self.slices == 1 { 1 } else { self.slices / 2 * self.part() };
        [self.pixels(), self.slices * self.threads_m, self.slices * self.channel_quads(), sums]
    }

    /// Bytes of workgroup memory with products in `f32`.
    pub(super) const fn workgroup_bytes(self) -> usize {
        let [origins, xs, ws, sums] = self.workgroup_lengths();
        16 * (origins + xs * self.column_length(Self::ROWS) + ws * self.column_length(4) + sums)
    }

    /// The length of a column with `values` values per quad of input channels: an odd number, with an unused last element.
    const fn column_length(self, values: usize) -> usize {
        let used = self.chunk() * values;
        if used.is_multiple_of(2) { used + 1 } else { used + 2 }
    }

    /// Whether the kernel supports the tile.
    pub fn is_valid(self) -> bool {
        let Self { threads_m, quads, slices, .. } = self;
        let parts = matches!(slices, 1 | 2 | 4 | 8) && matches!(quads, 1 | 2);
        if !parts || !threads_m.is_power_of_two() || threads_m > self.part() / self.chunk() || threads_m < quads {
            return false;
        }
        // An invocation loads at most four values of each operand per step.
        let loads = [self.chunk() * self.pixels(), self.chunk() * 4 * self.channel_quads()];
        // WebGPU guarantees 16 KiB of workgroup memory.
        loads.into_iter().all(|values| values <= 4 * self.part()) && self.workgroup_bytes() <= 16_384
    }
}

/// The kernel of a matrix product: a convolution is an implicit GEMM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gemm {
    /// In registers, 8 pixels x 8 channels per invocation: `shaders/conv2d.wgsl`.
    #[default]
    Direct8x8,
    /// In registers, 14 pixels x 16 channels per invocation, for adapters with expensive loads: `shaders/conv2d.wgsl`.
    Direct14x16,
    /// In registers, one input value at a time: `shaders/conv2d_scalar.wgsl`.
    Scalar,
    /// The same with 28 pixels x 16 channels per four invocations, which exchange input values: needs subgroups.
    Subgroup,
    /// Through workgroup memory: `shaders/conv2d_tiled.wgsl`.
    Tiled(GemmTile),
    /// Cooperative matrices of side 8 or 16, for weights in `f16`: `shaders/conv2d_matrix.wgsl`.
    CooperativeMatrix(usize),
}

impl Gemm {
    /// The same with products in `arithmetic`, if the kernel has variants for several types.
    #[must_use]
    pub fn with(self, arithmetic: ComputeType) -> Self {
        match self {
            Self::Tiled(tile) => Self::Tiled(GemmTile { arithmetic, ..tile }),
            other => other,
        }
    }

    /// The type of the products.
    pub fn compute_type(self) -> ComputeType {
        match self {
            Self::Tiled(tile) => tile.arithmetic,
            Self::CooperativeMatrix(_) => ComputeType::F16,
            Self::Direct8x8 | Self::Direct14x16 | Self::Scalar | Self::Subgroup => ComputeType::F32,
        }
    }
}

/// How a layer is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// The sum over the window and the input channels in one dispatch.
    Plain(Gemm),
    /// Split-K: the sum in this many parts, added by a second dispatch.
    Split(GemmTile, usize),
    /// im2col along x: a first dispatch turns the window's columns into channels. For few input channels.
    Rows(Gemm),
    /// Winograd's F(m x m, 3x3) with m = 2 or 4, for 3x3 convolutions with stride 1 and weights in `f32`.
    Winograd(usize, Gemm),
    /// A fully connected layer with this many invocations per output quad.
    Gemv(usize),
}

impl Algorithm {
    /// The same with products in `arithmetic`, if it has variants for several types. Winograd has none: its transforms subtract
    /// large numbers from each other, for which `f16` is too coarse.
    #[must_use]
    pub fn with(self, arithmetic: ComputeType) -> Self {
        match self {
            Self::Plain(gemm) => Self::Plain(gemm.with(arithmetic)),
            Self::Split(tile, parts) => Self::Split(GemmTile { arithmetic, ..tile }, parts),
            Self::Rows(gemm) => Self::Rows(gemm.with(arithmetic)),
            Self::Winograd(..) | Self::Gemv(_) => self,
        }
    }

    /// The kernel of its matrix product; `None` for a matrix-vector product.
    pub fn gemm(self) -> Option<Gemm> {
        match self {
            Self::Plain(gemm) | Self::Rows(gemm) | Self::Winograd(_, gemm) => Some(gemm),
            Self::Split(tile, _) => Some(Gemm::Tiled(tile)),
            Self::Gemv(_) => None,
        }
    }
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Plain(Gemm::Direct8x8)
    }
}

/// How an operator is lowered: the algorithm and the weight format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KernelConfig {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The format of the weights.
    pub weights: WeightFormat,
}

impl KernelConfig {
    /// The error for an algorithm that cannot compute a layer; `expected` lists what can.
    pub(super) fn unusable(self, expected: &str) -> Error {
        let Self { algorithm, weights } = self;
        Error::Algorithm(format!("expected {expected}, found {algorithm:?} with weights in {}", weights.name()))
    }
}
