//! The gradient of one channel with respect to the tensor that holds it: 1 at the channel, 0 elsewhere.

use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::{Epilogue, KernelConfig, Op, Operator, ParameterValues, Role, SAMPLE_CHANNELS, expect_vector};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { channels, channel_quads, channel, pixels, pixel, quads });

/// [`Params::channel`] for the largest channel, [`Params::pixel`] for all positions.
const ANY: usize = u32::MAX as usize;

static KERNEL: Kernel = Kernel::new("one_hot", wgsl!("one_hot", "invocation_id"), bindings!(x => dx), Params::FIELDS);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// A tensor of the input's shape that is 1 at a channel and 0 elsewhere: the gradient of the sum of the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneHot {
    /// The channel; `None` for the largest channel of each image, of equal ones the first. Only a vector has one.
    pub channel: Option<usize>,
    /// Row and column; `None` for all positions.
    pub position: Option<[usize; 2]>,
}

impl Operator for OneHot {
    fn kind(&self) -> &'static str {
        "OneHot"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn detail(&self) -> String {
        let channel = self.channel.map_or("largest channel".to_owned(), |channel| format!("channel {channel}"));
        let position = self.position.map(|[y, x]| format!(", row {y}, column {x}")).unwrap_or_default();
        channel + &position
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let channel = Some(self.channel? % SAMPLE_CHANNELS);
        Some((Self { channel, position: self.position.map(|_| [0, 0]) }.into(), SAMPLE_CHANNELS))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let input = inputs[0];
        match (self.channel, self.position) {
            (Some(channel), _) if channel >= input.c => {
                Err(Error::shape(node, format!("a channel below {}", input.c), channel))
            }
            (_, Some([y, x])) if y >= input.h || x >= input.w => {
                let expected = format!("a position on a map of {}x{}", input.h, input.w);
                Err(Error::shape(node, expected, format!("row {y}, column {x}")))
            }
            (None, _) => expect_vector(node, input, input.c).map(|()| input),
            _ => Ok(input),
        }
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let shape = inputs[0].shape();
        let largest = |n: usize| {
            (1..shape.c)
                .fold(0, |most, c| if inputs[0].at(n, c, 0, 0) > inputs[0].at(n, most, 0, 0) { c } else { most })
        };
        HostTensor::from_fn(shape, |n, c, y, x| {
            let is_place = self.position.is_none_or(|position| position == [y, x]);
            f32::from(is_place && c == self.channel.unwrap_or_else(|| largest(n)))
        })
    }

    fn lower(&self, _inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            channels: output.c,
            channel_quads: output.channel_quads(),
            channel: self.channel.unwrap_or(ANY),
            pixels: output.h * output.w,
            pixel: self.position.map_or(ANY, |[y, x]| y * output.w + x),
            quads: output.storage_len() / 4,
        };
        let arguments = [("x", Argument::Input(0)), ("dx", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
