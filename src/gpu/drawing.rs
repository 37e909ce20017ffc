//! What a render pass draws, as the shader reads it: tiles and how they look.

use bytemuck::{Pod, Zeroable};

use super::activation::Activation;
use super::readback::{self, Piece};
use super::statistics_pass::StatisticsPass;
use super::thumbnail_atlas::ThumbnailAtlas;
use crate::error::{Error, Result};
use crate::lens::{Colormap, Colour, Scale, Thumbnail, Tile};

/// The shader's word for "there is none".
const NONE: u32 = u32::MAX;

/// How cells become pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finish {
    /// As they are, see [`Tile::value`].
    Crisp,
    /// Smoothly, see [`Tile::smooth_value`], and the more transparent the weaker they are.
    SmoothOver,
    /// Three neighbouring values a cell as red, green and blue, zero in the middle.
    Coloured,
}

impl Finish {
    pub(super) fn entry(self) -> &'static str {
        match self {
            Self::Crisp => "crisp",
            Self::SmoothOver => "smooth_over",
            Self::Coloured => "coloured",
        }
    }
}

/// The uniform of a drawing, as the shader's `View`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct View {
    width: u32,
    height: u32,
    colormap: u32,
    signed_colormap: u32,
    sign_at: u32,
    reach_at: u32,
    gamma: f32,
    opacity: f32,
}

/// A tile as the shader's `Tile`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Placed {
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

/// How tiles look.
#[derive(Debug, Clone)]
pub struct RenderStyle {
    /// From values to colours.
    pub colour: Colour,
    /// From cells to pixels.
    pub finish: Finish,
    /// 0 to 1.
    pub opacity: f32,
    /// What [`Scale::Network`] asks for.
    pub reach: Option<ValueRange>,
}

/// The largest magnitude in the network, on the GPU.
#[derive(Debug, Clone)]
pub struct ValueRange {
    /// A vector with the magnitude among its values.
    pub of: Activation,
    /// Which of them it is.
    pub at: usize,
}

impl ValueRange {
    /// Brings it back.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device fails.
    pub async fn read(&self) -> Result<f32> {
        let value = Piece { buffer: &self.of.buffer, first: self.at, length: 1 };
        Ok(readback::collect(&self.of.gpu, &[value]).await?[0])
    }
}

impl RenderStyle {
    /// # Errors
    /// [`Error::Request`] when a number is out of its range, [`Error::State`] when the network's reach is needed and not known.
    fn check(&self) -> Result<()> {
        self.colour.check()?;
        if !(0.0..=1.0).contains(&self.opacity) {
            return Err(Error::Request(format!("the opacity: expected 0 to 1, found {}", self.opacity)));
        }
        if self.colour.scale == Scale::Network && self.reach.is_none() {
            return Err(Error::State(
                "the scale of the network: expected its map to be kept, found it is not".to_owned(),
            ));
        }
        Ok(())
    }

    /// Bound only where the scale asks for it: the shader takes its presence for the wish.
    fn bound_reach(&self) -> Option<&ValueRange> {
        self.reach.as_ref().filter(|_| self.colour.scale == Scale::Network)
    }
}

/// What one render pass draws: tiles of values that lie in one buffer.
#[derive(Debug)]
pub struct Drawing {
    pub(super) values: wgpu::Buffer,
    pub(super) bounds: wgpu::Buffer,
    sign_at: u32,
    look: RenderStyle,
    pub(super) tiles: Vec<Placed>,
}

impl Drawing {
    /// Channels of an activation, coloured by what `measure` finds of it; each stands beside its tile.
    ///
    /// # Errors
    /// [`Error::Request`] for a channel that is not there, a tile without pixels, or a number of the look out of its range;
    /// [`Error::State`] when the network's reach is needed and not known.
    pub fn of_channels(
        activation: &Activation,
        measure: &StatisticsPass,
        tiles: &[(usize, Tile)],
        look: RenderStyle,
    ) -> Result<Self> {
        look.check()?;
        let (shape, survey) = (activation.shape, measure.survey());
        let layer = survey.layer_at();
        let place = |(channel, tile): &(usize, Tile)| {
            if *channel >= shape.c {
                return Err(Error::Request(format!("expected a channel below {}, found {channel}", shape.c)));
            }
            let bounds = match look.colour.scale {
                Scale::Channel => survey.channel_bounds_at(*channel),
                Scale::Layer | Scale::Network => [layer, layer + 1],
            };
            let cells = Cells { first: *channel, stride: shape.channel_quads() * 4, columns: shape.w, rows: shape.h };
            cells.on(tile, bounds)
        };
        let tiles = tiles.iter().map(place).collect::<Result<_>>()?;
        let [values, bounds] = [&activation.buffer, measure.result()].map(wgpu::Buffer::clone);
        Ok(Self { values, bounds, sign_at: layer as u32, look, tiles })
    }

    /// Thumbnails by their numbers, coloured by their own extremes or, with [`Scale::Network`], all alike.
    ///
    /// # Errors
    /// As [`Drawing::of_channels`].
    pub fn of_thumbnails(thumbnail_atlas: &ThumbnailAtlas, tiles: &[(usize, Tile)], look: RenderStyle) -> Result<Self> {
        look.check()?;
        let place = |(number, tile): &(usize, Tile)| {
            let thumbnails = thumbnail_atlas.thumbnails();
            let Some(Thumbnail { first_cell, columns, rows, .. }) = thumbnails.get(*number).copied() else {
                return Err(Error::Request(format!("expected a thumbnail below {}, found {number}", thumbnails.len())));
            };
            Cells { first: first_cell, stride: 1, columns, rows }.on(tile, [2 * number, 2 * number + 1])
        };
        let tiles = tiles.iter().map(place).collect::<Result<_>>()?;
        let [values, bounds] = thumbnail_atlas.buffers().map(wgpu::Buffer::clone);
        Ok(Self { values, bounds, sign_at: NONE, look, tiles })
    }

    /// Filters of three input channels as colour images: `filters` is an image each, `largest` has the largest magnitude of
    /// each in a channel of its own.
    ///
    /// # Errors
    /// [`Error::Request`] for a filter that is not there or a tile without pixels.
    pub fn of_filters(filters: &Activation, largest: &Activation, tiles: &[(usize, Tile)]) -> Result<Self> {
        let shape = filters.shape;
        let place = |(filter, tile): &(usize, Tile)| {
            if *filter >= shape.n {
                return Err(Error::Request(format!("expected a filter below {}, found {filter}", shape.n)));
            }
            let stride = shape.channel_quads() * 4;
            let first = filter * shape.h * shape.w * stride;
            Cells { first, stride, columns: shape.w, rows: shape.h }.on(tile, [*filter; 2])
        };
        Ok(Self {
            values: filters.buffer.clone(),
            bounds: largest.buffer.clone(),
            sign_at: NONE,
            look: RenderStyle { colour: Colour::default(), finish: Finish::Coloured, opacity: 1.0, reach: None },
            tiles: tiles.iter().map(place).collect::<Result<_>>()?,
        })
    }

    /// The uniform for a canvas of this size.
    pub(super) fn view(&self, [width, height]: [u32; 2]) -> View {
        let colormap =
            |wanted: Colormap| Colormap::ALL.iter().position(|colormap| *colormap == wanted).unwrap_or_default() as u32;

        View {
            width,
            height,
            colormap: colormap(self.look.colour.colormap),
            signed_colormap: colormap(Colormap::Diverging),
            sign_at: self.sign_at,
            reach_at: self.look.bound_reach().map_or(NONE, |reach| reach.at as u32),
            gamma: self.look.colour.gamma,
            opacity: self.look.opacity,
        }
    }

    /// How cells become pixels.
    pub(super) fn finish(&self) -> Finish {
        self.look.finish
    }

    /// The network's reach, where the scale asks for it.
    pub(super) fn reach(&self) -> Option<&wgpu::Buffer> {
        self.look.bound_reach().map(|reach| &reach.of.buffer)
    }
}

/// Where the values of a tile's cells are.
struct Cells {
    first: usize,
    stride: usize,
    columns: usize,
    rows: usize,
}

impl Cells {
    /// # Errors
    /// [`Error::Request`] for a tile without pixels, or one that is larger than any canvas.
    fn on(&self, tile: &Tile, bounds_at: [usize; 2]) -> Result<Placed> {
        const MOST: u32 = 1 << 14;
        if !(1..=MOST).contains(&tile.width) || !(1..=MOST).contains(&tile.height) {
            let found = format!("{} x {}", tile.width, tile.height);
            return Err(Error::Request(format!("a tile: expected sides of 1 to {MOST} pixels, found {found}")));
        }
        let [first, stride, columns, rows] = [self.first, self.stride, self.columns, self.rows].map(|n| n as u32);
        let [low_at, high_at] = bounds_at.map(|at| at as u32);
        let Tile { x, y, width, height } = *tile;
        Ok(Placed { x, y, width, height, first, stride, columns, rows, low_at, high_at })
    }
}
