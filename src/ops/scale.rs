//! Multiplication by a constant: `y[c] = factor · x[c]` for one channel or for all of them; other channels are copied. Source:
//! PyTorch `torch.mul`. A factor of 0 gives 0 for every finite input.

use super::{Epilogue, KernelConfig, Op, Operator, ParameterValues, Role, SAMPLE_CHANNELS};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { quads, channel_quads, channel, factor_bits });

/// [`Params::channel`] for all channels.
const ALL: usize = u32::MAX as usize;

static KERNEL: Kernel = Kernel::new("scale", wgsl!("scale", "invocation_id"), bindings!(x => y), Params::FIELDS);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// Multiplication by a constant factor, which is no parameter of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The factor.
    pub factor: f32,
    /// The channel that is multiplied; `None` for all.
    pub channel: Option<usize>,
}

impl Operator for Scale {
    fn kind(&self) -> &'static str {
        "Scale"
    }

    fn role(&self) -> Role {
        Role::Scale
    }

    fn detail(&self) -> String {
        match self.channel {
            Some(channel) => format!("channel {channel} by {}", self.factor),
            None => format!("by {}", self.factor),
        }
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let channel = Some(self.channel? % SAMPLE_CHANNELS);
        Some((Self { channel, ..*self }.into(), SAMPLE_CHANNELS))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        if let Some(channel) = self.channel
            && channel >= inputs[0].c
        {
            return Err(Error::shape(node, format!("a channel below {}", inputs[0].c), channel));
        }
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        HostTensor::from_fn(inputs[0].shape(), |n, c, y, x| {
            let factor = if self.channel.is_none_or(|channel| channel == c) { self.factor } else { 1.0 };
            inputs[0].at(n, c, y, x) * factor
        })
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            quads: output.storage_len() / 4,
            channel_quads: output.channel_quads(),
            channel: self.channel.unwrap_or(ALL),
            factor_bits: self.factor.to_bits() as usize,
        };
        let arguments = [("x", Argument::Input(0)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
