//! The precision of a model: storage format of its weights and type of its products.

use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, Result, quoted};
use crate::ops::{AdapterClass, WeightFormat};

/// The requested precision. With weights in `f16`, a GPU with WebGPU's `shader-f16` may also multiply in `f16` where that is faster.
/// Sums are always accumulated in `f32`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// `f16` if the adapter is a GPU and the file holds `f16`: half the memory without a loss. Otherwise `f32`.
    #[default]
    Auto,
    /// Weights in `f32`, products in `f32`.
    F32,
    /// Weights in `f16`; those of an `f32` file are rounded.
    F16,
}

impl Precision {
    /// The storage format for an adapter and a file. On software adapters, unpacking `f16` costs more than it saves.
    pub(super) fn format(self, adapter: AdapterClass, file_is_f16: bool) -> WeightFormat {
        match self {
            Self::F32 => WeightFormat::F32,
            Self::F16 => WeightFormat::F16,
            Self::Auto if file_is_f16 && adapter == AdapterClass::Gpu => WeightFormat::F16,
            Self::Auto => WeightFormat::F32,
        }
    }
}

impl FromStr for Precision {
    type Err = Error;

    /// # Errors
    /// [`Error::State`] for any word other than `auto`, `f32` and `f16`.
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "auto" => Ok(Self::Auto),
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            _ => Err(Error::State(format!("precision: expected auto, f32 or f16, found {}", quoted(word)))),
        }
    }
}
