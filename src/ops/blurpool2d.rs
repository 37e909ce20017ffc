//! Anti-aliased downsampling: every second value after smoothing with the binomial filter (1, 2, 1) / 4 in both directions, with
//! reflected borders. Source: Zhang 2019 (arXiv 1904.11486), section 3.2; timm `BlurPool2d` with its defaults.

use super::{Epilogue, Footprint, KernelConfig, Operator, ParameterValues, Role, Window};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(pub(in crate::ops) struct BlurParams { in_height, in_width, out_height, out_width, channel_quads, quads });

static KERNEL: Kernel = Kernel::new(
    "blurpool2d",
    wgsl!("blurpool2d", "invocation_id", "output_position", "blur_weight"),
    bindings!(x => y),
    BlurParams::FIELDS,
);
pub(super) static KERNELS: &[&Kernel] = &[&KERNEL];

/// timm's `BlurPool2d` of three taps and stride 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlurPool2d;

const WINDOW: Window = Window { kernel: [3, 3], stride: [2, 2], padding: [1, 1] };

/// The filter.
const TAPS: [f64; 3] = [0.25, 0.5, 0.25];

/// The weight of the input at `place` in the output at `output`, on an axis of `length` values. A value beside a border has the weight
/// of its reflection as well.
pub(in crate::ops) fn blur_weight(output: usize, place: usize, length: usize) -> f64 {
    let reflected = |tap: usize| {
        let at = (2 * output + tap).checked_sub(1).unwrap_or(1);
        if at < length { at } else { 2 * (length - 1) - at }
    };
    (0..3).filter(|tap| reflected(*tap) == place).map(|tap| TAPS[tap]).sum()
}

impl Operator for BlurPool2d {
    fn kind(&self) -> &'static str {
        "BlurPool2d"
    }

    fn role(&self) -> Role {
        Role::Pool
    }

    fn footprint(&self) -> Footprint {
        Footprint::Window(WINDOW)
    }

    fn detail(&self) -> String {
        WINDOW.to_string()
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let Shape { h, w, .. } = inputs[0];
        if h < 2 || w < 2 {
            return Err(Error::shape(node, "a map of at least 2x2, whose borders can be reflected", inputs[0]));
        }
        Ok(Shape { h: h.div_ceil(2), w: w.div_ceil(2), ..inputs[0] })
    }

    fn reference(&self, inputs: &[&HostTensor], _parameters: &ParameterValues) -> HostTensor {
        let input = inputs[0];
        let Shape { h, w, .. } = input.shape();
        let output = self.output_shape("", &[input.shape()]).expect("the graph has checked the shapes");
        HostTensor::from_fn(output, |n, c, y, x| {
            let mut sum = 0.0;
            for iy in (2 * y).saturating_sub(1)..(2 * y + 2).min(h) {
                for ix in (2 * x).saturating_sub(1)..(2 * x + 2).min(w) {
                    sum += blur_weight(y, iy, h) * blur_weight(x, ix, w) * f64::from(input.at(n, c, iy, ix));
                }
            }
            sum as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, _config: KernelConfig) -> Result<Lowered> {
        let params = BlurParams {
            in_height: inputs[0].h,
            in_width: inputs[0].w,
            out_height: output.h,
            out_width: output.w,
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        let arguments = [("x", Argument::Input(0)), ("y", Argument::Output)];
        Ok(Dispatch::new(&KERNEL, &params, &arguments, params.quads).into())
    }
}
