//! The gradient of blur pooling: `dx[iy,ix] = Σ(y,x) weight(y,iy) · weight(x,ix) · dy[y,x]`. Source: the transposed sum; Zhang 2019
//! (arXiv 1904.11486), section 3.2.

use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, wgsl};
use crate::ops::blurpool2d::{BlurParams, blur_weight};
use crate::ops::{
    Epilogue, Footprint, KernelConfig, Op, Operator, ParameterValues, Role, SAMPLE_CHANNELS, SAMPLE_SIDE,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

static KERNEL: Kernel = Kernel::new(
    "blurpool2d_gradient",
    wgsl!("blurpool2d_gradient", "invocation_id", "output_position", "blur_weight"),
    bindings!(dy => dx),
    BlurParams::FIELDS,
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of [`crate::ops::BlurPool2d`] from that of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlurPool2dGradient {
    /// Rows and columns of the forward operator's input.
    pub map: [usize; 2],
}

impl BlurPool2dGradient {
    fn pooled(&self) -> [usize; 2] {
        self.map.map(|side| side.div_ceil(2))
    }
}

impl Operator for BlurPool2dGradient {
    fn kind(&self) -> &'static str {
        "BlurPool2dGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        // The parity of a side decides whether the lower border is reflected.
        let map = self.map.map(|side| side.min(2 * SAMPLE_SIDE - side % 2));
        Some((Self { map }.into(), SAMPLE_CHANNELS))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let [h, w] = self.pooled();
        if [inputs[0].h, inputs[0].w] != [h, w] {
            return Err(Error::shape(node, format!("a gradient of {h}x{w} values per channel"), inputs[0]));
        }
        let [h, w] = self.map;
        Ok(Shape { h, w, ..inputs[0] })
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let ([h, w], [rows, columns]) = (self.map, self.pooled());
        HostTensor::from_fn(Shape { h, w, ..inputs[0].shape() }, |n, c, iy, ix| {
            let mut sum = 0.0;
            for y in iy.saturating_sub(1) / 2..(iy.div_ceil(2) + 1).min(rows) {
                for x in ix.saturating_sub(1) / 2..(ix.div_ceil(2) + 1).min(columns) {
                    sum += blur_weight(y, iy, h) * blur_weight(x, ix, w) * f64::from(inputs[0].at(n, c, y, x));
                }
            }
            sum as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = BlurParams {
            in_height: output.h,
            in_width: output.w,
            out_height: inputs[0].h,
            out_width: inputs[0].w,
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        let arguments = [("dy", Argument::Input(0)), ("dx", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
