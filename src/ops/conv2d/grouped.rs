//! The kernel of a convolution whose channels are in groups: the one way to compute it on all adapters.

use super::gemm::{BINDINGS, EpilogueFlags, FIELDS, Sums};
use crate::kernel::{Argument, Dispatch, Kernel, WORKGROUP_SIZE, wgsl};
use crate::ops::algorithm::WeightFormat;

const OVERRIDES: &[&str] = &["GROUP_INPUTS", "GROUP_OUTPUTS"];

const fn kernel(variant: &'static str, source: &'static str) -> Kernel {
    Kernel {
        name: "conv2d_grouped",
        variant,
        source,
        first_binding: 0,
        bindings: BINDINGS,
        fields: FIELDS,
        overrides: OVERRIDES,
        workgroup: WORKGROUP_SIZE,
    }
}

/// For weights in `f32` and in `f16`.
pub(in crate::ops) static GROUPED: [Kernel; 2] = [
    kernel("f32", wgsl!("conv2d_grouped", "invocation_id", "epilogue", "conv_params", "conv_window", "weight_f32")),
    kernel("f16", wgsl!("conv2d_grouped", "invocation_id", "epilogue", "conv_params", "conv_window", "weight_f16")),
];

/// Pixels an invocation.
const PIXELS: usize = 4;

impl Sums {
    /// The call for a whole convolution in `groups`; `arguments` as those of [`Sums::dispatch`].
    pub fn grouped(
        &self,
        groups: usize,
        weights: WeightFormat,
        ending: EpilogueFlags,
        arguments: Vec<Argument>,
    ) -> Dispatch {
        let group = [self.input.c, self.output.c].map(|channels| (channels / groups) as f64);
        let threads = self.pixels().div_ceil(PIXELS) * self.output.channel_quads();
        let constants = OVERRIDES.iter().copied().zip(group).collect();
        let dispatch = Dispatch::new(weights.of(&GROUPED), self.params([0; 2], ending), arguments, threads);
        Dispatch { constants, ..dispatch }
    }
}
