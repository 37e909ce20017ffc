//! The values at the ends of a drawing's colour scale, for its legend.

use serde::Serialize;

use crate::error::Result;
use crate::gpu::{RenderStyle, StatisticsPass};
use crate::lens::{Legend, Scale};

/// The values at the ends of a colour scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScaleBounds {
    /// The value of the colormap's first colour; `None` if every channel has its own scale.
    pub low: Option<f32>,
    /// The value of the colormap's last colour; `None` if every channel has its own scale.
    pub high: Option<f32>,
    /// Whether the scale is symmetric around zero.
    pub signed: bool,
}

impl ScaleBounds {
    /// Reads the bounds of a drawing of one channel, or of several channels if `channel` is `None`.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] if the device fails.
    pub(super) async fn read(statistics: &StatisticsPass, style: &RenderStyle, channel: Option<usize>) -> Result<Self> {
        let scale = style.colour.scale;
        // Minimum and maximum of the layer, then of the channel if it is read.
        let bounds = statistics.read_bounds(channel.filter(|_| scale == Scale::Channel)).await?;
        let signed = bounds[0] < 0.0;
        let [low, high] = match (scale, &style.range) {
            (Scale::Channel, _) if channel.is_none() => return Ok(Self { low: None, high: None, signed }),
            (Scale::Network, Some(range)) => {
                [0.0, bounds.iter().fold(range.read().await?, |largest, bound| largest.max(bound.abs()))]
            }
            _ => [bounds[bounds.len() - 2], bounds[bounds.len() - 1]],
        };
        let Legend { low, high, signed } = Legend::new(low, high, signed);
        Ok(Self { low: Some(low), high: Some(high), signed })
    }
}
