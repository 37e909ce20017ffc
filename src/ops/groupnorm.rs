//! Group normalisation: `y = (x - mean) / sqrt(var + eps) · weight[c] + bias[c]` with mean and variance over all positions and the
//! channels of a group, of one image. Source: Wu & He 2018 (arXiv 1803.08494), equations 1, 2 and 7; PyTorch `torch.nn.GroupNorm`.

use super::{Epilogue, Footprint, KernelConfig, Op, Operator, Packed, ParameterSpec, ParameterValues, Role};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, WORKGROUP_SIZE, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct StatisticsParams { pixels, channel_quads, group_channels, groups, parts, eps_bits });

static STATISTICS: Kernel = Kernel::new(
    "groupnorm_statistics",
    wgsl!("groupnorm_statistics"),
    bindings!(x => statistics),
    StatisticsParams::FIELDS,
);

params!(struct Params { pixels, channel_quads, group_channels, groups, quads });

static KERNEL: Kernel = Kernel::new(
    "groupnorm",
    wgsl!("groupnorm", "invocation_id"),
    bindings!(x, statistics, affine => y),
    Params::FIELDS,
);
pub(super) static KERNELS: &[&Kernel] = &[&STATISTICS, &KERNEL];

/// `torch.nn.GroupNorm`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupNorm {
    /// Groups of consecutive channels.
    pub groups: usize,
    /// Channels, a multiple of the groups.
    pub channels: usize,
    /// Added to the variance before the square root; 1e-5 in PyTorch.
    pub eps: f64,
}

impl GroupNorm {
    /// PyTorch's default `eps`.
    pub const EPS: f64 = 1e-5;

    pub(super) fn group_channels(&self) -> usize {
        self.channels / self.groups
    }

    /// The same operator with a few groups as wide as in the network, and its channels: the width of a group decides which channels
    /// of a quad belong to which group.
    pub(super) fn few_groups(&self) -> (Self, usize) {
        let groups = self.groups.min(5);
        let channels = groups * self.group_channels();
        (Self { groups, channels, ..*self }, channels)
    }

    /// Mean and `sqrt(var + eps)` of each group of each image.
    pub(super) fn moments(&self, x: &HostTensor) -> Vec<[f64; 2]> {
        let shape = x.shape();
        let count = self.group_channels() * shape.h * shape.w;
        let moments = |group: &[f32]| {
            let mean = group.iter().map(|value| f64::from(*value)).sum::<f64>() / count as f64;
            let squares = group.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>();
            [mean, (squares / count as f64 + self.eps).sqrt()]
        };
        // NCHW: the values of a group are consecutive.
        x.data().chunks(count).map(moments).collect()
    }

    /// The dispatch that writes mean and `1 / sqrt(var + eps)` of each group of each image of `x`, two values per group.
    pub(super) fn statistics(&self, input: Shape, x: Argument, statistics: Argument) -> Dispatch {
        let parts = input.n * self.groups;
        let params = StatisticsParams {
            pixels: input.h * input.w,
            channel_quads: input.channel_quads(),
            group_channels: self.group_channels(),
            groups: self.groups,
            parts,
            eps_bits: (self.eps as f32).to_bits() as usize,
        };
        // One workgroup for each group of each image.
        Dispatch::new(&STATISTICS, &params, &[("x", x), ("statistics", statistics)], parts * WORKGROUP_SIZE)
    }
}

impl Operator for GroupNorm {
    fn kind(&self) -> &'static str {
        "GroupNorm"
    }

    fn role(&self) -> Role {
        Role::Norm
    }

    fn detail(&self) -> String {
        format!("groups {}", self.groups)
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let (narrowed, channels) = self.few_groups();
        Some((narrowed.into(), channels))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        if self.groups == 0 || self.channels == 0 || !self.channels.is_multiple_of(self.groups) {
            let expected = "groups of the same number of channels";
            return Err(Error::shape(node, expected, format!("{} groups of {} channels", self.groups, self.channels)));
        }
        if inputs[0].c != self.channels {
            return Err(Error::shape(node, format!("an input of {} channels", self.channels), inputs[0]));
        }
        Ok(inputs[0])
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![ParameterSpec::new("weight", &[self.channels]), ParameterSpec::new("bias", &[self.channels])]
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let moments = self.moments(inputs[0]);
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| {
            let [mean, deviation] = moments[n * self.groups + c / self.group_channels()];
            let normalised = (f64::from(inputs[0].at(n, c, y, x)) - mean) / deviation;
            (normalised * f64::from(parameters["weight"][c]) + f64::from(parameters["bias"][c])) as f32
        })
    }

    /// `affine`: all weights, then all biases, each padded with zeros to a multiple of four.
    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        let padded = self.channels.next_multiple_of(4);
        let part = |name: &str| {
            let mut values = parameters[name].clone();
            values.resize(padded, 0.0);
            values
        };
        vec![Packed { name: "affine", data: [part("weight"), part("bias")].concat(), weights: false }]
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            pixels: inputs[0].h * inputs[0].w,
            channel_quads: output.channel_quads(),
            group_channels: self.group_channels(),
            groups: self.groups,
            quads: output.storage_len() / 4,
        };
        let arguments = [
            ("x", Argument::Input(0)),
            ("statistics", Argument::Scratch(0)),
            ("affine", Argument::Parameter("affine")),
            ("y", Argument::Output),
        ];
        let dispatches = vec![
            self.statistics(inputs[0], Argument::Input(0), Argument::Scratch(0)),
            Dispatch::new(&KERNEL, &params, &arguments, params.quads),
        ];
        let scratch = vec![(2 * inputs[0].n * self.groups).next_multiple_of(4)];
        Ok(Lowered { dispatches, scratch, transformed_weights: None })
    }
}
