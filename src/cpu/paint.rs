//! Tiles drawn as colours: `shaders/render/paint.wgsl`, whose structs and rules these are.

/// A fragment shader by its name in WGSL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fragment {
    Crisp,
    SmoothOver,
    Coloured,
}

impl Fragment {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "crisp" => Some(Self::Crisp),
            "smooth_over" => Some(Self::SmoothOver),
            "coloured" => Some(Self::Coloured),
            _ => None,
        }
    }
}

/// The bindings of the shader in order. All are words of four bytes.
#[derive(Debug)]
pub(crate) struct PaintBuffers<'a> {
    pub values: &'a [u32],
    pub bounds: &'a [u32],
    pub range: &'a [u32],
    pub colormaps: &'a [u32],
    pub tiles: &'a [u32],
    pub view: &'a [u32],
}

/// The index of what is absent.
const NONE: u32 = u32::MAX;
const COLOURS: usize = 256;
/// Words of a `Tile`.
const TILE: usize = 10;

/// The uniform.
#[derive(Debug, Clone, Copy)]
struct View {
    width: usize,
    height: usize,
    colormap: usize,
    signed_colormap: usize,
    sign_at: u32,
    range_at: u32,
    gamma: f32,
    opacity: f32,
}

#[derive(Debug, Clone, Copy)]
struct Tile {
    x: isize,
    y: isize,
    width: usize,
    height: usize,
    first: usize,
    stride: usize,
    columns: usize,
    rows: usize,
    low_at: usize,
    high_at: usize,
}

impl Tile {
    fn new(words: &[u32]) -> Self {
        let at = |index: usize| words[index] as usize;
        let [x, y] = [words[0], words[1]].map(|word| word as i32 as isize);
        Self {
            x,
            y,
            width: at(2),
            height: at(3),
            first: at(4),
            stride: at(5),
            columns: at(6),
            rows: at(7),
            low_at: at(8),
            high_at: at(9),
        }
    }
}

struct Painting<'a> {
    values: &'a [f32],
    bounds: &'a [f32],
    range: &'a [f32],
    colormaps: &'a [f32],
    view: View,
    is_signed: bool,
}

/// Draws the first `count` tiles on rows of `width * height` pixels of red, green, blue and alpha, each over those before it.
pub(crate) fn paint(fragment: Fragment, buffers: &PaintBuffers<'_>, count: usize, pixels: &mut [u8]) {
    let words = buffers.view;
    let at = |index: usize| words[index] as usize;
    let view = View {
        width: at(0),
        height: at(1),
        colormap: at(2),
        signed_colormap: at(3),
        sign_at: words[4],
        range_at: words[5],
        gamma: f32::from_bits(words[6]),
        opacity: f32::from_bits(words[7]),
    };
    let bounds: &[f32] = bytemuck::cast_slice(buffers.bounds);
    let painting = Painting {
        values: bytemuck::cast_slice(buffers.values),
        bounds,
        range: bytemuck::cast_slice(buffers.range),
        colormaps: bytemuck::cast_slice(buffers.colormaps),
        view,
        is_signed: view.sign_at != NONE && bounds[view.sign_at as usize] < 0.0,
    };
    for words in buffers.tiles.chunks_exact(TILE).take(count) {
        painting.tile(fragment, &Tile::new(words), pixels);
    }
}

impl Painting<'_> {
    /// Draws the part of a tile that is on the canvas.
    fn tile(&self, fragment: Fragment, tile: &Tile, pixels: &mut [u8]) {
        let on_canvas = |from: isize, length: usize, limit: usize| {
            let clip = |at: isize| at.clamp(0, limit as isize) as usize;
            clip(from)..clip(from + length as isize)
        };
        for y in on_canvas(tile.y, tile.height, self.view.height) {
            for x in on_canvas(tile.x, tile.width, self.view.width) {
                let here = [x as isize - tile.x, y as isize - tile.y].map(|at| at as usize);
                let colour = match fragment {
                    Fragment::Crisp => self.crisp(tile, here),
                    Fragment::SmoothOver => self.smooth_over(tile, here),
                    Fragment::Coloured => self.coloured(tile, here),
                };
                let pixel = (y * self.view.width + x) * 4;
                pixels[pixel..pixel + 4]
                    .copy_from_slice(&colour.map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8));
            }
        }
    }

    fn at(&self, tile: &Tile, row: usize, column: usize) -> f32 {
        self.values[tile.first + (row * tile.columns + column) * tile.stride]
    }

    /// Nearest cell where the tile is larger than the map, mean of the cells where it is smaller.
    fn crisp(&self, tile: &Tile, [x, y]: [usize; 2]) -> [f32; 4] {
        let columns = cells(x, tile.width, tile.columns);
        let rows = cells(y, tile.height, tile.rows);
        let count = (rows.len() * columns.len()) as f32;
        let mut sum = 0.0;
        for row in rows {
            for column in columns.clone() {
                sum += self.at(tile, row, column);
            }
        }
        self.colour(self.strength(tile, sum / count), self.view.opacity)
    }

    /// Bilinear between the centres of cells, with opacity proportional to strength.
    fn smooth_over(&self, tile: &Tile, [x, y]: [usize; 2]) -> [f32; 4] {
        let cell = |at: usize, cells: usize, pixels: usize| {
            let cell = ((at as f32 + 0.5) * cells as f32 / pixels as f32 - 0.5).clamp(0.0, cells as f32 - 1.0);
            (cell as usize, (cell as usize + 1).min(cells - 1), cell.fract())
        };
        let (left, right, share_x) = cell(x, tile.columns, tile.width);
        let (above, below, share_y) = cell(y, tile.rows, tile.height);
        let mix = |a: f32, b: f32, share: f32| a * (1.0 - share) + b * share;
        let row = |row: usize| mix(self.at(tile, row, left), self.at(tile, row, right), share_x);
        let strength = self.strength(tile, mix(row(above), row(below), share_y));
        self.colour(strength, self.view.opacity * strength.abs())
    }

    /// Three values per cell as red, green and blue, with zero as medium grey.
    fn coloured(&self, tile: &Tile, [x, y]: [usize; 2]) -> [f32; 4] {
        let row = cells(y, tile.height, tile.rows).start;
        let column = cells(x, tile.width, tile.columns).start;
        let first = tile.first + (row * tile.columns + column) * tile.stride;
        let most = self.bounds[tile.high_at].max(1e-30);
        let level = |at: usize| (0.5 + 0.5 * self.values[first + at] / most) * self.view.opacity;
        [level(0), level(1), level(2), self.view.opacity]
    }

    /// -1 to 1 in a signed layer, else 0 to 1.
    fn strength(&self, tile: &Tile, value: f32) -> f32 {
        let [mut low, mut high] = [tile.low_at, tile.high_at].map(|at| self.bounds[at]);
        if self.view.range_at != NONE {
            high = self.range[self.view.range_at as usize].max(low.abs().max(high.abs()));
            low = 0.0;
        }
        if self.is_signed {
            high = low.abs().max(high.abs());
            low = 0.0;
        }
        if high <= low {
            return 0.0;
        }
        let least = if self.is_signed { -1.0 } else { 0.0 };
        let share = ((value - low) / (high - low)).clamp(least, 1.0);
        share.abs().powf(self.view.gamma).copysign(share)
    }

    /// Premultiplied by `opacity`.
    fn colour(&self, strength: f32, opacity: f32) -> [f32; 4] {
        let (colormap, share) = if self.is_signed {
            (self.view.signed_colormap, 0.5 + 0.5 * strength)
        } else {
            (self.view.colormap, strength)
        };
        let index = share * (COLOURS - 1) as f32;
        let below = (index as usize).min(COLOURS - 2);
        let share = index - below as f32;
        let stop = |at: usize, channel: usize| self.colormaps[(colormap * COLOURS + at) * 4 + channel];
        let level =
            |channel: usize| (stop(below, channel) * (1.0 - share) + stop(below + 1, channel) * share) * opacity;
        [level(0), level(1), level(2), opacity]
    }
}

/// The cells that a pixel shows.
fn cells(pixel: usize, pixels: usize, cells: usize) -> std::ops::Range<usize> {
    let first = pixel * cells / pixels;
    first..((pixel + 1) * cells / pixels).max(first + 1)
}
