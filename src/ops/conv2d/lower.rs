//! The ways to compute a convolution, as calls of kernels.

use super::Conv2d;
use super::gemm::{EpilogueFlags, Sums, steps};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, WORKGROUP_SIZE, bindings, wgsl};
use crate::ops::algorithm::{Algorithm, Gemm, GemmTile, KernelConfig, WeightFormat};
use crate::ops::{Epilogue, Window};
use crate::shape::Shape;

pub(in crate::ops) static REDUCE: Kernel = Kernel {
    name: "conv2d_reduce",
    variant: "",
    source: wgsl!("conv2d_reduce", "invocation_id", "epilogue"),
    first_binding: 0,
    bindings: bindings!(bias, affine, residual, parts => y),
    fields: &["out_quads", "quads", "slices", "epilogue"],
    overrides: &[],
    workgroup: WORKGROUP_SIZE,
};

pub(in crate::ops) static ROWS: Kernel = Kernel::new(
    "conv2d_rows",
    wgsl!("conv2d_rows", "invocation_id"),
    bindings!(x => rows),
    &["in_width", "out_width", "kernel_width", "stride_x", "padding_x", "in_quads", "quads"],
);

/// A convolution in its place: what the ways to compute it need to know.
pub(super) struct ConvLowering {
    pub conv: Conv2d,
    pub input: Shape,
    pub output: Shape,
    pub epilogue: Epilogue,
}

impl ConvLowering {
    /// A way that is none for this convolution is taken as its simplest one.
    pub fn lower(&self, method: KernelConfig) -> Lowered {
        if self.conv.groups > 1 {
            return self.grouped(method.weights);
        }
        match method.algorithm {
            Algorithm::Winograd(outputs, product) if self.conv.is_winograd() && matches!(outputs, 2 | 4) => {
                self.winograd(outputs, valid(product), method.weights)
            }
            Algorithm::Plain(Gemm::CooperativeMatrix(side))
                if method.weights == WeightFormat::F16 && self.conv.fills_matrices(side) =>
            {
                self.plain(Gemm::CooperativeMatrix(side), method.weights)
            }
            Algorithm::Plain(product) => self.plain(valid(product), method.weights),
            Algorithm::Rows(product) if self.conv.window.kernel[1] > 1 => self.rows(valid(product), method.weights),
            Algorithm::Split(tile, parts) if tile.is_valid() => self.split(tile, parts, method.weights),
            _ => self.plain(Gemm::Direct8x8, method.weights),
        }
    }

    /// What follows the sum.
    pub(super) fn ending(&self) -> EpilogueFlags {
        EpilogueFlags::new(self.conv.bias, self.epilogue)
    }

    /// What that binds: bias, affine, residual.
    pub(super) fn ending_arguments(&self) -> Vec<Argument> {
        let given = |asked: bool, argument: Argument| if asked { argument } else { Argument::Unused };
        vec![
            given(self.conv.bias, Argument::Parameter("bias")),
            given(self.epilogue.norm, Argument::NormParameter("affine")),
            given(self.epilogue.residual, Argument::Residual),
        ]
    }

    fn plain(&self, product: Gemm, weights: WeightFormat) -> Lowered {
        self.whole().dispatch(product, weights, self.ending(), self.arguments()).into()
    }

    fn grouped(&self, weights: WeightFormat) -> Lowered {
        self.whole().grouped(self.conv.groups, weights, self.ending(), self.arguments()).into()
    }

    fn whole(&self) -> Sums {
        Sums::whole(self.conv.window, self.input, self.output)
    }

    /// What a kernel binds that computes the whole convolution.
    fn arguments(&self) -> Vec<Argument> {
        let mut arguments = self.ending_arguments();
        arguments.extend([Argument::Input(0), Argument::Parameter("weight"), Argument::Output]);
        arguments
    }

    /// A convolution of few input channels as one of a single column and many.
    fn rows(&self, product: Gemm, weights: WeightFormat) -> Lowered {
        let Window { kernel: [kh, kw], stride: [sy, sx], padding: [py, px] } = self.conv.window;
        let in_quads = self.input.channel_quads();
        let rows = Shape { c: kw * in_quads * 4, w: self.output.w, ..self.input };
        let quads = rows.storage_len() / 4;
        let params = [self.input.w, self.output.w, kw, sx, px, in_quads, quads].map(|extent| extent as u32);
        let lay_out = Dispatch::new(&ROWS, params.into(), vec![Argument::Input(0), Argument::Scratch(0)], quads);
        let window = Window { kernel: [kh, 1], stride: [sy, 1], padding: [py, 0] };
        let mut arguments = self.ending_arguments();
        arguments.extend([Argument::Scratch(0), Argument::Parameter("weight"), Argument::Output]);
        let sums = Sums::whole(window, rows, self.output);
        let multiply = sums.dispatch(product, weights, self.ending(), arguments);
        Lowered { dispatches: vec![lay_out, multiply], scratch: vec![quads * 4], prepared: None }
    }

    /// A long sum in parts, for maps so small that whole sums would leave most of a GPU idle.
    fn split(&self, tile: GemmTile, parts: usize, weights: WeightFormat) -> Lowered {
        let product = Gemm::Tiled(tile);
        let all = steps(self.conv.window, self.input, product);
        // No part may be left without a step: it would add what another layer has left in the scratch buffer.
        let parts = all.div_ceil(all.div_ceil(parts.clamp(1, all)));
        if parts == 1 {
            return self.plain(product, weights);
        }
        let quads = self.output.storage_len() / 4;
        let sums = Sums { slices: parts, strides: [0, 0, quads], split: true, ..self.whole() };
        let [input, weight, part] = [Argument::Input(0), Argument::Parameter("weight"), Argument::Scratch(0)];
        let unused = [Argument::Unused; 3];
        let arguments = unused.into_iter().chain([input, weight, part]).collect();
        let multiply = sums.dispatch(product, weights, EpilogueFlags::NONE, arguments);
        let mut params = [self.output.channel_quads(), quads, parts].map(|extent| extent as u32).to_vec();
        params.push(self.ending().bits());
        let arguments = self.ending_arguments().into_iter().chain([part, Argument::Output]).collect();
        let reduce = Dispatch::new(&REDUCE, params, arguments, quads);
        Lowered { dispatches: vec![multiply, reduce], scratch: vec![parts * quads * 4], prepared: None }
    }
}

/// A tile that no kernel can be made for gives way to registers, and so do matrices where they are not known to fit.
fn valid(product: Gemm) -> Gemm {
    match product {
        Gemm::CooperativeMatrix(_) => Gemm::Direct8x8,
        Gemm::Tiled(tile) if !tile.is_valid() => Gemm::Direct8x8,
        other => other,
    }
}
