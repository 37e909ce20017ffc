//! Max pooling: `y = max over the window`; padding is never the maximum. Source: PyTorch `torch.nn.MaxPool2d`.

use super::{Epilogue, Footprint, KernelConfig, Operator, ParameterValues, Role, Window, window::WindowParams};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params(window: WindowParams) { channel_quads, quads });

static KERNEL: Kernel =
    Kernel::new("maxpool2d", wgsl!("maxpool2d", "invocation_id", "output_position"), bindings!(x => y), Params::FIELDS);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// `torch.nn.MaxPool2d`, dilation 1, rounding down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool2d {
    /// Kernel, stride and padding.
    pub window: Window,
}

impl Operator for MaxPool2d {
    fn kind(&self) -> &'static str {
        "MaxPool2d"
    }

    fn role(&self) -> Role {
        Role::Pool
    }

    fn footprint(&self) -> Footprint {
        Footprint::Window(self.window)
    }

    fn detail(&self) -> String {
        self.window.to_string()
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let Window { kernel, padding, .. } = self.window;
        // As PyTorch requires: with wider padding some windows would contain padding only.
        if (0..2).any(|axis| padding[axis] * 2 > kernel[axis]) {
            return Err(Error::shape(node, "padding of at most half the kernel", self.window));
        }
        let [h, w] = self.window.output_size(node, inputs[0])?;
        Ok(Shape { h, w, ..inputs[0] })
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let input = inputs[0];
        let output = self.output_shape("", &[input.shape()]).expect("the graph has checked the shapes");
        HostTensor::from_fn(output, |n, c, y, x| {
            let taps = self.window.taps(input.shape(), y, x);
            taps.map(|(_, _, iy, ix)| input.at(n, c, iy, ix)).fold(f32::MIN, f32::max)
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let window = self.window.params(inputs[0], output);
        let params = Params { window, channel_quads: output.channel_quads(), quads: output.storage_len() / 4 };
        let arguments = [("x", Argument::Input(0)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
