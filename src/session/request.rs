//! Requests for drawings. The page sends them as objects with these members.

use serde::{Deserialize, Serialize};

use crate::lens::{ColourMapping, PixelRect};

/// The canvases of a session, by the view they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CanvasRole {
    /// The map of the network, with one thumbnail per box.
    Map,
    /// The channels of a layer as tiles.
    Grid,
    /// One enlarged channel.
    Channel,
    /// The overlay on the image.
    Overlay,
    /// The first layer's filters.
    Filters,
}

impl CanvasRole {
    /// The name in requests, as in `map`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Grid => "grid",
            Self::Channel => "channel",
            Self::Overlay => "overlay",
            Self::Filters => "filters",
        }
    }
}

/// A rectangle of a canvas in device pixels, y downwards. Edges are rounded to whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rectangle {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
}

impl Rectangle {
    /// The nearest rectangle of whole pixels. NaN becomes 0.
    pub(super) fn pixels(&self) -> PixelRect {
        let [right, below] = [self.x + self.width, self.y + self.height].map(|edge| edge.round() as i32);
        let [x, y] = [self.x, self.y].map(|edge| edge.round() as i32);
        let length = |begin: i32, end: i32| u32::try_from(end.saturating_sub(begin)).unwrap_or(0);
        PixelRect { x, y, width: length(x, right), height: length(y, below) }
    }
}

/// A channel and its rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChannelTile {
    /// The channel, or the filter of a [`FiltersRequest`].
    pub channel: usize,
    /// The rectangle to draw in.
    #[serde(flatten)]
    pub rectangle: Rectangle,
}

/// Draws channels of a node as tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridRequest {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// The node, which must be observed.
    pub node: String,
    /// The visible tiles.
    pub tiles: Vec<ChannelTile>,
    /// The mapping of values to colours.
    #[serde(default)]
    pub colour: ColourMapping,
    /// Whether to read back and return the bounds of the colour scale.
    #[serde(default = "enabled")]
    pub legend: bool,
}

/// Draws one channel of a node over a whole canvas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelRequest {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// The node, which must be observed.
    pub node: String,
    /// The channel.
    pub channel: usize,
    /// The mapping of values to colours.
    #[serde(default)]
    pub colour: ColourMapping,
    /// Whether to read back and return the bounds of the colour scale.
    #[serde(default = "enabled")]
    pub legend: bool,
}

/// A node and the rectangle of its thumbnail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeTile {
    /// The node. The thumbnail shows the value that the node's step stores, after all fused operators.
    pub node: String,
    /// The rectangle to draw in.
    #[serde(flatten)]
    pub rectangle: Rectangle,
}

/// Draws thumbnails of nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapRequest {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// The visible thumbnails.
    pub tiles: Vec<NodeTile>,
    /// The mapping of magnitudes to colours: by the extremes of each thumbnail, or of all thumbnails with
    /// [`crate::lens::Scale::Network`].
    #[serde(default)]
    pub colour: ColourMapping,
}

/// The kinds of overlays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverlayKind {
    /// A class activation map.
    Cam,
    /// A channel of a node.
    Channel,
    /// The Grad-CAM of [`super::Session::attribute`].
    GradCam,
}

/// Draws a feature map over the cropped image. Small magnitudes are transparent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverlayRequest {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// The kind of overlay.
    pub kind: OverlayKind,
    /// The class of a class activation map.
    #[serde(default)]
    pub class: Option<usize>,
    /// The node of a channel, which must be observed, or of a Grad-CAM.
    #[serde(default)]
    pub node: Option<String>,
    /// The channel.
    #[serde(default)]
    pub channel: Option<usize>,
    /// The opacity of the largest magnitude, 0 to 1.
    pub opacity: f32,
    /// The mapping of values to colours.
    #[serde(default)]
    pub colour: ColourMapping,
    /// Whether to read back and return the bounds of the colour scale.
    #[serde(default = "enabled")]
    pub legend: bool,
}

/// Draws filters of a convolution with three input channels as RGB images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiltersRequest {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// The convolution.
    pub node: String,
    /// The visible filters.
    pub tiles: Vec<ChannelTile>,
}

fn enabled() -> bool {
    true
}
