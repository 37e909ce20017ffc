//! Grad-CAM's map: `y[n,y,x] = max(0, Σ(c) weight[n,c] · x[n,c,y,x])`. Source: Selvaraju et al. 2017, equation 2.

use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::{Epilogue, GlobalAvgPool2d, KernelConfig, Op, Operator, ParameterValues, Role};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { image_pixels, channel_quads, pixels });

static KERNEL: Kernel =
    Kernel::new("grad_cam", wgsl!("grad_cam", "invocation_id"), bindings!(x, weight => y), Params::FIELDS);
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&KERNEL];

/// The sum of the channels of a map, weighted by a vector per image, where it is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradCam;

impl Operator for GradCam {
    fn kind(&self) -> &'static str {
        "GradCAM"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn arity(&self) -> usize {
        2
    }

    fn sample_operand(&self, index: usize) -> Option<Op> {
        (index == 1).then(|| GlobalAvgPool2d.into())
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let expected = Shape { h: 1, w: 1, ..inputs[0] };
        if inputs[1] != expected {
            return Err(Error::shape(node, format!("weights of shape {expected}"), inputs[1]));
        }
        Ok(Shape { c: 1, ..inputs[0] })
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let [map, weight] = [inputs[0], inputs[1]];
        let shape = map.shape();
        HostTensor::from_fn(Shape { c: 1, ..shape }, |n, _, y, x| {
            let product = |c: usize| f64::from(map.at(n, c, y, x)) * f64::from(weight.at(n, c, 0, 0));
            (0..shape.c).map(product).sum::<f64>().max(0.0) as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let pixels = output.n * output.h * output.w;
        let params = Params { image_pixels: output.h * output.w, channel_quads: inputs[0].channel_quads(), pixels };
        let arguments = [("x", Argument::Input(0)), ("weight", Argument::Input(1)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, pixels).into())
    }
}
