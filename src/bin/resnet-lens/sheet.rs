//! All channels of a node side by side, as a PNG file.

use std::path::Path;

use resnet_lens::Session;
use resnet_lens::lens::ColourMapping;
use resnet_lens::session::{ChannelTile, GridRequest, LayerInfo, Rectangle};

use crate::failure::Failure;

/// The least height and width of a channel in the image, in pixels. Smaller maps are enlarged by a whole factor.
const LEAST: usize = 64;

/// Pixels between two channels. They are transparent.
const GAP: usize = 2;

/// Writes the channels of an observed node row by row, in a grid that is about square.
///
/// # Errors
/// Fails if the node has no value or the file cannot be written.
pub async fn write(session: &Session, layer: &LayerInfo, colour: ColourMapping, file: &Path) -> Result<(), Failure> {
    let request = request(layer, colour);
    let (pixels, _) = session.grid_pixels(&request).await?;
    // A pixel is opaque or transparent, so premultiplied colours are the colours.
    image::save_buffer_with_format(
        file,
        &pixels.data,
        pixels.width,
        pixels.height,
        image::ColorType::Rgba8,
        image::ImageFormat::Png,
    )
    .map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

fn request(layer: &LayerInfo, colour: ColourMapping) -> GridRequest {
    let [_, channels, height, width] = layer.shape;
    let zoom = LEAST.div_ceil(height.min(width).max(1));
    let [height, width] = [height, width].map(|length| length * zoom);
    let columns = (1..=channels).find(|columns| columns * columns >= channels).unwrap_or(1);
    let tile = |channel: usize| {
        let [x, y] = [channel % columns * (width + GAP), channel / columns * (height + GAP)];
        let [x, y, width, height] = [x, y, width, height].map(|length| length as f64);
        ChannelTile { channel, rectangle: Rectangle { x, y, width, height } }
    };
    let length = |tiles: usize, side: usize| (tiles * (side + GAP) - GAP) as u32;
    GridRequest {
        width: length(columns, width),
        height: length(channels.div_ceil(columns).max(1), height),
        node: layer.name.clone(),
        tiles: (0..channels).map(tile).collect(),
        colour,
        legend: false,
    }
}
