//! Histograms of values.

use serde::Serialize;

use crate::error::{Error, Result};

/// Counts of values in bins of equal width. The last bin includes its upper bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// The smallest value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
    /// The number of values in each bin.
    pub counts: Vec<u32>,
}

/// More bins than any chart has pixels.
const MAX_BINS: usize = 4096;

impl Histogram {
    /// Counts `values`, at least one, in `bins` bins from the smallest to the largest value. If all values are equal, the first
    /// bin counts them.
    ///
    /// # Errors
    /// [`Error::Request`] if `bins` is not between 1 and 4096.
    pub fn new(values: &[f32], bins: usize) -> Result<Self> {
        if !(1..=MAX_BINS).contains(&bins) {
            return Err(Error::Request(format!("the histogram: expected 1 to {MAX_BINS} bins, found {bins}")));
        }
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let width = (f64::from(high) - f64::from(low)) / bins as f64;
        let mut counts = vec![0; bins];
        for value in values {
            // NaN (0 / 0) if all values are equal; the cast returns 0.
            let bin = ((f64::from(*value) - f64::from(low)) / width) as usize;
            counts[bin.min(bins - 1)] += 1;
        }
        Ok(Self { low, high, counts })
    }
}
