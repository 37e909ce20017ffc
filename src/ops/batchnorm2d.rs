//! Batch normalisation with stored statistics: `y = (x - mean[c]) / sqrt(var[c] + eps) · weight[c] + bias[c]`.
//! Source: Ioffe & Szegedy 2015; PyTorch `torch.nn.BatchNorm2d` in evaluation mode.

use super::{
    Epilogue, EpiloguePart, KernelConfig, Op, Operator, Packed, ParameterSpec, ParameterValues, Role, SAMPLE_CHANNELS,
    elementwise, elementwise_kernel,
};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Kernel, Lowered, bindings, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel = elementwise_kernel(
    "batchnorm2d",
    wgsl!("batchnorm2d", "invocation_id", "elementwise_params"),
    bindings!(x, affine => y),
);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// `torch.nn.BatchNorm2d` in evaluation mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm2d {
    /// Channels.
    pub channels: usize,
    /// Added to the variance before the square root; 1e-5 in PyTorch.
    pub eps: f64,
}

impl BatchNorm2d {
    /// PyTorch's default `eps`.
    pub const EPS: f64 = 1e-5;

    fn scale_and_shift(&self, parameters: &ParameterValues) -> (Vec<f32>, Vec<f32>) {
        let value = |name: &str, c: usize| f64::from(parameters[name][c]);
        (0..self.channels)
            .map(|c| {
                let scale = value("weight", c) / (value("running_var", c) + self.eps).sqrt();
                (scale as f32, (value("bias", c) - value("running_mean", c) * scale) as f32)
            })
            .unzip()
    }
}

impl Operator for BatchNorm2d {
    fn kind(&self) -> &'static str {
        "BatchNorm2d"
    }

    fn role(&self) -> Role {
        Role::Norm
    }

    fn epilogue_part(&self) -> Option<EpiloguePart> {
        Some(EpiloguePart::Norm)
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let channels = self.channels.min(SAMPLE_CHANNELS);
        Some((Self { channels, ..*self }.into(), channels))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        if inputs[0].c != self.channels {
            return Err(Error::shape(node, format!("an input of {} channels", self.channels), inputs[0]));
        }
        Ok(inputs[0])
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let dims = [self.channels];
        vec![
            ParameterSpec::new("weight", &dims),
            ParameterSpec::new("bias", &dims),
            ParameterSpec::statistic("running_mean", &dims),
            ParameterSpec::statistic("running_var", &dims),
        ]
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| {
            let value = |name: &str| f64::from(parameters[name][c]);
            let centred = f64::from(inputs[0].at(n, c, y, x)) - value("running_mean");
            (centred / (value("running_var") + self.eps).sqrt() * value("weight") + value("bias")) as f32
        })
    }

    fn affine(&self, parameters: &ParameterValues) -> Option<(Vec<f32>, Vec<f32>)> {
        Some(self.scale_and_shift(parameters))
    }

    /// `affine`: all scales, then all shifts, each padded with zeros to a multiple of four.
    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        let (mut data, mut shift) = self.scale_and_shift(parameters);
        let padded = self.channels.next_multiple_of(4);
        data.resize(padded, 0.0);
        shift.resize(padded, 0.0);
        data.append(&mut shift);
        vec![Packed { name: "affine", data, weights: false }]
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let affine = ("affine", Argument::Parameter("affine"));
        Ok(elementwise(&KERNEL, output, &[("x", Argument::Input(0)), affine, ("y", Argument::Output)]))
    }
}
