//! A feature visualisation in progress.

use super::report::{VisualisationProgress, VisualisationRequest};
use crate::error::Result;
use crate::gpu::{Executable, Pixels};
use crate::graph::{INPUT, gradient_name};
use crate::lens::Ascent;

/// The gradient ascent of an image to a maximum of a channel. It has an executable of its own, so that the model can be used between
/// steps.
#[derive(Debug)]
pub(super) struct Visualisation {
    executable: Executable,
    ascent: Ascent,
    request: VisualisationRequest,
    /// The means of the channel for the first and the present image.
    initial: f32,
    activation: f32,
}

impl Visualisation {
    /// For an executable whose output is the means of the node, and that observes the gradient of one of them with respect to the input.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] if the device fails.
    pub async fn begin(executable: Executable, ascent: Ascent, request: VisualisationRequest) -> Result<Self> {
        let mut begun = Self { executable, ascent, request, initial: 0.0, activation: 0.0 };
        begun.initial = begun.measured().await?;
        begun.activation = begun.initial;
        Ok(begun)
    }

    /// Changes the image by some steps.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] if the device fails.
    pub async fn advance(&mut self, steps: usize) -> Result<VisualisationProgress> {
        for _ in 0..steps {
            self.step().await?;
        }
        self.activation = self.measured().await?;
        Ok(self.progress())
    }

    async fn step(&mut self) -> Result<()> {
        let image = self.ascent.shifted();
        self.executable.run(&image).await?;
        let gradient = self.executable.read(&gradient_name(INPUT)).await?;
        self.ascent.climb(&gradient);
        Ok(())
    }

    /// The mean of the channel for the present image.
    async fn measured(&mut self) -> Result<f32> {
        Ok(self.executable.run(self.ascent.image()).await?.data()[self.request.channel])
    }

    /// The present image.
    pub fn progress(&self) -> VisualisationProgress {
        let shape = self.ascent.image().shape();
        let [width, height] = [shape.w, shape.h].map(|side| side as u32);
        let pixels = Pixels { width, height, data: self.ascent.rgba() };
        VisualisationProgress { step: self.ascent.steps(), activation: self.activation, initial: self.initial, pixels }
    }
}
