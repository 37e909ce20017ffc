//! The kernel of grouped convolutions, on all adapters.

use super::epilogue::BoundEpilogue;
use super::gemm::{BINDINGS, GemmParams, Operands, Sums};
use crate::kernel::{Dispatch, Kernel, UniformParams, wgsl};
use crate::ops::algorithm::WeightFormat;

const OVERRIDES: &[&str] = &["GROUP_INPUTS", "GROUP_OUTPUTS"];

macro_rules! grouped_wgsl {
    ($weight:literal) => {
        wgsl!("conv2d_grouped", "invocation_id", "activation", "epilogue", "conv_params", "conv_window", $weight)
    };
}

const fn kernel(variant: &'static str, source: &'static str) -> Kernel {
    Kernel { variant, overrides: OVERRIDES, ..Kernel::new("conv2d_grouped", source, BINDINGS, GemmParams::FIELDS) }
}

/// For weights in `f32` and in `f16`.
pub(super) static GROUPED: [Kernel; 2] =
    [kernel("f32", grouped_wgsl!("weight_f32")), kernel("f16", grouped_wgsl!("weight_f16"))];

/// Pixels per invocation.
const PIXELS: usize = 4;

impl Sums {
    /// The dispatch of a whole convolution in `groups`.
    pub fn grouped(
        &self,
        groups: usize,
        weights: WeightFormat,
        epilogue: BoundEpilogue,
        operands: &Operands,
    ) -> Dispatch {
        let group = [self.input.c, self.output.c].map(|channels| (channels / groups) as f64);
        let threads = self.pixels().div_ceil(PIXELS) * self.output.channel_quads();
        let params = self.params([0; 2], epilogue);
        let dispatch = Dispatch::new(weights.of(&GROUPED), &params, &operands.bind(epilogue), threads);
        dispatch.with_constants(OVERRIDES.iter().copied().zip(group).collect())
    }
}
