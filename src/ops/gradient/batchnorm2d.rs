//! The gradient of batch normalisation with stored statistics: `dx = dy · weight[c] / sqrt(var[c] + eps)`.
//! Source: Ioffe & Szegedy 2015; PyTorch `native_batch_norm_backward` in evaluation mode.

use crate::error::Result;
use crate::kernel::{Argument, Kernel, Lowered, bindings, wgsl};
use crate::ops::{
    BatchNorm2d, Epilogue, KernelConfig, Op, Operator, Packed, ParameterSpec, ParameterValues, Role, SAMPLE_CHANNELS,
    elementwise, elementwise_kernel,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel = elementwise_kernel(
    "batchnorm2d_gradient",
    wgsl!("batchnorm2d_gradient", "invocation_id", "elementwise_params"),
    bindings!(dy, affine => dx),
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of a [`BatchNorm2d`] from that of its output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm2dGradient {
    /// The forward operator.
    pub forward: BatchNorm2d,
}

impl Operator for BatchNorm2dGradient {
    fn kind(&self) -> &'static str {
        "BatchNorm2dGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let channels = self.forward.channels.min(SAMPLE_CHANNELS);
        Some((Self { forward: BatchNorm2d { channels, ..self.forward } }.into(), channels))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        self.forward.output_shape(node, inputs)
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        ParameterSpec::borrowed(&self.forward)
    }

    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        self.forward.pack(parameters)
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| {
            let value = |name: &str| f64::from(parameters[name][c]);
            let deviation = (value("running_var") + self.forward.eps).sqrt();
            (f64::from(inputs[0].at(n, c, y, x)) * value("weight") / deviation) as f32
        })
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let affine = ("affine", Argument::Parameter("affine"));
        Ok(elementwise(&KERNEL, output, &[("dy", Argument::Input(0)), affine, ("dx", Argument::Output)]))
    }
}
