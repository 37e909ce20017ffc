//! Average pooling over windows that do not overlap: `y = mean over the window`, with the positions outside of the map left out.
//! Source: PyTorch `torch.nn.AvgPool2d(side, side, ceil_mode=True, count_include_pad=False)`, as the shortcuts of ResNet-D use it.

use super::{Epilogue, Footprint, KernelConfig, Operator, ParameterValues, Role, Window};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { in_height, in_width, out_height, out_width, side, channel_quads, quads });

static KERNEL: Kernel =
    Kernel::new("avgpool2d", wgsl!("avgpool2d", "invocation_id", "output_position"), bindings!(x => y), Params::FIELDS);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// `torch.nn.AvgPool2d` with stride = kernel size, rounding up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvgPool2d {
    /// Rows and columns of the window, and of the step from one window to the next.
    pub side: usize,
}

impl AvgPool2d {
    fn square(&self) -> Window {
        Window::square(self.side, self.side, 0)
    }
}

impl Operator for AvgPool2d {
    fn kind(&self) -> &'static str {
        "AvgPool2d"
    }

    fn role(&self) -> Role {
        Role::Pool
    }

    fn footprint(&self) -> Footprint {
        Footprint::Window(self.square())
    }

    fn detail(&self) -> String {
        self.square().to_string()
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        if self.side == 0 {
            return Err(Error::shape(node, "a window of at least 1x1", "one of 0x0"));
        }
        let Shape { h, w, .. } = inputs[0];
        Ok(Shape { h: h.div_ceil(self.side), w: w.div_ceil(self.side), ..inputs[0] })
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let input = inputs[0];
        let output = self.output_shape("", &[input.shape()]).expect("the graph has checked the shapes");
        HostTensor::from_fn(output, |n, c, y, x| {
            let taps = self.square().taps(input.shape(), y, x).map(|(_, _, iy, ix)| f64::from(input.at(n, c, iy, ix)));
            let (sum, count) = taps.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            (sum / count) as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = Params {
            in_height: inputs[0].h,
            in_width: inputs[0].w,
            out_height: output.h,
            out_width: output.w,
            side: self.side,
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        let arguments = [("x", Argument::Input(0)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
