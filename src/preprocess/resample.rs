//! Pillow's `Image.resize`, bit for bit, for a region of the result.
//!
//! `out[x] = clip8(sum_s k[x][s] * in[s])` along each row, then along each column, with
//! `k[x][s] = filter((s + 0.5 - centre(x)) / max(scale, 1))` normalised to sum 1 and rounded to 22 fractional bits.
//! Source: Pillow, `src/libImaging/Resample.c`.
//!
//! No library is used because the order of the passes matters: Pillow resamples along rows first, and rounds and clips to 8 bits
//! before the second pass. Libraries that start with the columns differ by several levels where bicubic overshoots.

use std::ops::Range;

use super::interpolation::Interpolation;
use crate::decoded_image::DecodedImage;

/// Fractional bits of a weight: 32 less 8 for the sample less 2 for the overshoot of negative lobes.
const PRECISION: u32 = 32 - 8 - 2;

/// The resize of one axis and the range of the result to compute.
pub(super) struct Axis {
    pub source: u32,
    pub resized: u64,
    pub kept: Range<u64>,
}

/// The filter weights of one output sample, for source samples from `first`.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// Resizes `image` and returns the columns `x.kept` and rows `y.kept` of the result.
pub(super) fn resize_region(image: &DecodedImage, x: &Axis, y: &Axis, interpolation: Interpolation) -> DecodedImage {
    let (columns, mut rows) = (x.taps(interpolation), y.taps(interpolation));
    // The first pass skips source rows that no output row uses.
    let used = rows[0].first..rows.iter().map(|taps| taps.first + taps.weights.len()).max().unwrap_or(0);
    for taps in &mut rows {
        taps.first -= used.start;
    }

    let source_row = image.width as usize * 3;
    let source = &image.rgb[used.start * source_row..used.end * source_row];
    let intermediate: Vec<u8> = source.chunks_exact(source_row).flat_map(|row| resample_row(row, &columns)).collect();

    let row_length = columns.len() * 3;
    let rgb = rows.iter().flat_map(|taps| blend_rows(&intermediate, row_length, taps)).collect();
    DecodedImage { width: columns.len() as u32, height: rows.len() as u32, rgb }
}

fn resample_row<'a>(row: &'a [u8], columns: &'a [Taps]) -> impl Iterator<Item = u8> + 'a {
    columns.iter().flat_map(|taps| {
        let mut sums = [1 << (PRECISION - 1); 3];
        for (pixel, &weight) in row[taps.first * 3..].chunks_exact(3).zip(&taps.weights) {
            for (sum, &sample) in sums.iter_mut().zip(pixel) {
                *sum += i32::from(sample) * weight;
            }
        }
        sums.map(clip8)
    })
}

fn blend_rows(rows: &[u8], row_length: usize, taps: &Taps) -> Vec<u8> {
    let mut sums = vec![1 << (PRECISION - 1); row_length];
    for (row, &weight) in rows.chunks_exact(row_length).skip(taps.first).zip(&taps.weights) {
        for (sum, &sample) in sums.iter_mut().zip(row) {
            *sum += i32::from(sample) * weight;
        }
    }
    sums.into_iter().map(clip8).collect()
}

fn clip8(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

impl Axis {
    fn taps(&self, interpolation: Interpolation) -> Vec<Taps> {
        let scale = f64::from(self.source) / self.resized as f64;
        // Antialiasing: when downsampling, the filter is scaled to the size of an output pixel.
        let filter_scale = scale.max(1.0);
        let support = interpolation.support() * filter_scale;
        let inverse = 1.0 / filter_scale;

        let taps_at = |position: u64| {
            let centre = (position as f64 + 0.5) * scale;
            // The casts saturate at 0, Pillow's lower bound.
            let first = (centre - support + 0.5) as usize;
            let end = ((centre + support + 0.5) as usize).min(self.source as usize);
            let weights: Vec<f64> =
                (first..end).map(|sample| interpolation.weight((sample as f64 - centre + 0.5) * inverse)).collect();
            let total: f64 = weights.iter().sum();
            let weights = weights.iter().map(|weight| fixed_point(weight / total)).collect();
            Taps { first, weights }
        };
        self.kept.clone().map(taps_at).collect()
    }
}

/// The filter taps of one axis in the layout that the resize shaders read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapTable {
    /// The number of output samples.
    pub outputs: usize,
    /// The number of black samples before the first output sample.
    pub padding: usize,
    /// Source samples that any output sample uses.
    pub used: Range<usize>,
    /// The number of entries per output sample: 2 plus the largest number of weights.
    pub stride: usize,
    /// `[output][first, count, weights…]`, padded with zeros to `stride`. Weights have 22 fractional bits.
    pub entries: Vec<i32>,
}

impl TapTable {
    pub(super) fn new(axis: &Axis, padding: u64, interpolation: Interpolation) -> Self {
        let taps = axis.taps(interpolation);
        let largest = taps.iter().map(|taps| taps.weights.len()).max().unwrap_or(0);
        let entry = |taps: &Taps| {
            let mut entry = vec![taps.first as i32, taps.weights.len() as i32];
            entry.extend(&taps.weights);
            entry.resize(2 + largest, 0);
            entry
        };
        let end = taps.iter().map(|taps| taps.first + taps.weights.len()).max().unwrap_or(0);
        Self {
            outputs: taps.len(),
            padding: padding as usize,
            used: taps[0].first..end,
            stride: 2 + largest,
            entries: taps.iter().flat_map(entry).collect(),
        }
    }
}

/// A weight with 22 fractional bits, rounded half away from zero.
fn fixed_point(weight: f64) -> i32 {
    (weight * f64::from(1 << PRECISION)).round() as i32
}
