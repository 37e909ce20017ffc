//! Lowers a convolution to dispatches, one function per algorithm.

use super::attributes::Conv2d;
use super::epilogue::BoundEpilogue;
use super::gemm::{Operands, Sums, steps};
use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::algorithm::{Algorithm, ComputeType, Gemm, GemmTile, KernelConfig, WeightFormat};
use crate::ops::{Epilogue, Window};
use crate::shape::Shape;

params!(struct ReduceParams { out_quads, quads, slices, epilogue });

pub(super) static REDUCE: Kernel = Kernel::new(
    "conv2d_reduce",
    wgsl!("conv2d_reduce", "invocation_id", "activation", "epilogue"),
    bindings!(bias, affine, residual, parts => y),
    ReduceParams::FIELDS,
);

params!(struct RowsParams { in_width, out_width, kernel_width, stride_x, padding_x, in_quads, quads });

pub(super) static ROWS: Kernel =
    Kernel::new("conv2d_rows", wgsl!("conv2d_rows", "invocation_id"), bindings!(x => rows), RowsParams::FIELDS);

/// A convolution with its shapes and its epilogue.
pub(super) struct ConvLowering {
    pub conv: Conv2d,
    pub input: Shape,
    pub output: Shape,
    pub epilogue: Epilogue,
}

impl ConvLowering {
    /// # Errors
    /// [`crate::Error::Algorithm`] when the algorithm cannot compute this convolution.
    pub fn lower(&self, config: KernelConfig) -> Result<Lowered> {
        let KernelConfig { algorithm, weights } = config;
        if self.conv.groups > 1 {
            return Ok(self.grouped(weights));
        }
        let gemm = algorithm.gemm().ok_or_else(|| config.unusable("an algorithm for convolutions"))?;
        if let Gemm::Tiled(tile) = gemm
            && !tile.is_valid()
        {
            return Err(config.unusable("a tile that shaders/conv2d_tiled.wgsl supports"));
        }
        if gemm.compute_type() == ComputeType::F16 && weights == WeightFormat::F32 {
            return Err(config.unusable("products in f32 for weights in f32"));
        }
        match (algorithm, gemm) {
            (Algorithm::Plain(_), Gemm::CooperativeMatrix(side)) if !self.conv.fills_matrices(side) => {
                Err(config.unusable("channels that matrices of 8 x 8 or 16 x 16 cover"))
            }
            (Algorithm::Plain(_), _) => Ok(self.plain(gemm, weights)),
            (_, Gemm::CooperativeMatrix(_)) => Err(config.unusable("cooperative matrices as Plain only")),
            (Algorithm::Rows(_), _) if self.conv.window.kernel[1] == 1 => {
                Err(config.unusable("a window of several columns for Rows"))
            }
            (Algorithm::Rows(_), _) => Ok(self.rows(gemm, weights)),
            (Algorithm::Split(tile, parts), _) => Ok(self.split(tile, parts, weights)),
            (Algorithm::Winograd(outputs, _), _) => {
                let usable = self.conv.is_winograd() && matches!(outputs, 2 | 4) && weights == WeightFormat::F32;
                if !usable {
                    let expected = "F(2x2, 3x3) or F(4x4, 3x3) of a 3x3 window with stride 1 and weights in f32";
                    return Err(config.unusable(expected));
                }
                Ok(self.winograd(outputs, gemm))
            }
            (Algorithm::Gemv(_), _) => Err(config.unusable("an algorithm for convolutions")),
        }
    }

    pub(super) fn bound_epilogue(&self) -> BoundEpilogue {
        BoundEpilogue::new(self.conv.bias, self.epilogue)
    }

    fn plain(&self, gemm: Gemm, weights: WeightFormat) -> Lowered {
        self.whole().dispatch(gemm, weights, self.bound_epilogue(), &Self::operands()).into()
    }

    fn grouped(&self, weights: WeightFormat) -> Lowered {
        self.whole().grouped(self.conv.groups, weights, self.bound_epilogue(), &Self::operands()).into()
    }

    fn whole(&self) -> Sums {
        Sums::whole(self.conv.window, self.input, self.output)
    }

    /// The operands of a single dispatch.
    fn operands() -> Operands {
        Operands { x: Argument::Input(0), weight: Argument::Parameter("weight"), y: Argument::Output }
    }

    /// im2col along x: a convolution with few input channels becomes one with a window of one column and more channels.
    fn rows(&self, gemm: Gemm, weights: WeightFormat) -> Lowered {
        let Window { kernel: [kh, kw], stride: [sy, sx], padding: [py, px] } = self.conv.window;
        let in_quads = self.input.channel_quads();
        let rows = Shape { c: kw * in_quads * 4, w: self.output.w, ..self.input };
        let quads = rows.storage_len() / 4;
        let params = RowsParams {
            in_width: self.input.w,
            out_width: self.output.w,
            kernel_width: kw,
            stride_x: sx,
            padding_x: px,
            in_quads,
            quads,
        };
        let arguments = [("x", Argument::Input(0)), ("rows", Argument::Scratch(0))];
        let im2col = Dispatch::new(&ROWS, &params, &arguments, quads);
        let window = Window { kernel: [kh, 1], stride: [sy, 1], padding: [py, 0] };
        let operands = Operands { x: Argument::Scratch(0), ..Self::operands() };
        let sums = Sums::whole(window, rows, self.output);
        let multiply = sums.dispatch(gemm, weights, self.bound_epilogue(), &operands);
        Lowered { dispatches: vec![im2col, multiply], scratch: vec![quads * 4], transformed_weights: None }
    }

    /// Split-K, for maps so small that whole sums would leave most of a GPU idle.
    fn split(&self, tile: GemmTile, parts: usize, weights: WeightFormat) -> Lowered {
        let gemm = Gemm::Tiled(tile);
        let all = steps(self.conv.window, self.input, gemm);
        // Every part has at least one step: an empty one would add whatever the scratch buffer holds.
        let slices = all.div_ceil(all.div_ceil(parts.clamp(1, all)));
        if slices == 1 {
            return self.plain(gemm, weights);
        }
        let quads = self.output.storage_len() / 4;
        let sums = Sums { slices, strides: [0, 0, quads], split: true, ..self.whole() };
        let parts = Argument::Scratch(0);
        let operands = Operands { y: parts, ..Self::operands() };
        let multiply = sums.dispatch(gemm, weights, BoundEpilogue::NONE, &operands);
        let epilogue = self.bound_epilogue();
        let out_quads = self.output.channel_quads();
        let params = ReduceParams { out_quads, quads, slices, epilogue: epilogue.flags() };
        let arguments = epilogue.bind(&[("parts", parts), ("y", Argument::Output)]);
        let reduce = Dispatch::new(&REDUCE, &params, &arguments, quads);
        Lowered { dispatches: vec![multiply, reduce], scratch: vec![slices * quads * 4], transformed_weights: None }
    }
}
