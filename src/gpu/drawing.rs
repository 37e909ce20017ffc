//! What one render pass draws, in the layout of `shaders/render/paint.wgsl`.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::activation::Activation;
use super::buffer::GpuBuffer;
use super::render_style::{Finish, RenderStyle};
use super::statistics_pass::StatisticsPass;
use super::thumbnail_atlas::ThumbnailAtlas;
use crate::error::{Error, Result};
use crate::lens::{Colormap, ColourMapping, PixelRect, Scale};
use crate::plan::Thumbnail;

/// The shader's value for an index that is absent.
const NONE: u32 = u32::MAX;

/// The uniform of a drawing: the shader's `View`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct DrawParams {
    width: u32,
    height: u32,
    colormap: u32,
    signed_colormap: u32,
    sign_at: u32,
    range_at: u32,
    gamma: f32,
    opacity: f32,
}

/// A tile and its values: the shader's `Tile`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct TileInstance {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    first: u32,
    stride: u32,
    columns: u32,
    rows: u32,
    low_at: u32,
    high_at: u32,
}

/// What one render pass draws: tiles whose values are in one buffer.
#[derive(Debug)]
pub struct Drawing {
    pub(super) values: Arc<GpuBuffer>,
    pub(super) bounds: Arc<GpuBuffer>,
    sign_at: u32,
    style: RenderStyle,
    pub(super) tiles: Vec<TileInstance>,
}

impl Drawing {
    /// Channels of an activation, each with its tile, coloured by the activation's `statistics`.
    ///
    /// # Errors
    /// [`Error::Request`] when a channel does not exist, a tile has no pixels, or a number of the style is out of its range;
    /// [`Error::State`] when the scale needs a range that is not given.
    pub fn of_channels(
        activation: &Activation,
        statistics: &StatisticsPass,
        tiles: &[(usize, PixelRect)],
        style: RenderStyle,
    ) -> Result<Self> {
        style.check()?;
        let (shape, layout) = (activation.shape, statistics.layout());
        let layer = layout.layer_at();
        let instance = |(channel, tile): &(usize, PixelRect)| {
            if *channel >= shape.c {
                return Err(Error::Request(format!("expected a channel below {}, found {channel}", shape.c)));
            }
            let bounds = match style.colour.scale {
                Scale::Channel => layout.channel_bounds_at(*channel),
                Scale::Layer | Scale::Network => [layer, layer + 1],
            };
            let cells = Cells { first: *channel, stride: shape.channel_quads() * 4, columns: shape.w, rows: shape.h };
            cells.instance(tile, bounds)
        };
        let tiles = tiles.iter().map(instance).collect::<Result<_>>()?;
        let [values, bounds] = [&activation.buffer, statistics.result()].map(Arc::clone);
        Ok(Self { values, bounds, sign_at: layer as u32, style, tiles })
    }

    /// Thumbnails by index, each coloured by its own extremes or, with [`Scale::Network`], all on one scale.
    ///
    /// # Errors
    /// As [`Drawing::of_channels`].
    pub fn of_thumbnails(atlas: &ThumbnailAtlas, tiles: &[(usize, PixelRect)], style: RenderStyle) -> Result<Self> {
        style.check()?;
        let instance = |(index, tile): &(usize, PixelRect)| {
            let thumbnails = atlas.thumbnails();
            let Some(Thumbnail { first_cell, columns, rows, .. }) = thumbnails.get(*index).copied() else {
                return Err(Error::Request(format!("expected a thumbnail below {}, found {index}", thumbnails.len())));
            };
            Cells { first: first_cell, stride: 1, columns, rows }.instance(tile, [2 * index, 2 * index + 1])
        };
        let tiles = tiles.iter().map(instance).collect::<Result<_>>()?;
        let [values, bounds] = [atlas.cells(), atlas.bounds()].map(Arc::clone);
        Ok(Self { values, bounds, sign_at: NONE, style, tiles })
    }

    /// Filters of three input channels as colour images: `filters` has one image per filter, `largest` one channel per filter
    /// with the filter's largest magnitude.
    ///
    /// # Errors
    /// [`Error::Request`] when a filter does not exist or a tile has no pixels.
    pub fn of_filters(filters: &Activation, largest: &Activation, tiles: &[(usize, PixelRect)]) -> Result<Self> {
        let shape = filters.shape;
        let instance = |(filter, tile): &(usize, PixelRect)| {
            if *filter >= shape.n {
                return Err(Error::Request(format!("expected a filter below {}, found {filter}", shape.n)));
            }
            let stride = shape.channel_quads() * 4;
            let first = filter * shape.h * shape.w * stride;
            Cells { first, stride, columns: shape.w, rows: shape.h }.instance(tile, [*filter; 2])
        };
        Ok(Self {
            values: filters.buffer.clone(),
            bounds: largest.buffer.clone(),
            sign_at: NONE,
            style: RenderStyle {
                colour: ColourMapping::default(),
                finish: Finish::Coloured,
                opacity: 1.0,
                range: None,
            },
            tiles: tiles.iter().map(instance).collect::<Result<_>>()?,
        })
    }

    /// The uniform for a canvas of this size.
    pub(super) fn params(&self, [width, height]: [u32; 2]) -> DrawParams {
        let index =
            |wanted: Colormap| Colormap::ALL.iter().position(|colormap| *colormap == wanted).unwrap_or_default() as u32;
        DrawParams {
            width,
            height,
            colormap: index(self.style.colour.colormap),
            signed_colormap: index(Colormap::Diverging),
            sign_at: self.sign_at,
            range_at: self.style.bound_range().map_or(NONE, |range| range.at as u32),
            gamma: self.style.colour.gamma,
            opacity: self.style.opacity,
        }
    }

    /// How cells become pixels.
    pub(super) fn finish(&self) -> Finish {
        self.style.finish
    }

    /// The buffer with the end of the network's scale, if the scale is used.
    pub(super) fn range(&self) -> Option<&Arc<GpuBuffer>> {
        self.style.bound_range().map(|range| &range.of.buffer)
    }
}

/// Where a tile's values are in their buffer.
struct Cells {
    first: usize,
    stride: usize,
    columns: usize,
    rows: usize,
}

impl Cells {
    /// # Errors
    /// [`Error::Request`] for a tile without pixels, or one that is larger than any canvas.
    fn instance(&self, tile: &PixelRect, bounds_at: [usize; 2]) -> Result<TileInstance> {
        const LARGEST: u32 = 1 << 14;
        if !(1..=LARGEST).contains(&tile.width) || !(1..=LARGEST).contains(&tile.height) {
            let found = format!("{} x {}", tile.width, tile.height);
            return Err(Error::Request(format!("a tile: expected sides of 1 to {LARGEST} pixels, found {found}")));
        }
        let [first, stride, columns, rows] = [self.first, self.stride, self.columns, self.rows].map(|n| n as u32);
        let [low_at, high_at] = bounds_at.map(|at| at as u32);
        let PixelRect { x, y, width, height } = *tile;
        Ok(TileInstance { x, y, width, height, first, stride, columns, rows, low_at, high_at })
    }
}
