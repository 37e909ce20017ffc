//! Which values of a feature map a pixel of a drawing shows.

use std::ops::Range;

use crate::tensor::HostTensor;

/// A rectangle of a canvas in device pixels, y downwards. It may extend beyond the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl PixelRect {
    /// The value that the pixel (`column`, `row`) shows when a channel of `map` fills the rectangle: the map value at the pixel's
    /// upper left corner or, if the rectangle is smaller than the map, the mean of all map values that begin in the pixel.
    ///
    /// An enlarged map has crisp cells, and a reduced one contains every value.
    pub fn value(&self, map: &HostTensor, channel: usize, column: u32, row: u32) -> f32 {
        let shape = map.shape();
        let [columns, rows] = [covered(column, self.width, shape.w), covered(row, self.height, shape.h)];
        let count = columns.len() * rows.len();
        let mut sum = 0.0;
        for y in rows {
            for x in columns.clone() {
                sum += map.at(0, channel, y, x);
            }
        }
        sum / count as f32
    }

    /// The value at the centre of the pixel (`column`, `row`) when a channel of `map` fills the rectangle, interpolated bilinearly
    /// between the centres of the map's values. Source: PyTorch `interpolate(mode="bilinear", align_corners=False)`.
    pub fn smooth_value(&self, map: &HostTensor, channel: usize, column: u32, row: u32) -> f32 {
        let shape = map.shape();
        let (x, right) = interpolated(column, self.width, shape.w);
        let (y, below) = interpolated(row, self.height, shape.h);
        let at = |y: usize, x: usize| map.at(0, channel, y.min(shape.h - 1), x.min(shape.w - 1));
        let mix = |a: f32, b: f32, share: f32| a + share * (b - a);
        mix(mix(at(y, x), at(y, x + 1), right), mix(at(y + 1, x), at(y + 1, x + 1), right), below)
    }
}

/// The range of `cells` map values that pixel `pixel` of `pixels` shows along one axis.
fn covered(pixel: u32, pixels: u32, cells: usize) -> Range<usize> {
    let begin = |pixel: u32| pixel as usize * cells / pixels as usize;
    begin(pixel)..begin(pixel + 1).max(begin(pixel) + 1)
}

/// The last map value before the centre of a pixel along one axis, and the centre's fraction of the distance to the next one.
fn interpolated(pixel: u32, pixels: u32, cells: usize) -> (usize, f32) {
    let position = ((pixel as f32 + 0.5) * cells as f32 / pixels as f32 - 0.5).clamp(0.0, cells as f32 - 1.0);
    (position as usize, position.fract())
}
