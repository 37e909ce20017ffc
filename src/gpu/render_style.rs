//! How values become pixels.

use super::value_range::ValueRange;
use crate::error::{Error, Result};
use crate::lens::{ColourMapping, Scale};

/// How cells become pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finish {
    /// One colour per cell, see [`crate::lens::PixelRect::value`].
    Crisp,
    /// Interpolated, see [`crate::lens::PixelRect::smooth_value`], and the weaker a value, the more transparent.
    SmoothOver,
    /// Three consecutive values per cell as red, green and blue, with zero as medium grey.
    Coloured,
}

impl Finish {
    /// The name of the fragment shader in `shaders/render/paint.wgsl`.
    pub(super) fn entry_point(self) -> &'static str {
        match self {
            Self::Crisp => "crisp",
            Self::SmoothOver => "smooth_over",
            Self::Coloured => "coloured",
        }
    }
}

/// How tiles are drawn.
#[derive(Debug, Clone)]
pub struct RenderStyle {
    /// From values to colours.
    pub colour: ColourMapping,
    /// From cells to pixels.
    pub finish: Finish,
    /// 0 to 1.
    pub opacity: f32,
    /// The end of the scale for [`Scale::Network`].
    pub range: Option<ValueRange>,
}

impl RenderStyle {
    /// # Errors
    /// [`Error::Request`] when a number is out of its range, [`Error::State`] when the scale needs a range that is not given.
    pub(super) fn check(&self) -> Result<()> {
        self.colour.check()?;
        if !(0.0..=1.0).contains(&self.opacity) {
            return Err(Error::Request(format!("the opacity: expected 0 to 1, found {}", self.opacity)));
        }
        if self.colour.scale == Scale::Network && self.range.is_none() {
            return Err(Error::State(
                "the scale of the network: expected its map to be kept, found it is not".to_owned(),
            ));
        }
        Ok(())
    }

    /// The range for [`Scale::Network`] and `None` for other scales: the shader uses a range whenever one is bound.
    pub(super) fn bound_range(&self) -> Option<&ValueRange> {
        self.range.as_ref().filter(|_| self.colour.scale == Scale::Network)
    }
}
