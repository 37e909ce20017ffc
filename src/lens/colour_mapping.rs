//! From a value to a colour: scale, gamma, colormap.

use serde::{Deserialize, Serialize};

use super::colormap::{Colormap, blend};
use crate::error::{Error, Result};

/// The values that the ends of the colormap represent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// The extremes of the channel. Weak channels are as visible as strong ones.
    Channel,
    /// The extremes of the layer. Channels are comparable.
    Layer,
    /// The largest magnitude of any value in the network. Layers are comparable.
    Network,
}

/// The mapping of values to colours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ColourMapping {
    /// The colormap of feature maps without negative values. Maps with negative values use [`Colormap::Diverging`].
    pub colormap: Colormap,
    /// The values at its ends.
    pub scale: Scale,
    /// The exponent applied to scaled values between 0 and 1. Below 1 it amplifies small values.
    pub gamma: f32,
}

impl Default for ColourMapping {
    fn default() -> Self {
        Self { colormap: Colormap::Viridis, scale: Scale::Layer, gamma: 1.0 }
    }
}

impl ColourMapping {
    /// # Errors
    /// [`Error::Request`] if gamma is not between 0.25 and 4.
    pub fn check(&self) -> Result<()> {
        if (0.25..=4.0).contains(&self.gamma) {
            return Ok(());
        }
        Err(Error::Request(format!("the colour mapping: expected a gamma of 0.25 to 4, found {}", self.gamma)))
    }

    /// The colormap for values with this legend.
    pub fn colormap_for(&self, legend: Legend) -> Colormap {
        if legend.signed { Colormap::Diverging } else { self.colormap }
    }

    /// The sRGB colour of a value, components from 0 to 1.
    pub fn paint(&self, value: f32, legend: Legend) -> [f32; 3] {
        let strength = legend.strength(value, self.gamma);
        let position = if legend.signed { 0.5 + 0.5 * strength } else { strength };
        blend(&self.colormap_for(legend).table(), position)
    }
}

/// The values at the ends of a colormap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Legend {
    /// The value of the first colour.
    pub low: f32,
    /// The value of the last colour.
    pub high: f32,
    /// Whether the range is symmetric around zero.
    pub signed: bool,
}

impl Legend {
    /// The legend of values from `low` to `high`. `signed` makes it symmetric around zero; a feature map is signed if any of its
    /// channels has a negative value.
    pub fn new(low: f32, high: f32, signed: bool) -> Self {
        if signed {
            let largest = low.abs().max(high.abs());
            return Self { low: -largest, high: largest, signed };
        }
        Self { low, high, signed }
    }

    /// The scaled value with gamma applied: 0 to 1, or -1 to 1 if the legend is signed. 0 if both ends are equal, as in a dead
    /// channel.
    pub fn strength(&self, value: f32, gamma: f32) -> f32 {
        let (low, width) = if self.signed { (0.0, self.high) } else { (self.low, self.high - self.low) };
        if width <= 0.0 {
            return 0.0;
        }
        let share = ((value - low) / width).clamp(if self.signed { -1.0 } else { 0.0 }, 1.0);
        share.signum() * share.abs().powf(gamma)
    }
}
