//! Which values a pixel shows.

use std::ops::Range;

use crate::tensor::HostTensor;

/// A rectangle of a canvas in device pixels, y downwards; it may reach beyond the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Tile {
    /// The value that the pixel (`column`, `row`) of the tile shows of a channel: that of the cell which holds its upper left
    /// corner or, where the tile is smaller than the map, the mean of all cells that begin in it.
    ///
    /// So an enlarged map has crisp cells and a reduced one loses nothing between two pixels.
    pub fn value(&self, map: &HostTensor, channel: usize, column: u32, row: u32) -> f32 {
        let shape = map.shape();
        let [columns, rows] = [cells(column, self.width, shape.w), cells(row, self.height, shape.h)];
        let count = columns.len() * rows.len();
        let mut sum = 0.0;
        for y in rows {
            for x in columns.clone() {
                sum += map.at(0, channel, y, x);
            }
        }
        sum / count as f32
    }

    /// The value under a pixel when a map is laid over the whole tile, bilinearly between the centres of its cells. Source:
    /// PyTorch `interpolate(mode="bilinear", align_corners=False)`.
    pub fn smooth_value(&self, map: &HostTensor, channel: usize, column: u32, row: u32) -> f32 {
        let shape = map.shape();
        let (x, right) = between(column, self.width, shape.w);
        let (y, below) = between(row, self.height, shape.h);
        let at = |y: usize, x: usize| map.at(0, channel, y.min(shape.h - 1), x.min(shape.w - 1));
        let mix = |a: f32, b: f32, share: f32| a + share * (b - a);
        mix(mix(at(y, x), at(y, x + 1), right), mix(at(y + 1, x), at(y + 1, x + 1), right), below)
    }
}

/// The cells that pixel number `pixel` of `pixels` shows of a row of `cells`.
fn cells(pixel: u32, pixels: u32, cells: usize) -> Range<usize> {
    let begin = |pixel: u32| pixel as usize * cells / pixels as usize;
    begin(pixel)..begin(pixel + 1).max(begin(pixel) + 1)
}

/// The cell before the centre of a pixel and how far the centre is on the way to the next one.
fn between(pixel: u32, pixels: u32, cells: usize) -> (usize, f32) {
    let place = ((pixel as f32 + 0.5) * cells as f32 / pixels as f32 - 0.5).clamp(0.0, cells as f32 - 1.0);
    (place as usize, place.fract())
}
