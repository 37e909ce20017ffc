//! The parameter-free shortcut: every `stride`-th row and column, with zeros for the additional channels, half of them before the
//! input's channels. Source: He et al. 2015, section 3.3, option A; `akamaster/pytorch_resnet_cifar10`,
//! `F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, planes // 4, planes // 4))`.

use super::{Epilogue, Footprint, KernelConfig, Op, Operator, ParameterValues, Role, SAMPLE_CHANNELS, Window};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(
    struct Params {
        in_height,
        in_width,
        in_channels,
        in_quads,
        out_height,
        out_width,
        out_quads,
        stride,
        before,
        quads
    }
);

static KERNEL: Kernel = Kernel::new(
    "zero_pad_shortcut",
    wgsl!("zero_pad_shortcut", "invocation_id", "output_position"),
    bindings!(x => y),
    Params::FIELDS,
);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// Subsampling and zero padding of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZeroPadShortcut {
    /// Channels of the output.
    pub channels: usize,
    /// Rows and columns from one value that is kept to the next.
    pub stride: usize,
}

impl ZeroPadShortcut {
    /// Channels of zeros before those of the input.
    pub(super) fn before(&self, input: Shape) -> usize {
        (self.channels - input.c) / 2
    }
}

impl Operator for ZeroPadShortcut {
    fn kind(&self) -> &'static str {
        "ZeroPadShortcut"
    }

    fn role(&self) -> Role {
        Role::Pool
    }

    fn footprint(&self) -> Footprint {
        Footprint::Window(Window::square(1, self.stride, 0))
    }

    fn detail(&self) -> String {
        format!("stride {}, zeros to {} channels", self.stride, self.channels)
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let channels = self.channels.min(2 * SAMPLE_CHANNELS);
        Some((Self { channels, ..*self }.into(), channels / 2))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let Shape { c, h, w, .. } = inputs[0];
        if self.stride == 0 || c > self.channels {
            let expected = format!("at most {} channels and a stride of at least 1", self.channels);
            return Err(Error::shape(node, expected, format!("{c} channels and stride {}", self.stride)));
        }
        Ok(Shape { c: self.channels, h: h.div_ceil(self.stride), w: w.div_ceil(self.stride), ..inputs[0] })
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let input = inputs[0];
        let output = self.output_shape("", &[input.shape()]).expect("the graph has checked the shapes");
        let before = self.before(input.shape());
        HostTensor::from_fn(output, |n, c, y, x| {
            let channel = c.checked_sub(before).filter(|channel| *channel < input.shape().c);
            channel.map_or(0.0, |channel| input.at(n, channel, y * self.stride, x * self.stride))
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            in_height: inputs[0].h,
            in_width: inputs[0].w,
            in_channels: inputs[0].c,
            in_quads: inputs[0].channel_quads(),
            out_height: output.h,
            out_width: output.w,
            out_quads: output.channel_quads(),
            stride: self.stride,
            before: self.before(inputs[0]),
            quads: output.storage_len() / 4,
        };
        let arguments = [("x", Argument::Input(0)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
