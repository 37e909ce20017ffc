//! The kernels that multiply and add, for convolutions as they are and for the planes of transformed ones.

use crate::kernel::{Argument, Binding, Dispatch, Kernel, WORKGROUP_SIZE, bindings, wgsl};
use crate::ops::algorithm::{ComputeType, Gemm, GemmTile, WeightFormat};
use crate::ops::{Epilogue, Window};
use crate::shape::Shape;

pub(super) const BINDINGS: &[Binding] = bindings!(bias, affine, residual, x, weight => y);
pub(super) const FIELDS: &[&str] = &Window::fields::<10, 20>([
    "in_channels",
    "in_quads",
    "out_quads",
    "pixels",
    "x_slice",
    "weight_slice",
    "y_slice",
    "step_slice",
    "steps_per_slice",
    "epilogue",
]);

const fn kernel(
    name: &'static str,
    variant: &'static str,
    source: &'static str,
    overrides: &'static [&'static str],
) -> Kernel {
    let workgroup = WORKGROUP_SIZE;
    Kernel { name, variant, source, first_binding: 0, bindings: BINDINGS, fields: FIELDS, overrides, workgroup }
}

macro_rules! scalar_wgsl {
    ($weight:literal, $chunk:literal) => {
        wgsl!("conv2d_scalar", "epilogue", "conv_params", "conv_window", "scalar_sums", $weight, $chunk)
    };
}

const fn scalar(variant: &'static str, source: &'static str) -> Kernel {
    // Few, so that the smallest maps, too, have work for every processor.
    Kernel { workgroup: 4, ..kernel("conv2d_scalar", variant, source, &[]) }
}

const TILE: &[&str] = &["THREADS_M", "ROWS", "QUADS", "CHUNK", "PLACES", "XS", "WS"];

macro_rules! direct_wgsl {
    ($weight:literal, $sides:literal) => {
        wgsl!("conv2d", "epilogue", "conv_params", "conv_window", $weight, $sides)
    };
}

const fn direct(variant: &'static str, source: &'static str, workgroup: usize) -> Kernel {
    Kernel { workgroup, ..kernel("conv2d", variant, source, &[]) }
}

macro_rules! tiled_wgsl {
    ($(enable $extension:ident;)? $($part:literal),+) => {
        wgsl!($(enable $extension;)? "conv2d_tiled", "epilogue", "conv_params", "conv_window" $(, $part)+)
    };
}

const fn tiled(variant: &'static str, source: &'static str) -> Kernel {
    kernel("conv2d_tiled", variant, source, TILE)
}

/// For weights in `f32` and in `f16`, each.
pub(in crate::ops) static DIRECT: [Kernel; 2] = [
    direct("f32", direct_wgsl!("weight_f32", "direct_8x8"), 64),
    direct("f16", direct_wgsl!("weight_f16", "direct_8x8"), 64),
];
pub(in crate::ops) static WIDE: [Kernel; 2] = [
    direct("f32 wide", direct_wgsl!("weight_f32", "direct_14x16"), 8),
    direct("f16 wide", direct_wgsl!("weight_f16", "direct_14x16"), 8),
];
/// For any number of input channels.
pub(in crate::ops) static SCALAR_4: [Kernel; 2] = [
    scalar("f32 by 4", scalar_wgsl!("weight_f32", "chunk_4")),
    scalar("f16 by 4", scalar_wgsl!("weight_f16", "chunk_4")),
];
/// For multiples of 28 input channels: rows of a window of 7x7 over three or four.
pub(in crate::ops) static SCALAR_28: [Kernel; 2] = [
    scalar("f32 by 28", scalar_wgsl!("weight_f32", "chunk_28")),
    scalar("f16 by 28", scalar_wgsl!("weight_f16", "chunk_28")),
];
/// For multiples of [`CHUNK`] input channels.
pub(in crate::ops) static SCALAR_64: [Kernel; 2] = [
    scalar("f32 by 64", scalar_wgsl!("weight_f32", "chunk_64")),
    scalar("f16 by 64", scalar_wgsl!("weight_f16", "chunk_64")),
];
/// With products in `f32`.
pub(in crate::ops) static TILED: [Kernel; 2] =
    [tiled("f32", tiled_wgsl!("products_f32", "weight_f32")), tiled("f16", tiled_wgsl!("products_f32", "weight_f16"))];
/// For weights in `f16`, with products in `f16`.
pub(in crate::ops) static TILED_F16: Kernel = tiled("f16 in f16", tiled_wgsl!(enable f16; "products_f16"));

macro_rules! matrix_wgsl {
    ($matrix:literal) => {
        wgsl!(enable f16, wgpu_cooperative_matrix; "conv2d_matrix", "epilogue", "conv_params", "conv_window", $matrix)
    };
}

const fn matrix(variant: &'static str, source: &'static str, subgroup: usize) -> Kernel {
    Kernel { workgroup: subgroup, ..kernel("conv2d_matrix", variant, source, &[]) }
}

/// For weights in `f16`, a workgroup to a subgroup.
pub(in crate::ops) static MATRIX_8: Kernel = matrix("8", matrix_wgsl!("matrix_8"), 8);
pub(in crate::ops) static MATRIX_16: Kernel = matrix("16", matrix_wgsl!("matrix_16"), 32);

/// As in `shaders/lib/chunk_64.wgsl`.
pub(super) const CHUNK: usize = 64;

/// Pixels and quads of channels of a piece: what one invocation computes, or one workgroup through its memory.
pub(super) fn piece(product: Gemm) -> [usize; 2] {
    match product {
        Gemm::Direct8x8 => [8, 2],
        Gemm::Direct14x16 => [14, 4],
        Gemm::Scalar => [7, 4],
        Gemm::CooperativeMatrix(side) => [2 * side, side],
        Gemm::Tiled(tile) => [tile.pixels(), tile.channel_quads()],
    }
}

/// A sum of products over a window, in as many slices as wanted.
pub(super) struct Sums {
    pub window: Window,
    pub input: Shape,
    pub output: Shape,
    /// Slices, and how far they lie apart in input, weight and output: in quads, zero where they share.
    pub slices: usize,
    pub strides: [usize; 3],
    /// Whether the slices share the steps of one sum; else each makes all of them.
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

    /// What a kernel's uniform holds; `steps` are those between slices and those of a slice.
    pub fn params(&self, steps: [usize; 2], ending: EpilogueFlags) -> Vec<u32> {
        let mut params = self.window.params(self.input, self.output);
        let more = [self.input.c, self.input.channel_quads(), self.output.channel_quads(), self.pixels()];
        params.extend(more.into_iter().chain(self.strides).chain(steps).map(|extent| extent as u32));
        params.push(ending.bits());
        params
    }

    /// The call; `arguments` are the kernel's: bias, affine, residual, x, weight, y.
    pub fn dispatch(
        &self,
        product: Gemm,
        weights: WeightFormat,
        ending: EpilogueFlags,
        arguments: Vec<Argument>,
    ) -> Dispatch {
        let [high, wide] = piece(product);
        let pieces = self.pixels().div_ceil(high) * self.output.channel_quads().div_ceil(wide);
        let (kernel, threads, constants) = match product {
            Gemm::Direct8x8 => (weights.of(&DIRECT), pieces, Vec::new()),
            Gemm::Direct14x16 => (weights.of(&WIDE), pieces, Vec::new()),
            Gemm::Scalar => (weights.of(in_chunks(self.input.c)), pieces, Vec::new()),
            Gemm::CooperativeMatrix(side) => {
                let kernel = if side == 8 { &MATRIX_8 } else { &MATRIX_16 };
                (kernel, pieces * kernel.workgroup, Vec::new())
            }
            Gemm::Tiled(tile) => {
                (multiplying_in(tile.arithmetic, weights), pieces * WORKGROUP_SIZE, tile_constants(tile))
            }
        };
        let steps = steps(self.window, self.input, product);
        let part = steps.div_ceil(self.slices);
        let [apart, steps] = if self.split { [part, part] } else { [0, steps] };
        let dispatch = Dispatch::new(kernel, self.params([apart, steps], ending), arguments, threads);
        Dispatch { constants, slices: self.slices, ..dispatch }
    }
}

/// The scalar kernel whose rows `channels` fill.
fn in_chunks(channels: usize) -> &'static [Kernel; 2] {
    match channels {
        c if c.is_multiple_of(CHUNK) => &SCALAR_64,
        c if c.is_multiple_of(28) => &SCALAR_28,
        _ => &SCALAR_4,
    }
}

/// Weights in `f32` are for products in `f32` only.
fn multiplying_in(arithmetic: ComputeType, weights: WeightFormat) -> &'static Kernel {
    match (arithmetic, weights) {
        (ComputeType::F16, WeightFormat::F16) => &TILED_F16,
        _ => weights.of(&TILED),
    }
}

/// The steps of a sum, which slices can share.
pub(super) fn steps(window: Window, input: Shape, product: Gemm) -> usize {
    let chunk = if let Gemm::Tiled(tile) = product { tile.chunk } else { 1 };
    window.kernel[0] * window.kernel[1] * input.channel_quads().div_ceil(chunk)
}

fn tile_constants(tile: GemmTile) -> Vec<(&'static str, f64)> {
    let [places, xs, ws] = tile.workgroup_lengths();
    let values = [tile.threads_m, tile.rows, tile.quads, tile.chunk, places, xs, ws];
    TILE.iter().copied().zip(values.map(|value| value as f64)).collect()
}

/// What follows a sum, as `shaders/lib/epilogue.wgsl` reads it from a kernel's uniform.
#[derive(Clone, Copy)]
pub(super) struct EpilogueFlags(u32);

impl EpilogueFlags {
    /// The plain sum, for another dispatch to end.
    pub const NONE: Self = Self(0);

    pub fn new(bias: bool, epilogue: Epilogue) -> Self {
        let Epilogue { norm, residual, activation } = epilogue;
        let flags = u32::from(bias) | u32::from(norm) << 1 | u32::from(residual) << 2;
        Self(flags | activation.map_or(0, |activation| activation as u32) << 3)
    }

    /// The value of the uniform's last field.
    pub fn bits(self) -> u32 {
        self.0
    }
}
