//! A scale's end that stays on the GPU.

use super::activation::Activation;
use super::readback::{self, BufferRange};
use crate::error::Result;

/// The largest magnitude in the network, on the GPU.
#[derive(Debug, Clone)]
pub struct ValueRange {
    /// A vector that holds the magnitude.
    pub of: Activation,
    /// The index of the magnitude.
    pub at: usize,
}

impl ValueRange {
    /// The magnitude.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn read(&self) -> Result<f32> {
        let value = BufferRange { buffer: &self.of.buffer, first: self.at, length: 1 };
        Ok(readback::collect(&self.of.gpu, &[value]).await?[0])
    }
}
