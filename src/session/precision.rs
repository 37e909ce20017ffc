//! In which form weights lie on the GPU, and with it in which numbers products may be made.

use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::ops::{AdapterClass, WeightFormat};

/// What the user asks for. With weights in `f16` a GPU that has WebGPU's `shader-f16` makes products in it, too, where that is
/// faster; sums are made in `f32` either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// On a GPU `f16` for a file that holds `f16`, whose weights lose nothing and take half the memory; else `f32`.
    #[default]
    Auto,
    /// Four bytes a weight, and products in `f32`.
    F32,
    /// Two bytes a weight; weights of an `f32` file are rounded.
    F16,
}

impl Precision {
    /// The form for an adapter and a file. On a software adapter unpacking costs more time than memory does.
    pub(super) fn format(self, target: AdapterClass, file_is_f16: bool) -> WeightFormat {
        match self {
            Self::F32 => WeightFormat::F32,
            Self::F16 => WeightFormat::F16,
            Self::Auto if file_is_f16 && target == AdapterClass::Gpu => WeightFormat::F16,
            Self::Auto => WeightFormat::F32,
        }
    }
}

impl FromStr for Precision {
    type Err = Error;

    /// # Errors
    /// [`Error::State`] for any other word than `auto`, `f32`, `f16`.
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "auto" => Ok(Self::Auto),
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            _ => Err(Error::State(format!("precision: expected auto, f32 or f16, found {word:?}"))),
        }
    }
}
