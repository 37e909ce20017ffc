//! The gradient of max pooling: `dx[p] = Σ dy[q]` over the windows `q` whose maximum is at `p`; of equal values the first in the order
//! of rows is the maximum. Source: PyTorch `max_pool2d_with_indices_backward`.

use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::window::WindowParams;
use crate::ops::{Epilogue, Footprint, KernelConfig, MaxPool2d, Op, Operator, ParameterValues, Role};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params(window: WindowParams) { channel_quads, quads });

static KERNEL: Kernel = Kernel::new(
    "maxpool2d_gradient",
    wgsl!("maxpool2d_gradient", "invocation_id", "output_position"),
    bindings!(x, y, dy => dx),
    Params::FIELDS,
);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The gradient of a [`MaxPool2d`] from its input, its output and the gradient of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool2dGradient {
    /// The forward operator.
    pub forward: MaxPool2d,
}

impl Operator for MaxPool2dGradient {
    fn kind(&self) -> &'static str {
        "MaxPool2dGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn detail(&self) -> String {
        self.forward.detail()
    }

    fn arity(&self) -> usize {
        3
    }

    fn sample_operand(&self, index: usize) -> Option<Op> {
        (index > 0).then(|| self.forward.into())
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let pooled = self.forward.output_shape(node, &inputs[..1])?;
        if let Some(found) = inputs[1..].iter().find(|shape| **shape != pooled) {
            return Err(Error::shape(node, format!("an output and a gradient of shape {pooled}"), found));
        }
        Ok(inputs[0])
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let [x, dy] = [inputs[0], inputs[2]];
        let Shape { c, h, w, .. } = x.shape();
        let mut sums = vec![0.0; x.data().len()];
        let pooled = dy.shape();
        for position in 0..pooled.len() {
            let [row, column] = [position / pooled.w % pooled.h, position % pooled.w];
            let [channel, image] = [position / (pooled.w * pooled.h) % c, position / (pooled.w * pooled.h * c)];
            let taps = self.forward.window.taps(x.shape(), row, column).map(|(_, _, iy, ix)| (iy, ix));
            let first = taps.reduce(|most, tap| {
                let value = |(iy, ix): (usize, usize)| x.at(image, channel, iy, ix);
                if value(tap) > value(most) { tap } else { most }
            });
            if let Some((iy, ix)) = first {
                sums[((image * c + channel) * h + iy) * w + ix] += f64::from(dy.at(image, channel, row, column));
            }
        }
        HostTensor::from_fn(x.shape(), |n, channel, y, x| sums[((n * c + channel) * h + y) * w + x] as f32)
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let window = self.forward.window.params(inputs[0], inputs[1]);
        let params = Params { window, channel_quads: output.channel_quads(), quads: output.storage_len() / 4 };
        let [x, y, dy] = [0, 1, 2].map(Argument::Input);
        let arguments = [("x", x), ("y", y), ("dy", dy), ("dx", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
