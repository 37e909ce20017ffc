//! Winograd's transforms of convolutions of 3x3 with stride 1.

use super::gemm::{CHUNK, EpilogueFlags, Sums};
use super::lower::ConvLowering;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, TransformedWeights, WORKGROUP_SIZE, bindings, wgsl};
use crate::ops::Window;
use crate::ops::algorithm::{ComputeType, Gemm, WeightFormat};
use crate::shape::Shape;

pub(in crate::ops) static INPUT: Kernel = Kernel {
    name: "winograd_input",
    variant: "",
    source: wgsl!("winograd_input", "invocation_id", "winograd"),
    first_binding: 0,
    bindings: bindings!(x => v),
    fields: &["in_height", "in_width", "padding_y", "padding_x", "tile_rows", "tile_columns", "in_quads", "tiles"],
    overrides: &["OUTPUTS"],
    workgroup: WORKGROUP_SIZE,
};

pub(in crate::ops) static OUTPUT: Kernel = Kernel {
    name: "winograd_output",
    variant: "",
    source: wgsl!("winograd_output", "invocation_id", "winograd", "winograd_output_transform", "epilogue"),
    first_binding: 0,
    bindings: bindings!(bias, affine, residual, products => y),
    fields: &["map_height", "map_width", "tile_rows", "tile_columns", "out_quads", "tiles", "epilogue"],
    overrides: &["OUTPUTS"],
    workgroup: WORKGROUP_SIZE,
};

macro_rules! scalar_wgsl {
    ($weight:literal) => {
        wgsl!(
            "winograd_scalar",
            "winograd",
            "winograd_output_transform",
            "epilogue",
            "conv_window",
            "scalar_sums",
            "chunk_64",
            $weight
        )
    };
}

/// The products and the last step in one, for multiples of [`CHUNK`] input channels; for weights in `f32` and in `f16`.
pub(in crate::ops) static SCALAR: [Kernel; 2] =
    [scalar("f32", scalar_wgsl!("weight_f32")), scalar("f16", scalar_wgsl!("weight_f16"))];

const SCALAR_FIELDS: &[&str] = &Window::fields::<12, 22>([
    "in_channels",
    "in_quads",
    "out_quads",
    "pixels",
    "x_slice",
    "weight_slice",
    "map_height",
    "map_width",
    "tile_rows",
    "tile_columns",
    "tiles",
    "epilogue",
]);

const fn scalar(variant: &'static str, source: &'static str) -> Kernel {
    Kernel {
        name: "winograd_scalar",
        variant,
        source,
        first_binding: 0,
        bindings: bindings!(bias, affine, residual, x, weight => products, y),
        fields: SCALAR_FIELDS,
        overrides: &["OUTPUTS"],
        workgroup: 4,
    }
}

/// For weights in `f32` and in `f16`.
pub(in crate::ops) static WEIGHT: [Kernel; 2] = [
    weight("f32", wgsl!("winograd_weight", "invocation_id", "winograd", "weight_f32")),
    weight("f16", wgsl!("winograd_weight", "invocation_id", "winograd", "weight_f16")),
];

const fn weight(variant: &'static str, source: &'static str) -> Kernel {
    Kernel {
        name: "winograd_weight",
        variant,
        source,
        first_binding: 4,
        bindings: bindings!(weight => u),
        fields: &["quads"],
        overrides: &["OUTPUTS"],
        workgroup: WORKGROUP_SIZE,
    }
}

/// Tiles of m x m outputs, and what the dispatches between them are called with.
struct Tiles<'a> {
    call: &'a ConvLowering,
    outputs: usize,
    rows: usize,
    columns: usize,
    count: usize,
    in_quads: usize,
    out_quads: usize,
}

impl ConvLowering {
    /// Lavin & Gray 2015: tiles of m x m outputs by (m+2)² products instead of 9 m².
    pub(super) fn winograd(&self, outputs: usize, product: Gemm, weights: WeightFormat) -> Lowered {
        let [rows, columns] = [self.output.h, self.output.w].map(|extent| extent.div_ceil(outputs));
        let [in_quads, out_quads] = [self.input, self.output].map(|shape| shape.channel_quads());
        let count = self.output.n * rows * columns;
        Tiles { call: self, outputs, rows, columns, count, in_quads, out_quads }.lower(product, weights)
    }
}

impl Tiles<'_> {
    const TRANSFORMED: Argument = Argument::Scratch(0);
    const PRODUCTS: Argument = Argument::Scratch(1);

    fn lower(&self, product: Gemm, weights: WeightFormat) -> Lowered {
        let multiply = self.multiply(product, weights);
        let dispatches = if product == Gemm::Scalar && self.call.input.c.is_multiple_of(CHUNK) {
            vec![self.transform(), self.multiply_and_finish(multiply, weights)]
        } else {
            vec![self.transform(), multiply, self.finish()]
        };
        let scratch = [self.in_quads, self.out_quads].map(|quads| self.planes() * self.count * quads * 4);
        Lowered { dispatches, scratch: scratch.into(), prepared: Some(self.prepare(weights)) }
    }

    fn planes(&self) -> usize {
        (self.outputs + 2) * (self.outputs + 2)
    }

    fn side(&self) -> (&'static str, f64) {
        ("OUTPUTS", self.outputs as f64)
    }

    /// The weights' planes by name.
    fn planes_of_weights(&self) -> &'static str {
        if self.outputs == 2 { "winograd2" } else { "winograd4" }
    }

    fn prepare(&self, weights: WeightFormat) -> TransformedWeights {
        let name = self.planes_of_weights();
        let quads = self.in_quads * 4 * self.out_quads;
        let arguments = vec![Argument::Parameter("weight"), Argument::TransformedWeights(name)];
        let dispatch = Dispatch::new(weights.of(&WEIGHT), vec![quads as u32], arguments, quads);
        let dispatch = Dispatch { constants: vec![self.side()], ..dispatch };
        TransformedWeights { name, len: self.planes() * quads * 4, dispatch }
    }

    fn transform(&self) -> Dispatch {
        let ConvLowering { conv, input, .. } = self.call;
        let [py, px] = conv.window.padding;
        let params = [input.h, input.w, py, px, self.rows, self.columns, self.in_quads, self.count];
        let arguments = vec![Argument::Input(0), Self::TRANSFORMED];
        let params = params.map(|extent| extent as u32).into();
        let dispatch = Dispatch::new(&INPUT, params, arguments, self.count * self.in_quads);
        Dispatch { constants: vec![self.side()], ..dispatch }
    }

    /// Each plane is a product of matrices, which is a convolution of 1x1 over a row of tiles. The transforms subtract large
    /// numbers from each other, which products in `f16` are too coarse for.
    fn multiply(&self, product: Gemm, weights: WeightFormat) -> Dispatch {
        let row = |channels: usize| Shape::new(1, channels, 1, self.count);
        let whole = Sums::whole(Window::square(1, 1, 0), row(self.call.input.c), row(self.call.output.c));
        let Self { count, in_quads, out_quads, .. } = *self;
        let strides = [count * in_quads, in_quads * 4 * out_quads, count * out_quads];
        let sums = Sums { slices: self.planes(), strides, ..whole };
        let weight = Argument::TransformedWeights(self.planes_of_weights());
        let unused = [Argument::Unused; 3];
        let arguments = unused.into_iter().chain([Self::TRANSFORMED, weight, Self::PRODUCTS]).collect();
        sums.dispatch(product.with(ComputeType::F32), weights, EpilogueFlags::NONE, arguments)
    }

    /// Of y and the tiles, as a kernel's uniform holds them.
    fn map(&self) -> [u32; 4] {
        [self.call.output.h, self.call.output.w, self.rows, self.columns].map(|extent| extent as u32)
    }

    fn finish(&self) -> Dispatch {
        let params = self
            .map()
            .into_iter()
            .chain([self.out_quads as u32, self.count as u32, self.call.ending().bits()])
            .collect();
        let arguments = self.call.ending_arguments().into_iter().chain([Self::PRODUCTS, Argument::Output]).collect();
        let dispatch = Dispatch::new(&OUTPUT, params, arguments, self.count * self.out_quads);
        Dispatch { constants: vec![self.side()], ..dispatch }
    }

    fn multiply_and_finish(&self, multiply: Dispatch, weights: WeightFormat) -> Dispatch {
        // Up to the slices of x and weights: an invocation makes those of all planes itself.
        let sums = multiply.params[..16].iter().copied();
        let params = sums.chain(self.map()).chain([self.count as u32, self.call.ending().bits()]).collect();
        let weight = Argument::TransformedWeights(self.planes_of_weights());
        let bound = [Self::TRANSFORMED, weight, Self::PRODUCTS, Argument::Output];
        let arguments = self.call.ending_arguments().into_iter().chain(bound).collect();
        let dispatch = Dispatch::new(weights.of(&SCALAR), params, arguments, multiply.threads);
        Dispatch { constants: vec![self.side()], ..dispatch }
    }
}
