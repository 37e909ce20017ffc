//! Threads that share the memory.

use std::ops::Range;
use std::sync::OnceLock;

use super::split::split;
use crate::cpu::convolution::{Convolution, Operands};

/// The least number of multiplications that a thread of its own pays off for.
const WORTH: usize = 1 << 16;

/// Computes all pixels of `y`. The number of the weights is not needed: threads read them where they are.
pub(crate) fn compute(convolution: &Convolution, whole: &Operands<'_>, _contents: u64, y: &mut [f32]) {
    let pixels = y.len() / convolution.outputs;
    let part = |pixels: Range<usize>, y: &mut [f32]| {
        convolution.compute(pixels.clone(), &convolution.part(whole, pixels), y);
    };
    let parts = split(pixels, count(), pixels * convolution.work_per_pixel(), WORTH);
    std::thread::scope(|scope| {
        let mut rest = y;
        for (index, pixels) in parts.iter().cloned().enumerate() {
            let (y, others) = rest.split_at_mut(pixels.len() * convolution.outputs);
            rest = others;
            if index + 1 == parts.len() {
                part(pixels, y);
            } else {
                scope.spawn(move || part(pixels, y));
            }
        }
    });
}

/// The number of processors that this program may use.
pub(crate) fn count() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Nothing is kept.
pub(crate) fn drop_contents(_contents: u64) {}
