//! How often which values occur.

use serde::Serialize;

use crate::error::{Error, Result};

/// Counts of values in bins of equal width; the last bin holds its upper end too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// The smallest value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
    /// How many values lie in each bin.
    pub counts: Vec<u32>,
}

/// More bins than a chart has pixels say nothing.
const MOST_BINS: usize = 4096;

impl Histogram {
    /// Counts `values`, of which there is at least one, in `bins` bins from the smallest to the largest. Where all are equal
    /// they lie in the first bin.
    ///
    /// # Errors
    /// [`Error::Request`] when `bins` is not between 1 and 4096.
    pub fn new(values: &[f32], bins: usize) -> Result<Self> {
        if !(1..=MOST_BINS).contains(&bins) {
            return Err(Error::Request(format!("a histogram: expected 1 to {MOST_BINS} bins, found {bins}")));
        }
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let width = (f64::from(high) - f64::from(low)) / bins as f64;
        let mut counts = vec![0; bins];
        for value in values {
            // 0 / 0 for equal values; the cast makes it 0.
            let bin = ((f64::from(*value) - f64::from(low)) / width) as usize;
            counts[bin.min(bins - 1)] += 1;
        }
        Ok(Self { low, high, counts })
    }
}
