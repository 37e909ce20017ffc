//! The gradient of an option A shortcut: `dx[n,c,y,x] = dy[n,c+before,y/stride,x/stride]` where both divide, else 0.
//! Source: He et al. 2015, section 3.3, option A.

use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::{
    Epilogue, Footprint, KernelConfig, Op, Operator, ParameterValues, Role, SAMPLE_CHANNELS, SAMPLE_SIDE,
    ZeroPadShortcut,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(
    struct Params { in_height, in_width, in_channels, in_quads, out_height, out_width, out_quads, stride, before, quads }
);

static KERNEL: Kernel = Kernel::new(
    "zero_pad_shortcut_gradient",
    wgsl!("zero_pad_shortcut_gradient", "invocation_id", "output_position"),
    bindings!(dy => dx),
    Params::FIELDS,
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of a [`ZeroPadShortcut`] from that of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZeroPadShortcutGradient {
    /// The forward operator.
    pub forward: ZeroPadShortcut,
    /// Channels of the forward operator's input.
    pub channels: usize,
    /// Rows and columns of the forward operator's input.
    pub map: [usize; 2],
}

impl ZeroPadShortcutGradient {
    fn input(&self, images: usize) -> Shape {
        Shape::new(images, self.channels, self.map[0], self.map[1])
    }
}

impl Operator for ZeroPadShortcutGradient {
    fn kind(&self) -> &'static str {
        "ZeroPadShortcutGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let forward = ZeroPadShortcut { channels: SAMPLE_CHANNELS, ..self.forward };
        let map = self.map.map(|side| side.div_ceil(self.forward.stride).min(SAMPLE_SIDE) * self.forward.stride);
        Some((Self { forward, channels: SAMPLE_CHANNELS / 2, map }.into(), SAMPLE_CHANNELS))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let input = self.input(inputs[0].n);
        let expected = self.forward.output_shape(node, &[input])?;
        if inputs[0] != expected {
            return Err(Error::shape(node, format!("a gradient of shape {expected}"), inputs[0]));
        }
        Ok(input)
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let input = self.input(inputs[0].shape().n);
        let (stride, before) = (self.forward.stride, self.forward.before(input));
        HostTensor::from_fn(input, |n, c, y, x| {
            let is_kept = y.is_multiple_of(stride) && x.is_multiple_of(stride);
            if is_kept { inputs[0].at(n, c + before, y / stride, x / stride) } else { 0.0 }
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            in_height: output.h,
            in_width: output.w,
            in_channels: output.c,
            in_quads: output.channel_quads(),
            out_height: inputs[0].h,
            out_width: inputs[0].w,
            out_quads: inputs[0].channel_quads(),
            stride: self.forward.stride,
            before: self.forward.before(output),
            quads: output.storage_len() / 4,
        };
        let arguments = [("dy", Argument::Input(0)), ("dx", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
