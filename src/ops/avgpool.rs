//! Global average pooling: `y[n,c] = mean over y, x of x[n,c,y,x]`.
//! Source: Lin et al. 2013, section 3.2; PyTorch `torch.nn.AdaptiveAvgPool2d(1)`.

use super::{Epilogue, Footprint, KernelConfig, Operator, ParameterValues, Role};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { pixels, channel_quads, quads });

static KERNEL: Kernel = Kernel::new("avgpool", wgsl!("avgpool", "invocation_id"), bindings!(x => y), Params::FIELDS);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// `torch.nn.AdaptiveAvgPool2d(1)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalAvgPool2d;

impl Operator for GlobalAvgPool2d {
    fn kind(&self) -> &'static str {
        "AdaptiveAvgPool2d"
    }

    fn role(&self) -> Role {
        Role::Pool
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn is_global_average(&self) -> bool {
        true
    }

    fn detail(&self) -> String {
        "to 1x1".to_owned()
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        if inputs[0].is_empty() {
            return Err(Error::shape(node, "a map with at least one value", inputs[0]));
        }
        Ok(Shape { h: 1, w: 1, ..inputs[0] })
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let Shape { n, c, h, w } = inputs[0].shape();
        HostTensor::from_fn(Shape::new(n, c, 1, 1), |n, c, _, _| {
            let plane = &inputs[0].data()[(n * inputs[0].shape().c + c) * h * w..][..h * w];
            (plane.iter().map(|value| f64::from(*value)).sum::<f64>() / (h * w) as f64) as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let [pixels, channel_quads] = [inputs[0].h * inputs[0].w, output.channel_quads()];
        let params = Params { pixels, channel_quads, quads: output.storage_len() / 4 };
        let arguments = [("x", Argument::Input(0)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
