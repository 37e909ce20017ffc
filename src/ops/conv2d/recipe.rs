//! The ways to compute a convolution, as calls of kernels.

use super::Conv2d;
use super::product::{Constants, Sums, steps};
use crate::kernel::{Argument, Dispatch, Kernel, Prepared, Recipe, bindings, wgsl};
use crate::ops::algorithm::{Algorithm, Method, Product, Tile, WeightFormat};
use crate::ops::{Epilogue, Window};
use crate::shape::Shape;

pub(in crate::ops) static REDUCE: Kernel = Kernel {
    name: "conv2d_reduce",
    variant: "",
    source: wgsl!("conv2d_reduce", "index", "epilogue"),
    first_binding: 0,
    bindings: bindings!(bias, affine, residual, parts => y),
    fields: &["out_quads", "quads", "slices"],
    overrides: &["BIAS", "NORM", "RESIDUAL", "RELU"],
};

pub(in crate::ops) static WINOGRAD_INPUT: Kernel = Kernel {
    name: "winograd_input",
    variant: "",
    source: wgsl!("winograd_input", "index", "winograd"),
    first_binding: 0,
    bindings: bindings!(x => v),
    fields: &["in_height", "in_width", "padding_y", "padding_x", "tile_rows", "tile_columns", "in_quads", "tiles"],
    overrides: &["OUTPUTS"],
};

pub(in crate::ops) static WINOGRAD_OUTPUT: Kernel = Kernel {
    name: "winograd_output",
    variant: "",
    source: wgsl!("winograd_output", "index", "winograd", "epilogue"),
    first_binding: 0,
    bindings: bindings!(bias, affine, residual, products => y),
    fields: &["out_height", "out_width", "tile_rows", "tile_columns", "out_quads", "tiles"],
    overrides: &["OUTPUTS", "BIAS", "NORM", "RESIDUAL", "RELU"],
};

/// For weights in `f32` and in `f16`.
pub(in crate::ops) static WINOGRAD_WEIGHT: [Kernel; 2] = [
    winograd_weight("f32", wgsl!("winograd_weight", "index", "winograd", "weight_f32")),
    winograd_weight("f16", wgsl!("winograd_weight", "index", "winograd", "weight_f16")),
];

const fn winograd_weight(variant: &'static str, source: &'static str) -> Kernel {
    Kernel {
        name: "winograd_weight",
        variant,
        source,
        first_binding: 4,
        bindings: bindings!(weight => u),
        fields: &["quads"],
        overrides: &["OUTPUTS"],
    }
}

/// A convolution in its place: what the ways to compute it need to know.
pub(super) struct Call {
    pub conv: Conv2d,
    pub input: Shape,
    pub output: Shape,
    pub epilogue: Epilogue,
}

impl Call {
    /// A way that is none for this convolution is taken as its simplest one.
    pub fn recipe(&self, method: Method) -> Recipe {
        if self.conv.groups > 1 {
            return self.grouped(method.weights);
        }
        match method.algorithm {
            Algorithm::Winograd(outputs, product) if self.conv.is_winograd() && matches!(outputs, 2 | 4) => {
                self.winograd(outputs, valid(product), method.weights)
            }
            Algorithm::Plain(product) => self.plain(valid(product), method.weights),
            Algorithm::Split(tile, parts) if tile.is_valid() => self.split(tile, parts, method.weights),
            _ => self.plain(Product::Direct, method.weights),
        }
    }

    fn constants(&self) -> Constants {
        Constants::new(self.conv.bias, self.epilogue)
    }

    /// What the epilogue binds: bias, affine, residual.
    fn ending(&self) -> Vec<Argument> {
        let given = |asked: bool, argument: Argument| if asked { argument } else { Argument::Unused };
        vec![
            given(self.conv.bias, Argument::Parameter("bias")),
            given(self.epilogue.norm, Argument::NormParameter("affine")),
            given(self.epilogue.residual, Argument::Residual),
        ]
    }

    fn plain(&self, product: Product, weights: WeightFormat) -> Recipe {
        self.whole().dispatch(product, weights, self.constants(), self.arguments()).into()
    }

    fn grouped(&self, weights: WeightFormat) -> Recipe {
        self.whole().grouped(self.conv.groups, weights, self.constants(), self.arguments()).into()
    }

    fn whole(&self) -> Sums {
        Sums::whole(self.conv.window, self.input, self.output)
    }

    /// What a kernel binds that computes the whole convolution.
    fn arguments(&self) -> Vec<Argument> {
        let mut arguments = self.ending();
        arguments.extend([Argument::Input(0), Argument::Parameter("weight"), Argument::Output]);
        arguments
    }

    /// A long sum in parts, for maps so small that whole sums would leave most of a GPU idle.
    fn split(&self, tile: Tile, parts: usize, weights: WeightFormat) -> Recipe {
        let product = Product::Tiled(tile);
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
        let multiply = sums.dispatch(product, weights, Constants::none(), arguments);
        let extents = [self.output.channel_quads(), quads, parts].map(|extent| extent as u32);
        let arguments = self.ending().into_iter().chain([part, Argument::Output]).collect();
        let reduce = Dispatch {
            constants: self.constants().into_vec(),
            ..Dispatch::new(&REDUCE, extents.into(), arguments, quads)
        };
        Recipe { dispatches: vec![multiply, reduce], scratch: vec![parts * quads * 4], prepared: None }
    }

    /// Lavin & Gray 2015: tiles of m x m outputs by (m+2)² products instead of 9 m².
    fn winograd(&self, outputs: usize, product: Product, weights: WeightFormat) -> Recipe {
        let planes = (outputs + 2) * (outputs + 2);
        let [rows, columns] = [self.output.h, self.output.w].map(|extent| extent.div_ceil(outputs));
        let tiles = self.output.n * rows * columns;
        let [in_quads, out_quads] = [self.input, self.output].map(|shape| shape.channel_quads());
        let name = if outputs == 2 { "winograd2" } else { "winograd4" };
        let [transformed, products] = [Argument::Scratch(0), Argument::Scratch(1)];
        let side = ("OUTPUTS", outputs as f64);

        let [py, px] = self.conv.window.padding;
        let extents = [self.input.h, self.input.w, py, px, rows, columns, in_quads, tiles];
        let extents = extents.map(|extent| extent as u32).into();
        let arguments = vec![Argument::Input(0), transformed];
        let transform =
            Dispatch { constants: vec![side], ..Dispatch::new(&WINOGRAD_INPUT, extents, arguments, tiles * in_quads) };

        // Each plane is a product of matrices, which is a convolution of 1x1 over a row of tiles.
        let row = |channels: usize| Shape::new(1, channels, 1, tiles);
        let whole = Sums::whole(Window::square(1, 1, 0), row(self.input.c), row(self.output.c));
        let strides = [tiles * in_quads, in_quads * 4 * out_quads, tiles * out_quads];
        let sums = Sums { slices: planes, strides, ..whole };
        let unused = [Argument::Unused; 3];
        let arguments = unused.into_iter().chain([transformed, Argument::Prepared(name), products]).collect();
        let multiply = sums.dispatch(product, weights, Constants::none(), arguments);

        let extents = [self.output.h, self.output.w, rows, columns, out_quads, tiles];
        let extents = extents.map(|extent| extent as u32).into();
        let arguments = self.ending().into_iter().chain([products, Argument::Output]).collect();
        let constants = [side].into_iter().chain(self.constants().into_vec()).collect();
        let finish = Dispatch { constants, ..Dispatch::new(&WINOGRAD_OUTPUT, extents, arguments, tiles * out_quads) };

        let quads = in_quads * 4 * out_quads;
        let arguments = vec![Argument::Parameter("weight"), Argument::Prepared(name)];
        let prepare = Dispatch::new(weights.of(&WINOGRAD_WEIGHT), vec![quads as u32], arguments, quads);
        let prepare = Dispatch { constants: vec![side], ..prepare };
        Recipe {
            dispatches: vec![transform, multiply, finish],
            scratch: [in_quads, out_quads].map(|quads| planes * tiles * quads * 4).into(),
            prepared: Some(Prepared { name, len: planes * quads * 4, dispatch: prepare }),
        }
    }
}

/// A tile that no kernel can be made for gives way to registers.
fn valid(product: Product) -> Product {
    match product {
        Product::Tiled(tile) if !tile.is_valid() => Product::Direct,
        other => other,
    }
}
