//! Threads that share the memory.

use std::ops::Range;
use std::sync::OnceLock;
use std::thread::Builder;

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
    let mut refused = Vec::new();
    std::thread::scope(|scope| {
        let mut rest = &mut *y;
        for (index, pixels) in parts.iter().cloned().enumerate() {
            let (y, others) = rest.split_at_mut(pixels.len() * convolution.outputs);
            rest = others;
            let range = pixels.clone();
            if index + 1 == parts.len() {
                part(range, y);
            } else if Builder::new().spawn_scoped(scope, move || part(range, y)).is_err() {
                refused.push(pixels);
            }
        }
    });
    // The system may have no more threads.
    for pixels in refused {
        let values = pixels.start * convolution.outputs..pixels.end * convolution.outputs;
        part(pixels, &mut y[values]);
    }
}

/// The number of processors that this program may use.
pub(crate) fn count() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Nothing is kept.
pub(crate) fn drop_contents(_contents: u64) {}
