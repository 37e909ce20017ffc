//! What can be asked of the lens: plain values, the same in a page and in tests.

use serde::{Deserialize, Serialize};

use crate::lens::{ColourMapping, PixelRect};

/// The canvases that a session draws to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CanvasRole {
    /// The network's map with a thumbnail a box.
    Map,
    /// A layer's channels as tiles.
    Grid,
    /// One channel, large.
    Channel,
    /// What lies over the image.
    Overlay,
    /// The first layer's filters.
    Filters,
}

/// A rectangle of a canvas in its device pixels, y downwards; fractions are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rectangle {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

impl Rectangle {
    /// The nearest rectangle of whole pixels; a number that is none becomes 0.
    pub(super) fn tile(&self) -> PixelRect {
        let [right, below] = [self.x + self.width, self.y + self.height].map(|edge| edge.round() as i32);
        let [x, y] = [self.x, self.y].map(|edge| edge.round() as i32);
        let extent = |begin: i32, end: i32| u32::try_from(end.saturating_sub(begin)).unwrap_or(0);
        PixelRect { x, y, width: extent(x, right), height: extent(y, below) }
    }
}

/// A channel and where to draw it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChannelTile {
    /// The channel, or the filter of a layer's kernels.
    pub channel: usize,
    /// Where.
    #[serde(flatten)]
    pub place: Rectangle,
}

/// Channels of a node as tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridRequest {
    /// Columns of the canvas.
    pub width: u32,
    /// Rows of the canvas.
    pub height: u32,
    /// The node; it is observed.
    pub node: String,
    /// The tiles that can be seen.
    pub tiles: Vec<ChannelTile>,
    /// How values are coloured.
    #[serde(default)]
    pub colour: ColourMapping,
    /// Whether the ends of the scale are read back and returned.
    #[serde(default = "yes")]
    pub legend: bool,
}

/// One channel of a node over a whole canvas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelRequest {
    /// Columns of the canvas.
    pub width: u32,
    /// Rows of the canvas.
    pub height: u32,
    /// The node; it is observed.
    pub node: String,
    /// The channel.
    pub channel: usize,
    /// How values are coloured.
    #[serde(default)]
    pub colour: ColourMapping,
    /// Whether the ends of the scale are read back and returned.
    #[serde(default = "yes")]
    pub legend: bool,
}

/// A node and where to draw its thumbnail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeTile {
    /// The node: what is shown is what its step stores, behind all that is fused with it.
    pub node: String,
    /// Where.
    #[serde(flatten)]
    pub place: Rectangle,
}

/// Thumbnails of nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapRequest {
    /// Columns of the canvas.
    pub width: u32,
    /// Rows of the canvas.
    pub height: u32,
    /// The thumbnails that can be seen.
    pub tiles: Vec<NodeTile>,
    /// How magnitudes are coloured: each thumbnail by its own extremes, or with [`crate::lens::Scale::Network`] all alike.
    #[serde(default)]
    pub colour: ColourMapping,
}

/// What lies over the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverlayKind {
    /// A class activation map.
    Cam,
    /// A channel of a node.
    Channel,
}

/// A map over the part of the image that the network sees, the more transparent the weaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverlayRequest {
    /// Columns of the canvas.
    pub width: u32,
    /// Rows of the canvas.
    pub height: u32,
    /// What to draw.
    pub kind: OverlayKind,
    /// The class of a class activation map.
    #[serde(default)]
    pub class: Option<usize>,
    /// The node of a channel; it is observed.
    #[serde(default)]
    pub node: Option<String>,
    /// The channel.
    #[serde(default)]
    pub channel: Option<usize>,
    /// How opaque the strongest place is, 0 to 1.
    pub opacity: f32,
    /// How values are coloured.
    #[serde(default)]
    pub colour: ColourMapping,
    /// Whether the ends of the scale are read back and returned.
    #[serde(default = "yes")]
    pub legend: bool,
}

/// Filters of a convolution of three channels as colour images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiltersRequest {
    /// Columns of the canvas.
    pub width: u32,
    /// Rows of the canvas.
    pub height: u32,
    /// The convolution.
    pub node: String,
    /// The filters that can be seen.
    pub tiles: Vec<ChannelTile>,
}

fn yes() -> bool {
    true
}
