//! What follows the sums of a convolution.

use super::Operands;
use crate::cpu::activation::silu_of;

/// Parts of the flags of `shaders/lib/epilogue.wgsl`.
const BIAS: u32 = 1;
const AFFINE: u32 = 2;
const RESIDUAL: u32 = 4;
const ACTIVATION_SHIFT: u32 = 3;

/// `y = activation((sum + bias) * scale + shift + residual)`, of which the flags of `shaders/lib/epilogue.wgsl` name the parts in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epilogue(pub u32);

impl Epilogue {
    /// Whether a bias is added.
    pub fn has_bias(self) -> bool {
        self.0 & BIAS != 0
    }

    /// Whether sums are scaled and shifted per channel.
    pub fn has_affine(self) -> bool {
        self.0 & AFFINE != 0
    }

    /// Whether another value of the same shape is added.
    pub fn has_residual(self) -> bool {
        self.0 & RESIDUAL != 0
    }

    /// Replaces the sums of the pixels from the one numbered `first` in `part` on by their values.
    pub(super) fn apply(self, part: &Operands<'_>, first: usize, channels: usize, sums: &mut [f32]) {
        let bias = self.has_bias().then_some(part.bias);
        let affine = self.has_affine().then(|| part.affine.split_at(channels));
        let residual = self.has_residual().then(|| &part.residual[first * channels..]);
        for (pixel, sums) in sums.chunks_exact_mut(channels).enumerate() {
            if let Some(bias) = bias {
                sums.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
            }
            if let Some((scale, shift)) = affine {
                for ((sum, scale), shift) in sums.iter_mut().zip(scale).zip(shift) {
                    *sum = *sum * scale + shift;
                }
            }
            if let Some(residual) = residual {
                sums.iter_mut().zip(&residual[pixel * channels..]).for_each(|(sum, residual)| *sum += residual);
            }
            match self.0 >> ACTIVATION_SHIFT {
                1 => sums.iter_mut().for_each(|sum| *sum = sum.max(0.0)),
                2 => sums.iter_mut().for_each(|sum| *sum = silu_of(*sum)),
                _ => {}
            }
        }
    }
}
