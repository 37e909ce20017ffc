//! From a value to a colour: scale, gamma, colormap.

use serde::{Deserialize, Serialize};

use super::colormap::{Colormap, blend};
use crate::error::{Error, Result};

/// What the ends of the colormap stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// The extremes of the channel itself: faint channels show as well as strong ones.
    Channel,
    /// The extremes of all channels of the layer: channels can be compared.
    Layer,
    /// The largest magnitude anywhere on the map of the network, or in the layer if that is larger: layers can be compared.
    Network,
}

/// How values are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Colour {
    /// The colormap for maps without negative values; maps with negative ones take [`Colormap::Diverging`].
    pub colormap: Colormap,
    /// What its ends stand for.
    pub scale: Scale,
    /// The exponent that a value between 0 and 1 is raised to; below 1 it lifts what is faint.
    pub gamma: f32,
}

impl Default for Colour {
    fn default() -> Self {
        Self { colormap: Colormap::Viridis, scale: Scale::Layer, gamma: 1.0 }
    }
}

impl Colour {
    /// # Errors
    /// [`Error::Request`] when gamma is not between 0.25 and 4.
    pub fn check(&self) -> Result<()> {
        if (0.25..=4.0).contains(&self.gamma) {
            return Ok(());
        }
        Err(Error::Request(format!("the colours' gamma: expected 0.25 to 4, found {}", self.gamma)))
    }

    /// The colormap that a legend calls for.
    pub fn ramp_for(&self, legend: Legend) -> Colormap {
        if legend.signed { Colormap::Diverging } else { self.colormap }
    }

    /// The sRGB colour of a value, each part 0 to 1.
    pub fn paint(&self, value: f32, legend: Legend) -> [f32; 3] {
        let strength = legend.strength(value, self.gamma);
        let place = if legend.signed { 0.5 + 0.5 * strength } else { strength };
        blend(&self.ramp_for(legend).table(), place)
    }
}

/// The ends of a colormap in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Legend {
    /// The value of the colormap's first colour.
    pub low: f32,
    /// The value of its last colour.
    pub high: f32,
    /// Whether zero is in the middle.
    pub signed: bool,
}

impl Legend {
    /// The legend of values from `low` to `high`; around zero and symmetric for a map that is `signed`: one that has a negative
    /// value in any of its channels.
    pub fn new(low: f32, high: f32, signed: bool) -> Self {
        if signed {
            let most = low.abs().max(high.abs());
            return Self { low: -most, high: most, signed };
        }
        Self { low, high, signed }
    }

    /// Where a value lies between the ends, gamma applied: 0 to 1, or -1 to 1 where zero is in the middle. 0 where the ends are
    /// one, as in a dead channel.
    pub fn strength(&self, value: f32, gamma: f32) -> f32 {
        let (low, reach) = if self.signed { (0.0, self.high) } else { (self.low, self.high - self.low) };
        if reach <= 0.0 {
            return 0.0;
        }
        let share = ((value - low) / reach).clamp(if self.signed { -1.0 } else { 0.0 }, 1.0);
        share.signum() * share.abs().powf(gamma)
    }
}
