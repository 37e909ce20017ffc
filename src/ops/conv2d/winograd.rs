//! Winograd convolutions: 3x3 windows with stride 1, weights in `f32`.
//!
//! Weights in `f16` are chosen to save memory. Transformed weights take 1.8 to 4 times as much of it, and rounded to `f16` they
//! would lose precision that the file has.

use super::epilogue::BoundEpilogue;
use super::gemm::{CHUNK, Operands, QUAD, SumParams, Sums};
use super::lower::ConvLowering;
use crate::kernel::{
    Argument, Dispatch, Kernel, KernelFeatures, Lowered, TransformedWeights, UniformParams, bindings, params, wgsl,
};
use crate::ops::Window;
use crate::ops::algorithm::{ComputeType, Gemm, WeightFormat};
use crate::shape::Shape;

const OVERRIDES: &[&str] = &["OUTPUTS"];

params!(
    struct InputParams { in_height, in_width, padding_y, padding_x, tile_rows, tile_columns, in_quads, tiles }
);

pub(super) static INPUT: Kernel = Kernel {
    overrides: OVERRIDES,
    ..Kernel::new(
        "winograd_input",
        wgsl!("winograd_input", "invocation_id", "winograd"),
        bindings!(x => v),
        InputParams::FIELDS,
    )
};

params!(
    struct OutputParams { map_height, map_width, tile_rows, tile_columns, out_quads, tiles, epilogue }
);

pub(super) static OUTPUT: Kernel = Kernel {
    overrides: OVERRIDES,
    ..Kernel::new(
        "winograd_output",
        wgsl!("winograd_output", "invocation_id", "winograd", "winograd_output_transform", "activation", "epilogue"),
        bindings!(bias, affine, residual, products => y),
        OutputParams::FIELDS,
    )
};

params!(
    struct ScalarParams(sum: SumParams) { map_height, map_width, tile_rows, tile_columns, tiles, epilogue }
);

macro_rules! scalar {
    ($sums:literal, $variant:literal, $features:expr) => {
        Kernel {
            variant: $variant,
            overrides: OVERRIDES,
            workgroup: 4,
            features: $features,
            ..Kernel::new(
                "winograd_scalar",
                wgsl!(
                    "winograd_scalar",
                    "winograd",
                    "winograd_output_transform",
                    "activation",
                    "epilogue",
                    "conv_window",
                    $sums,
                    "chunk_64",
                    "weight_f32"
                ),
                bindings!(bias, affine, residual, x, weight => products, y),
                ScalarParams::FIELDS,
            )
        }
    };
}

/// Products and output transform in one dispatch, for multiples of [`CHUNK`] input channels.
pub(super) static SCALAR: Kernel = scalar!("scalar_sums", "", KernelFeatures::CORE);
/// The same with subgroups.
pub(super) static SUBGROUP: Kernel = scalar!("quad_sums", "in quads", KernelFeatures::SUBGROUPS);

params!(struct WeightParams { quads });

pub(super) static WEIGHT: Kernel = Kernel {
    first_binding: 4,
    overrides: OVERRIDES,
    ..Kernel::new(
        "winograd_weight",
        wgsl!("winograd_weight", "invocation_id", "winograd", "weight_f32"),
        bindings!(weight => u),
        WeightParams::FIELDS,
    )
};

/// The output in tiles of m x m, m = `outputs`, and the sizes that its dispatches share.
struct Tiles<'a> {
    layer: &'a ConvLowering,
    outputs: usize,
    rows: usize,
    columns: usize,
    count: usize,
    in_quads: usize,
    out_quads: usize,
}

impl ConvLowering {
    /// Lavin & Gray 2015: m x m outputs from (m+2)² products instead of 9 m².
    pub(super) fn winograd(&self, outputs: usize, gemm: Gemm) -> Lowered {
        let [rows, columns] = [self.output.h, self.output.w].map(|size| size.div_ceil(outputs));
        let [in_quads, out_quads] = [self.input, self.output].map(|shape| shape.channel_quads());
        let count = self.output.n * rows * columns;
        Tiles { layer: self, outputs, rows, columns, count, in_quads, out_quads }.lower(gemm)
    }
}

impl Tiles<'_> {
    const TRANSFORMED: Argument = Argument::Scratch(0);
    const PRODUCTS: Argument = Argument::Scratch(1);

    fn lower(&self, gemm: Gemm) -> Lowered {
        let dispatches = if matches!(gemm, Gemm::Scalar | Gemm::Subgroup) && self.layer.input.c.is_multiple_of(CHUNK) {
            vec![self.transform_input(), self.multiply_and_transform(gemm)]
        } else {
            vec![self.transform_input(), self.multiply(gemm), self.transform_output()]
        };
        let scratch = [self.in_quads, self.out_quads].map(|quads| self.planes() * self.count * quads * 4);
        Lowered { dispatches, scratch: scratch.into(), transformed_weights: Some(self.transform_weights()) }
    }

    fn planes(&self) -> usize {
        (self.outputs + 2) * (self.outputs + 2)
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("OUTPUTS", self.outputs as f64)]
    }

    /// The name of the transformed weights.
    fn weights_name(&self) -> &'static str {
        if self.outputs == 2 { "winograd2" } else { "winograd4" }
    }

    fn weights(&self) -> Argument {
        Argument::TransformedWeights(self.weights_name())
    }

    fn transform_weights(&self) -> TransformedWeights {
        let params = WeightParams { quads: self.in_quads * 4 * self.out_quads };
        let arguments = [("weight", Argument::Parameter("weight")), ("u", self.weights())];
        let dispatch = Dispatch::new(&WEIGHT, &params, &arguments, params.quads).with_constants(self.constants());
        TransformedWeights { name: self.weights_name(), len: self.planes() * params.quads * 4, dispatch }
    }

    fn transform_input(&self) -> Dispatch {
        let ConvLowering { conv, input, .. } = self.layer;
        let params = InputParams {
            in_height: input.h,
            in_width: input.w,
            padding_y: conv.window.padding[0],
            padding_x: conv.window.padding[1],
            tile_rows: self.rows,
            tile_columns: self.columns,
            in_quads: self.in_quads,
            tiles: self.count,
        };
        let arguments = [("x", Argument::Input(0)), ("v", Self::TRANSFORMED)];
        let threads = self.count * self.in_quads;
        Dispatch::new(&INPUT, &params, &arguments, threads).with_constants(self.constants())
    }

    /// One matrix product per plane: a 1x1 convolution over a row of tiles.
    fn sums(&self) -> Sums {
        let row = |channels: usize| Shape::new(1, channels, 1, self.count);
        let whole = Sums::whole(Window::square(1, 1, 0), row(self.layer.input.c), row(self.layer.output.c));
        let Self { count, in_quads, out_quads, .. } = *self;
        let strides = [count * in_quads, in_quads * 4 * out_quads, count * out_quads];
        Sums { slices: self.planes(), strides, ..whole }
    }

    /// Products are in `f32`: the transforms subtract large numbers from each other, for which `f16` is too coarse.
    fn multiply(&self, gemm: Gemm) -> Dispatch {
        let operands = Operands { x: Self::TRANSFORMED, weight: self.weights(), y: Self::PRODUCTS };
        self.sums().dispatch(gemm.with(ComputeType::F32), WeightFormat::F32, BoundEpilogue::NONE, &operands)
    }

    fn transform_output(&self) -> Dispatch {
        let epilogue = self.layer.bound_epilogue();
        let params = OutputParams {
            map_height: self.layer.output.h,
            map_width: self.layer.output.w,
            tile_rows: self.rows,
            tile_columns: self.columns,
            out_quads: self.out_quads,
            tiles: self.count,
            epilogue: epilogue.flags(),
        };
        let arguments = epilogue.bind(&[("products", Self::PRODUCTS), ("y", Argument::Output)]);
        let threads = self.count * self.out_quads;
        Dispatch::new(&OUTPUT, &params, &arguments, threads).with_constants(self.constants())
    }

    /// Each invocation computes its products for all planes and transforms them.
    fn multiply_and_transform(&self, gemm: Gemm) -> Dispatch {
        let epilogue = self.layer.bound_epilogue();
        let sums = self.sums();
        let params = ScalarParams {
            sum: sums.sum_params(),
            map_height: self.layer.output.h,
            map_width: self.layer.output.w,
            tile_rows: self.rows,
            tile_columns: self.columns,
            tiles: self.count,
            epilogue: epilogue.flags(),
        };
        let operands = [("x", Self::TRANSFORMED), ("weight", self.weights())];
        let outputs = [("products", Self::PRODUCTS), ("y", Argument::Output)];
        let arguments = epilogue.bind(&[operands, outputs].concat());
        let (kernel, invocations) = if gemm == Gemm::Subgroup { (&SUBGROUP, QUAD) } else { (&SCALAR, 1) };
        let threads = sums.tiles(gemm) * invocations;
        Dispatch::new(kernel, &params, &arguments, threads).with_constants(self.constants())
    }
}
