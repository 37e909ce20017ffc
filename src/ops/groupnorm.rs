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

    fn group_channels(&self) -> usize {
        self.channels / self.groups
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

    /// A few groups as wide as in the network: their width decides which channels of a quad belong to which group.
    fn narrowed(&self) -> Option<(Op, usize)> {
        let groups = self.groups.min(5);
        let channels = groups * self.group_channels();
        Some((Self { groups, channels, ..*self }.into(), channels))
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
        let shape = inputs[0].shape();
        let count = self.group_channels() * shape.h * shape.w;
        // NCHW: the values of a group are consecutive.
        let moments: Vec<[f64; 2]> = inputs[0]
            .data()
            .chunks(count)
            .map(|group| {
                let mean = group.iter().map(|value| f64::from(*value)).sum::<f64>() / count as f64;
                let squares = group.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>();
                [mean, (squares / count as f64 + self.eps).sqrt()]
            })
            .collect();
        HostTensor::from_fn(shape, |n, c, y, x| {
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
        let (pixels, channel_quads) = (inputs[0].h * inputs[0].w, output.channel_quads());
        let (group_channels, groups) = (self.group_channels(), self.groups);
        let parts = inputs[0].n * groups;
        let eps_bits = (self.eps as f32).to_bits() as usize;
        let statistics = StatisticsParams { pixels, channel_quads, group_channels, groups, parts, eps_bits };
        let params = Params { pixels, channel_quads, group_channels, groups, quads: output.storage_len() / 4 };
        let first = [("x", Argument::Input(0)), ("statistics", Argument::Scratch(0))];
        let second = [
            ("x", Argument::Input(0)),
            ("statistics", Argument::Scratch(0)),
            ("affine", Argument::Parameter("affine")),
            ("y", Argument::Output),
        ];
        let dispatches = vec![
            // One workgroup for each group of each image.
            Dispatch::new(&STATISTICS, &statistics, &first, parts * WORKGROUP_SIZE),
            Dispatch::new(&KERNEL, &params, &second, params.quads),
        ];
        Ok(Lowered { dispatches, scratch: vec![(2 * parts).next_multiple_of(4)], transformed_weights: None })
    }
}
