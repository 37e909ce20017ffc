//! The end of a residual block with a projection in one dispatch: two 1x1 convolutions, a batch normalisation behind each, and their
//! sum, `y = scale · (W x) + shift + projection_scale · (W' x') + projection_shift`.
//! A plan computes these five nodes by it where none of the values between them is observed.

use super::algorithm::{
    AdapterClass, AdapterProfile, Algorithm, ComputeType, Gemm, GemmTile, KernelConfig, WeightFormat,
};
use super::{
    Add, Conv2d, Epilogue, EpiloguePart, Footprint, Op, Operator, Packed, ParameterSpec, ParameterValues, Role, Window,
};
use crate::error::Result;
use crate::kernel::{
    Argument, Binding, Dispatch, Kernel, KernelFeatures, Lowered, UniformParams, bindings, params, wgsl,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(
    struct Params {
        in_height,
        in_width,
        out_height,
        out_width,
        stride_y,
        stride_x,
        quads,
        projection_quads,
        out_quads,
        pixels,
        activation,
    }
);

const BINDINGS: &[Binding] = bindings!(affine, projection_affine, projection_x, x, weight, projection_weight => y);

const fn kernel(variant: &'static str, source: &'static str) -> Kernel {
    Kernel { variant, workgroup: 256, ..Kernel::new("conv2d_pair", source, BINDINGS, Params::FIELDS) }
}

/// For weights in `f32` and in `f16`, with products in `f32`.
static FORMATS: [Kernel; 2] = [
    kernel("f32", wgsl!("conv2d_pair", "activation", "products_f32", "weight_f32", "projection_weight_f32")),
    kernel("f16", wgsl!("conv2d_pair", "activation", "products_f32", "weight_f16", "projection_weight_f16")),
];
/// For weights in `f16`, with products in `f16`.
static PRODUCTS_F16: Kernel = Kernel {
    features: KernelFeatures::F16,
    ..kernel("f16 in f16", wgsl!(enable f16; "conv2d_pair", "activation", "products_f16", "projection_products_f16"))
};
pub(super) static KERNELS: &[&Kernel] = &[&FORMATS[0], &FORMATS[1], &PRODUCTS_F16];

/// The tile of `shaders/conv2d_pair.wgsl`, of which each workgroup computes four parts.
const TILE: GemmTile = GemmTile::new(8, 1, 4);

/// The largest number of images for which a saved dispatch is worth more than the larger tiles of the separate kernels.
const IMAGES: usize = 4;

/// Two 1x1 convolutions without bias and groups, each followed by a batch normalisation, and their sum. Input 0 is that of the
/// projection, input 1 that of the other convolution, which has stride 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2dPair {
    /// The convolution on the shortcut.
    pub projection: Conv2d,
    /// The last convolution of the residual branch.
    pub main: Conv2d,
}

/// The packed scale and shift of each part, and the names of the values that it is packed from.
const AFFINES: [(&str, [&str; 2]); 2] =
    [("affine", ["scale", "shift"]), ("projection_affine", ["projection_scale", "projection_shift"])];

impl Conv2dPair {
    /// The pair of two operators, if they are convolutions that its kernel can compute.
    pub(crate) fn of(projection: &Op, main: &Op) -> Option<Op> {
        let (&Op::Conv2d(projection), &Op::Conv2d(main)) = (projection, main) else { return None };
        let is_pointwise = |conv: &Conv2d| {
            let Window { kernel, padding, .. } = conv.window;
            kernel == [1, 1] && padding == [0, 0] && conv.groups == 1 && !conv.bias
        };
        let fits = is_pointwise(&projection) && is_pointwise(&main) && main.window.stride == [1, 1];
        (fits && projection.out_channels == main.out_channels).then(|| Self { projection, main }.into())
    }
}

impl Operator for Conv2dPair {
    fn kind(&self) -> &'static str {
        "Conv2dPair"
    }

    fn role(&self) -> Role {
        Role::Convolution
    }

    fn footprint(&self) -> Footprint {
        Footprint::Window(self.projection.window)
    }

    fn detail(&self) -> String {
        self.projection.detail()
    }

    fn arity(&self) -> usize {
        2
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        // 72 channels leave a remainder in steps of 8 quads.
        let narrow = |conv: Conv2d| Conv2d {
            in_channels: conv.in_channels.min(72),
            out_channels: conv.out_channels.min(72),
            ..conv
        };
        let [projection, main] = [self.projection, self.main].map(narrow);
        Some((Self { projection, main }.into(), projection.in_channels))
    }

    fn sample_operand(&self, index: usize) -> Option<Op> {
        (index == 1).then(|| Conv2d { out_channels: self.main.in_channels, ..self.projection }.into())
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let shortcut = self.projection.output_shape(node, &inputs[..1])?;
        Add.output_shape(node, &[self.main.output_shape(node, &inputs[1..])?, shortcut])
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let outputs = [self.main.out_channels];
        let weight = |name, conv: Conv2d| ParameterSpec::new(name, &[conv.out_channels, conv.in_channels, 1, 1]);
        let values = AFFINES.iter().flat_map(|(_, names)| names).map(|name| ParameterSpec::new(name, &outputs));
        [weight("weight", self.main), weight("projection_weight", self.projection)].into_iter().chain(values).collect()
    }

    fn macs(&self, output: Shape) -> u64 {
        self.projection.macs(output) + self.main.macs(output)
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let convolved = |conv: Conv2d, input: &HostTensor, weight: &str| {
            conv.reference(&[input], &ParameterValues::from([("weight", parameters[weight].clone())]))
        };
        let shortcut = convolved(self.projection, inputs[0], "projection_weight");
        let main = convolved(self.main, inputs[1], "weight");
        HostTensor::from_fn(main.shape(), |n, c, y, x| {
            let value = |name: &str| f64::from(parameters[name][c]);
            let part = |sums: &HostTensor, [scale, shift]: [&str; 2]| {
                f64::from(sums.at(n, c, y, x)) * value(scale) + value(shift)
            };
            (part(&main, AFFINES[0].1) + part(&shortcut, AFFINES[1].1)) as f32
        })
    }

    /// Each as the convolution or the batch normalisation packs it.
    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        let weight = |name: &'static str, conv: Conv2d| {
            let values = ParameterValues::from([("weight", parameters[name].clone())]);
            conv.pack(&values).into_iter().map(move |packed| Packed { name, ..packed })
        };
        let affine = |(name, names): (&'static str, [&'static str; 2])| {
            let padded = self.main.out_channels.next_multiple_of(4);
            let half = |name: &str| {
                let mut values = parameters[name].clone();
                values.resize(padded, 0.0);
                values
            };
            Packed { name, data: names.map(half).concat(), weights: false }
        };
        let weights = weight("weight", self.main).chain(weight("projection_weight", self.projection));
        weights.chain(AFFINES.map(affine)).collect()
    }

    fn absorbs(&self, part: EpiloguePart) -> bool {
        matches!(part, EpiloguePart::Activation(_))
    }

    /// Empty except on GPUs and for few images: software adapters and larger batches compute the two convolutions faster by their own
    /// kernels.
    fn algorithms(&self, _inputs: &[Shape], output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
        if adapter.target != AdapterClass::Gpu || output.n > IMAGES {
            return Vec::new();
        }
        let wide = Algorithm::Plain(Gemm::Tiled(TILE));
        match adapter.narrowest() {
            ComputeType::F32 => vec![wide],
            ComputeType::F16 => vec![wide.with(ComputeType::F16), wide],
        }
    }

    fn lower(&self, inputs: &[Shape], output: Shape, epilogue: Epilogue, config: KernelConfig) -> Result<Lowered> {
        let arithmetic = config.algorithm.gemm().map(Gemm::compute_type);
        let kernel = match (config.algorithm.with(ComputeType::F32), arithmetic, config.weights) {
            (Algorithm::Plain(Gemm::Tiled(TILE)), Some(ComputeType::F32), weights) => weights.of(&FORMATS),
            (Algorithm::Plain(Gemm::Tiled(TILE)), Some(ComputeType::F16), WeightFormat::F16) => &PRODUCTS_F16,
            _ => {
                return Err(
                    config.unusable("the tile of shaders/conv2d_pair.wgsl, with products in f32 for weights in f32")
                );
            }
        };
        if epilogue.norm || epilogue.residual {
            return Err(config.unusable("an epilogue with an activation only"));
        }
        let [projected, input] = [inputs[0], inputs[1]];
        let params = Params {
            in_height: projected.h,
            in_width: projected.w,
            out_height: output.h,
            out_width: output.w,
            stride_y: self.projection.window.stride[0],
            stride_x: self.projection.window.stride[1],
            quads: input.channel_quads(),
            projection_quads: projected.channel_quads(),
            out_quads: output.channel_quads(),
            pixels: output.n * output.h * output.w,
            activation: epilogue.activation.map_or(0, |activation| activation as usize),
        };
        let [affine, projection_affine, weight, projection_weight] =
            ["affine", "projection_affine", "weight", "projection_weight"]
                .map(|name| (name, Argument::Parameter(name)));
        let arguments = [
            affine,
            projection_affine,
            ("projection_x", Argument::Input(0)),
            ("x", Argument::Input(1)),
            weight,
            projection_weight,
            ("y", Argument::Output),
        ];
        let tiles = TILE.count(params.pixels, params.out_quads);
        Ok(Dispatch::new(kernel, &params, &arguments, tiles * kernel.workgroup).into())
    }
}
