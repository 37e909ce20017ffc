//! The gradient of group normalisation: with `g = dy · weight[c]`, the normalised value `z = (x - mean) / sqrt(var + eps)`, and means over
//! the positions and channels of a group, `dx = (g - mean(g) - z · mean(g · z)) / sqrt(var + eps)`. The statistics depend on x, so they
//! have derivatives of their own. Source: Wu & He 2018 (arXiv 1803.08494); PyTorch `native_group_norm_backward`.

use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, WORKGROUP_SIZE, bindings, params, wgsl};
use crate::ops::{
    Epilogue, Footprint, GroupNorm, KernelConfig, Op, Operator, Packed, ParameterSpec, ParameterValues, Role,
    expect_same_shape,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct MeansParams { pixels, channel_quads, group_channels, groups, parts });

static MEANS: Kernel = Kernel::new(
    "groupnorm_gradient_means",
    wgsl!("groupnorm_gradient_means"),
    bindings!(dy, x, statistics, affine => means),
    MeansParams::FIELDS,
);

params!(struct Params { pixels, channel_quads, group_channels, groups, quads });

static KERNEL: Kernel = Kernel::new(
    "groupnorm_gradient",
    wgsl!("groupnorm_gradient", "invocation_id"),
    bindings!(dy, x, statistics, means, affine => dx),
    Params::FIELDS,
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&MEANS, &KERNEL];

/// The gradient of a [`GroupNorm`] from that of its output and its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupNormGradient {
    /// The forward operator.
    pub forward: GroupNorm,
}

impl Operator for GroupNormGradient {
    fn kind(&self) -> &'static str {
        "GroupNormGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let (forward, channels) = self.forward.few_groups();
        Some((Self { forward }.into(), channels))
    }

    fn arity(&self) -> usize {
        2
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        self.forward.output_shape(node, &[expect_same_shape(node, inputs)?])
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        ParameterSpec::borrowed(&self.forward)
    }

    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        self.forward.pack(parameters)
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let [dy, x] = [inputs[0], inputs[1]];
        let Shape { h, w, .. } = x.shape();
        let (groups, width) = (self.forward.groups, self.forward.group_channels());
        let moments = self.forward.moments(x);
        let scaled = |n: usize, c: usize, at: [usize; 2]| {
            f64::from(dy.at(n, c, at[0], at[1])) * f64::from(parameters["weight"][c])
        };
        let normalised = |n: usize, c: usize, at: [usize; 2]| {
            let [mean, deviation] = moments[n * groups + c / width];
            (f64::from(x.at(n, c, at[0], at[1])) - mean) / deviation
        };
        let means = |part: usize| {
            let (n, first) = (part / groups, part % groups * width);
            let positions =
                || (first..first + width).flat_map(move |c| (0..h * w).map(move |at| (c, [at / w, at % w])));
            let mean = |value: &dyn Fn(usize, [usize; 2]) -> f64| {
                positions().map(|(c, at)| value(c, at)).sum::<f64>() / (width * h * w) as f64
            };
            [mean(&|c, at| scaled(n, c, at)), mean(&|c, at| scaled(n, c, at) * normalised(n, c, at))]
        };
        let means: Vec<[f64; 2]> = (0..moments.len()).map(means).collect();
        HostTensor::from_fn(x.shape(), |n, c, row, column| {
            let (part, at) = (n * groups + c / width, [row, column]);
            let [of_gradient, of_product] = means[part];
            ((scaled(n, c, at) - of_gradient - normalised(n, c, at) * of_product) / moments[part][1]) as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let (pixels, channel_quads) = (inputs[0].h * inputs[0].w, output.channel_quads());
        let (group_channels, groups) = (self.forward.group_channels(), self.forward.groups);
        let parts = inputs[0].n * groups;
        let means = MeansParams { pixels, channel_quads, group_channels, groups, parts };
        let params = Params { pixels, channel_quads, group_channels, groups, quads: output.storage_len() / 4 };
        let [dy, x, statistics] =
            [("dy", Argument::Input(0)), ("x", Argument::Input(1)), ("statistics", Argument::Scratch(0))];
        let (means_of_groups, affine) = (("means", Argument::Scratch(1)), ("affine", Argument::Parameter("affine")));
        let first = [dy, x, statistics, affine, means_of_groups];
        let second = [dy, x, statistics, means_of_groups, affine, ("dx", Argument::Output)];
        let dispatches = vec![
            self.forward.statistics(inputs[0], x.1, statistics.1),
            // One workgroup for each group of each image.
            Dispatch::new(&MEANS, &means, &first, parts * WORKGROUP_SIZE),
            Dispatch::new(&KERNEL, &params, &second, params.quads),
        ];
        let pairs = (2 * parts).next_multiple_of(4);
        Ok(Lowered { dispatches, scratch: vec![pairs, pairs], transformed_weights: None })
    }
}
