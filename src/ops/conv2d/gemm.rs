//! The kernels of matrix products, for convolutions as they are and for the planes of Winograd convolutions.

use super::epilogue::BoundEpilogue;
use crate::kernel::{Argument, Binding, Dispatch, Kernel, KernelFeatures, UniformParams, bindings, params, wgsl};
use crate::ops::Window;
use crate::ops::algorithm::{ComputeType, Gemm, GemmTile, WeightFormat};
use crate::ops::window::WindowParams;
use crate::shape::Shape;

params!(
    /// The members shared by all kernels that sum over a window. `x_slice` and `weight_slice` are the strides of slices, in quads.
    pub(super) struct SumParams(window: WindowParams) {
        in_channels,
        in_quads,
        out_quads,
        pixels,
        x_slice,
        weight_slice,
    }
);

params!(
    /// The members of `shaders/lib/conv_params.wgsl`.
    pub(super) struct GemmParams(sum: SumParams) { y_slice, step_slice, steps_per_slice, epilogue }
);

pub(super) const BINDINGS: &[Binding] = bindings!(bias, affine, residual, x, weight => y);

const fn kernel(name: &'static str, variant: &'static str, source: &'static str) -> Kernel {
    Kernel { variant, ..Kernel::new(name, source, BINDINGS, GemmParams::FIELDS) }
}

macro_rules! scalar_wgsl {
    ($sums:literal, $weight:literal, $chunk:literal) => {
        wgsl!("conv2d_scalar", "activation", "epilogue", "conv_params", "conv_window", $sums, $weight, $chunk)
    };
}

const fn scalar(variant: &'static str, source: &'static str) -> Kernel {
    // Small workgroups, so that even the smallest maps occupy every processor.
    Kernel { workgroup: 4, ..kernel("conv2d_scalar", variant, source) }
}

const fn subgroup(variant: &'static str, source: &'static str) -> Kernel {
    Kernel { features: KernelFeatures::SUBGROUPS, ..scalar(variant, source) }
}

const TILE: &[&str] = &["THREADS_M", "QUADS", "ROW_TAPS", "PADDED", "PARTIAL_STEPS", "ORIGINS", "XS", "WS", "SUMS"];

macro_rules! direct_wgsl {
    ($weight:literal, $tile:literal) => {
        wgsl!("conv2d", "activation", "epilogue", "conv_params", "conv_window", $weight, $tile)
    };
}

const fn direct(variant: &'static str, source: &'static str, workgroup: usize) -> Kernel {
    Kernel { workgroup, ..kernel("conv2d", variant, source) }
}

/// The tiled kernel for each number of parts in a workgroup: 1, 2, 4 and 8.
macro_rules! tiled {
    ($variant:literal, $features:expr, $(enable $extension:ident,)? [$($part:literal),+]) => {
        [
            tiled!(@ $variant, "", 64, $features, $(enable $extension,)? [$($part),+, "slices_1"]),
            tiled!(@ $variant, " by 2", 128, $features, $(enable $extension,)? [$($part),+, "slices_2"]),
            tiled!(@ $variant, " by 4", 256, $features, $(enable $extension,)? [$($part),+, "slices_4"]),
            tiled!(@ $variant, " by 8", 256, $features, $(enable $extension,)? [$($part),+, "slices_8"]),
        ]
    };
    (@ $variant:literal, $parts:literal, $workgroup:literal, $features:expr, $(enable $extension:ident,)? [$($part:literal),+]) => {
        Kernel {
            overrides: TILE,
            workgroup: $workgroup,
            features: $features,
            ..kernel(
                "conv2d_tiled",
                concat!($variant, $parts),
                wgsl!($(enable $extension;)? "conv2d_tiled", "activation", "epilogue", "conv_params", "conv_window" $(, $part)+),
            )
        }
    };
}

/// For weights in `f32` and in `f16`, as all pairs below.
pub(super) static DIRECT_8X8: [Kernel; 2] = [
    direct("f32", direct_wgsl!("weight_f32", "direct_8x8"), 64),
    direct("f16", direct_wgsl!("weight_f16", "direct_8x8"), 64),
];
pub(super) static DIRECT_14X16: [Kernel; 2] = [
    direct("f32 wide", direct_wgsl!("weight_f32", "direct_14x16"), 8),
    direct("f16 wide", direct_wgsl!("weight_f16", "direct_14x16"), 8),
];
/// For any number of input channels.
pub(super) static SCALAR_4: [Kernel; 2] = [
    scalar("f32 by 4", scalar_wgsl!("scalar_sums", "weight_f32", "chunk_4")),
    scalar("f16 by 4", scalar_wgsl!("scalar_sums", "weight_f16", "chunk_4")),
];
/// For multiples of 28 input channels: a row of a 7x7 window over three or four channels.
pub(super) static SCALAR_28: [Kernel; 2] = [
    scalar("f32 by 28", scalar_wgsl!("scalar_sums", "weight_f32", "chunk_28")),
    scalar("f16 by 28", scalar_wgsl!("scalar_sums", "weight_f16", "chunk_28")),
];
/// For multiples of [`CHUNK`] input channels.
pub(super) static SCALAR_64: [Kernel; 2] = [
    scalar("f32 by 64", scalar_wgsl!("scalar_sums", "weight_f32", "chunk_64")),
    scalar("f16 by 64", scalar_wgsl!("scalar_sums", "weight_f16", "chunk_64")),
];
/// The same kernels with subgroups.
pub(super) static SUBGROUP_4: [Kernel; 2] = [
    subgroup("f32 in quads by 4", scalar_wgsl!("quad_sums", "weight_f32", "chunk_4")),
    subgroup("f16 in quads by 4", scalar_wgsl!("quad_sums", "weight_f16", "chunk_4")),
];
pub(super) static SUBGROUP_28: [Kernel; 2] = [
    subgroup("f32 in quads by 28", scalar_wgsl!("quad_sums", "weight_f32", "chunk_28")),
    subgroup("f16 in quads by 28", scalar_wgsl!("quad_sums", "weight_f16", "chunk_28")),
];
pub(super) static SUBGROUP_64: [Kernel; 2] = [
    subgroup("f32 in quads by 64", scalar_wgsl!("quad_sums", "weight_f32", "chunk_64")),
    subgroup("f16 in quads by 64", scalar_wgsl!("quad_sums", "weight_f16", "chunk_64")),
];
/// With products in `f32`, by the format of the weights and the number of parts.
pub(super) static TILED: [[Kernel; 4]; 2] = [
    tiled!("f32", KernelFeatures::CORE, ["products_f32", "weight_f32"]),
    tiled!("f16", KernelFeatures::CORE, ["products_f32", "weight_f16"]),
];
/// For weights in `f16`, with products in `f16`.
pub(super) static TILED_F16: [Kernel; 4] = tiled!("f16 in f16", KernelFeatures::F16, enable f16, ["products_f16"]);

macro_rules! matrix_wgsl {
    ($matrix:literal) => {
        wgsl!(
            enable f16, wgpu_cooperative_matrix;
            "conv2d_matrix", "activation", "epilogue", "conv_params", "conv_window", $matrix
        )
    };
}

const fn matrix(variant: &'static str, source: &'static str, subgroup: usize) -> Kernel {
    let features = KernelFeatures::COOPERATIVE_MATRIX;
    Kernel { workgroup: subgroup, features, ..kernel("conv2d_matrix", variant, source) }
}

/// For weights in `f16`. A workgroup is one subgroup.
pub(super) static MATRIX_8: Kernel = matrix("8", matrix_wgsl!("matrix_8"), 8);
pub(super) static MATRIX_16: Kernel = matrix("16", matrix_wgsl!("matrix_16"), 32);

/// As in `shaders/lib/chunk_64.wgsl`.
pub(super) const CHUNK: usize = 64;

/// Invocations that compute one tile of [`Gemm::Subgroup`].
pub(super) const QUAD: usize = 4;

/// Pixels and channel quads of the tile computed by one invocation, or by one workgroup through its memory or a subgroup.
pub(super) fn tile(gemm: Gemm) -> [usize; 2] {
    match gemm {
        Gemm::Direct8x8 => [8, 2],
        Gemm::Direct14x16 => [14, 4],
        Gemm::Scalar => [7, 4],
        Gemm::Subgroup => [28, 4],
        Gemm::CooperativeMatrix(side) => [2 * side, side],
        Gemm::Tiled(tile) => [tile.pixels(), tile.channel_quads()],
    }
}

/// What a GEMM kernel reads and writes.
pub(super) struct Operands {
    pub x: Argument,
    pub weight: Argument,
    pub y: Argument,
}

impl Operands {
    /// The arguments of the kernel's bindings, with those of the epilogue.
    pub fn bind(&self, epilogue: BoundEpilogue) -> Vec<(&'static str, Argument)> {
        epilogue.bind(&[("x", self.x), ("weight", self.weight), ("y", self.y)])
    }
}

/// The sum of products over a window, in one or more slices.
pub(super) struct Sums {
    pub window: Window,
    pub input: Shape,
    pub output: Shape,
    /// The number of slices.
    pub slices: usize,
    /// The strides of slices in input, weight and output, in quads; zero where they share it.
    pub strides: [usize; 3],
    /// Whether the slices divide the steps of one sum. Otherwise each slice computes a whole sum.
    pub split: bool,
}

impl Sums {
    /// The whole convolution.
    pub fn whole(window: Window, input: Shape, output: Shape) -> Self {
        Self { window, input, output, slices: 1, strides: [0; 3], split: false }
    }

    pub fn pixels(&self) -> usize {
        self.output.n * self.output.h * self.output.w
    }

    pub fn sum_params(&self) -> SumParams {
        SumParams {
            window: self.window.params(self.input, self.output),
            in_channels: self.input.c,
            in_quads: self.input.channel_quads(),
            out_quads: self.output.channel_quads(),
            pixels: self.pixels(),
            x_slice: self.strides[0],
            weight_slice: self.strides[1],
        }
    }

    /// `step_slice` is the number of steps from one slice to the next.
    pub fn params(&self, [step_slice, steps_per_slice]: [usize; 2], epilogue: BoundEpilogue) -> GemmParams {
        let (sum, y_slice) = (self.sum_params(), self.strides[2]);
        GemmParams { sum, y_slice, step_slice, steps_per_slice, epilogue: epilogue.flags() }
    }

    /// The number of tiles that cover the output.
    pub fn tiles(&self, gemm: Gemm) -> usize {
        let [pixels, quads] = tile(gemm);
        self.pixels().div_ceil(pixels) * self.output.channel_quads().div_ceil(quads)
    }

    pub fn dispatch(
        &self,
        gemm: Gemm,
        weights: WeightFormat,
        epilogue: BoundEpilogue,
        operands: &Operands,
    ) -> Dispatch {
        let tiles = self.tiles(gemm);
        let (kernel, threads, constants) = match gemm {
            Gemm::Direct8x8 => (weights.of(&DIRECT_8X8), tiles, Vec::new()),
            Gemm::Direct14x16 => (weights.of(&DIRECT_14X16), tiles, Vec::new()),
            Gemm::Scalar => (weights.of(scalar_kernels(gemm, self.input.c)), tiles, Vec::new()),
            Gemm::Subgroup => (weights.of(scalar_kernels(gemm, self.input.c)), tiles * QUAD, Vec::new()),
            Gemm::CooperativeMatrix(side) => {
                let kernel = if side == 8 { &MATRIX_8 } else { &MATRIX_16 };
                (kernel, tiles * kernel.workgroup, Vec::new())
            }
            Gemm::Tiled(tile) => (tiled_kernel(tile, weights), tiles * tile.invocations(), self.tile_constants(tile)),
        };
        let steps = steps(self.window, self.input, gemm);
        let part = steps.div_ceil(self.slices);
        let steps = if self.split { [part, part] } else { [0, steps] };
        let dispatch = Dispatch::new(kernel, &self.params(steps, epilogue), &operands.bind(epilogue), threads);
        dispatch.with_constants(constants).with_slices(self.slices)
    }

    fn tile_constants(&self, tile: GemmTile) -> Vec<(&'static str, f64)> {
        let gemm = Gemm::Tiled(tile);
        let [_, quads] = taps(self.window, self.input, gemm);
        let has_partial_steps = !quads.is_multiple_of(tile.chunk());
        // A part of the workgroup can have steps behind the last one.
        let steps = steps(self.window, self.input, gemm);
        let divisor = if self.split { self.slices * tile.slices } else { tile.slices };
        let is_padded = self.window.padding != [0, 0] || has_partial_steps || !steps.is_multiple_of(divisor);
        let flags = [has_row_taps(self.window, self.input), is_padded, has_partial_steps];
        let [row_taps, padded, partial] = flags.map(usize::from);
        let [origins, xs, ws, sums] = tile.workgroup_lengths();
        let values = [tile.threads_m, tile.quads, row_taps, padded, partial, origins, xs, ws, sums];
        TILE.iter().copied().zip(values.map(|value| value as f64)).collect()
    }
}

/// The scalar kernels, with or without subgroups, with the longest rows that divide `channels`.
fn scalar_kernels(gemm: Gemm, channels: usize) -> &'static [Kernel; 2] {
    let [by_4, by_28, by_64] = match gemm {
        Gemm::Subgroup => [&SUBGROUP_4, &SUBGROUP_28, &SUBGROUP_64],
        _ => [&SCALAR_4, &SCALAR_28, &SCALAR_64],
    };
    match channels {
        c if c.is_multiple_of(CHUNK) => by_64,
        c if c.is_multiple_of(28) => by_28,
        _ => by_4,
    }
}

/// The tiled kernel. [`super::lower::ConvLowering::lower`] admits products in `f16` for weights in `f16` only.
fn tiled_kernel(tile: GemmTile, weights: WeightFormat) -> &'static Kernel {
    let kernels = if tile.arithmetic == ComputeType::F16 { &TILED_F16 } else { &TILED[weights as usize] };
    &kernels[tile.slices.trailing_zeros() as usize]
}

/// Whether the tiled kernel takes the columns of a window row for the channels of one tap.
fn has_row_taps(window: Window, input: Shape) -> bool {
    input.channel_quads() == 1 && window.kernel[1] > 1
}

/// Taps, and quads of input channels under each, as the kernel counts them.
fn taps(window: Window, input: Shape, gemm: Gemm) -> [usize; 2] {
    let [height, width] = window.kernel;
    if matches!(gemm, Gemm::Tiled(_)) && has_row_taps(window, input) {
        [height, width]
    } else {
        [height * width, input.channel_quads()]
    }
}

/// The number of steps in a sum: taps times chunks of input channels.
pub(super) fn steps(window: Window, input: Shape, gemm: Gemm) -> usize {
    let chunk = if let Gemm::Tiled(tile) = gemm { tile.chunk() } else { 1 };
    let [taps, quads] = taps(window, input, gemm);
    taps * quads.div_ceil(chunk)
}
