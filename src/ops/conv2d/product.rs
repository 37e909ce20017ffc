//! The kernels that multiply and add, for convolutions as they are and for the planes of transformed ones.

use crate::kernel::{Argument, Binding, Dispatch, Kernel, WORKGROUP_SIZE, bindings, wgsl};
use crate::ops::algorithm::{Product, Tile, WeightFormat};
use crate::ops::{Epilogue, Window};
use crate::shape::Shape;

pub(super) const BINDINGS: &[Binding] = bindings!(bias, affine, residual, x, weight => y);
pub(super) const FIELDS: &[&str] = &Window::fields::<9, 19>([
    "in_channels",
    "in_quads",
    "out_quads",
    "pixels",
    "x_slice",
    "weight_slice",
    "y_slice",
    "step_slice",
    "steps_per_slice",
]);

const fn kernel(
    name: &'static str,
    variant: &'static str,
    source: &'static str,
    overrides: &'static [&'static str],
) -> Kernel {
    Kernel { name, variant, source, first_binding: 0, bindings: BINDINGS, fields: FIELDS, overrides }
}

/// `override`s of the epilogue.
const EPILOGUE: &[&str] = &["BIAS", "NORM", "RESIDUAL", "RELU"];
const LANES: &[&str] = &["LANES", "BIAS", "NORM", "RESIDUAL", "RELU"];
const TILE: &[&str] =
    &["THREADS_M", "ROWS", "QUADS", "CHUNK", "PLACES", "XS", "WS", "BIAS", "NORM", "RESIDUAL", "RELU"];

/// For weights in `f32` and in `f16`, each.
pub(in crate::ops) static DIRECT: [Kernel; 2] = [
    kernel("conv2d", "f32", wgsl!("conv2d", "index", "epilogue", "conv_window", "weight_f32"), EPILOGUE),
    kernel("conv2d", "f16", wgsl!("conv2d", "index", "epilogue", "conv_window", "weight_f16"), EPILOGUE),
];
pub(in crate::ops) static IN_LANES: [Kernel; 2] = [
    kernel("conv2d_lanes", "f32", wgsl!("conv2d_lanes", "epilogue", "conv_window", "lane_f32"), LANES),
    kernel("conv2d_lanes", "f16", wgsl!("conv2d_lanes", "epilogue", "conv_window", "lane_f16"), LANES),
];
pub(in crate::ops) static TILED: [Kernel; 2] = [
    kernel("conv2d_tiled", "f32", wgsl!("conv2d_tiled", "epilogue", "conv_window", "weight_f32"), TILE),
    kernel("conv2d_tiled", "f16", wgsl!("conv2d_tiled", "epilogue", "conv_window", "weight_f16"), TILE),
];

/// Channels and pixels an invocation of the kernels without tiles.
const SIDE: usize = 8;

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
    pub fn extents(&self, steps: [usize; 2]) -> Vec<u32> {
        let mut extents = self.window.extents(self.input, self.output);
        let more = [self.input.c, self.input.channel_quads(), self.output.channel_quads(), self.pixels()];
        extents.extend(more.into_iter().chain(self.strides).chain(steps).map(|extent| extent as u32));
        extents
    }

    /// The call; `arguments` are the kernel's: bias, affine, residual, x, weight, y.
    pub fn dispatch(
        &self,
        product: Product,
        weights: WeightFormat,
        epilogue: Constants,
        arguments: Vec<Argument>,
    ) -> Dispatch {
        let quads = self.output.channel_quads();
        let pixels = self.pixels();
        let (kernels, threads, workgroup, mut constants) = match product {
            Product::Direct => (&DIRECT, pixels.div_ceil(SIDE) * quads.div_ceil(2), WORKGROUP_SIZE, Vec::new()),
            Product::Lanes => {
                // More lanes would not be faster, and every number of them is a pipeline to compile.
                let lanes = if quads * 4 <= 4 * SIDE { 4 } else { 8 };
                let tiles = pixels.div_ceil(SIDE) * (quads * 4).div_ceil(SIDE * lanes);
                (&IN_LANES, tiles * lanes, lanes, vec![(LANES[0], lanes as f64)])
            }
            Product::Tiled(tile) => {
                (&TILED, tile.count(pixels, quads) * WORKGROUP_SIZE, WORKGROUP_SIZE, tile_constants(tile))
            }
        };
        constants.extend(epilogue.0);
        let steps = steps(self.window, self.input, product);
        let part = steps.div_ceil(self.slices);
        let [apart, steps] = if self.split { [part, part] } else { [0, steps] };
        let dispatch = Dispatch::new(weights.of(kernels), self.extents([apart, steps]), arguments, threads);
        Dispatch { constants, workgroup, slices: self.slices, ..dispatch }
    }
}

/// The steps of a sum, which slices can share.
pub(super) fn steps(window: Window, input: Shape, product: Product) -> usize {
    let chunk = if let Product::Tiled(tile) = product { tile.chunk } else { 1 };
    window.kernel[0] * window.kernel[1] * input.channel_quads().div_ceil(chunk)
}

fn tile_constants(tile: Tile) -> Vec<(&'static str, f64)> {
    let [places, xs, ws] = tile.workgroup_lengths();
    let values = [tile.threads_m, tile.rows, tile.quads, tile.chunk, places, xs, ws];
    TILE.iter().copied().zip(values.map(|value| value as f64)).collect()
}

/// The values of the epilogue's `override`s.
pub(super) struct Constants([(&'static str, f64); 4]);

impl Constants {
    pub fn new(bias: bool, epilogue: Epilogue) -> Self {
        let asked = [bias, epilogue.norm, epilogue.residual, epilogue.relu];
        Self(std::array::from_fn(|i| (EPILOGUE[i], f64::from(u8::from(asked[i])))))
    }

    /// The plain sum, for another dispatch to end.
    pub fn none() -> Self {
        Self::new(false, Epilogue::NONE)
    }

    pub fn into_vec(self) -> Vec<(&'static str, f64)> {
        self.0.into()
    }
}
