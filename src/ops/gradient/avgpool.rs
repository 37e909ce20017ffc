//! The gradient of average pooling without overlap: `dx[n,c,y,x] = dy[n,c,y/sy,x/sx] / count`, where `count` is the number of values
//! under the window, smaller at the lower and right border. Global average pooling is one window.
//! Source: PyTorch `avg_pool2d_backward` with `count_include_pad` off.

use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::{
    Epilogue, Footprint, KernelConfig, Op, Operator, ParameterValues, Role, SAMPLE_CHANNELS, SAMPLE_SIDE,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { height, width, pooled_height, pooled_width, window_height, window_width, channel_quads, quads });

static KERNEL: Kernel = Kernel::new(
    "avgpool_gradient",
    wgsl!("avgpool_gradient", "invocation_id", "output_position"),
    bindings!(dy => dx),
    Params::FIELDS,
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of an average pooling from that of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvgPoolGradient {
    /// Rows and columns of a window, and of the step from one window to the next.
    pub window: [usize; 2],
    /// Rows and columns of the forward operator's input.
    pub map: [usize; 2],
}

impl AvgPoolGradient {
    fn pooled(&self) -> [usize; 2] {
        [0, 1].map(|axis: usize| self.map[axis].div_ceil(self.window[axis]))
    }
}

impl Operator for AvgPoolGradient {
    fn kind(&self) -> &'static str {
        "AvgPoolGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let window = self.window.map(|side| side.min(SAMPLE_SIDE));
        let map = [0, 1].map(|axis: usize| window[axis] * self.pooled()[axis].min(SAMPLE_SIDE));
        Some((Self { window, map }.into(), SAMPLE_CHANNELS))
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
        let ([h, w], [wh, ww]) = (self.map, self.window);
        HostTensor::from_fn(Shape { h, w, ..inputs[0].shape() }, |n, c, y, x| {
            let count = |at: usize, window: usize, size: usize| (size - at / window * window).min(window);
            (f64::from(inputs[0].at(n, c, y / wh, x / ww)) / (count(y, wh, h) * count(x, ww, w)) as f64) as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            height: output.h,
            width: output.w,
            pooled_height: inputs[0].h,
            pooled_width: inputs[0].w,
            window_height: self.window[0],
            window_width: self.window[1],
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        let arguments = [("dy", Argument::Input(0)), ("dx", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
