//! Feature visualisation: an image that maximises a channel.

use super::report::{VisualisationProgress, VisualisationRequest};
use super::state::{Session, no_model};
use crate::error::{Error, Result};

impl Session {
    /// Begins to visualise a channel of the current network, in place of an earlier visualisation. Needs no image.
    ///
    /// # Errors
    /// [`Error::State`] if no model is loaded, [`Error::Graph`] and [`Error::Shape`] if the network has no such node or channel,
    /// [`Error::Gpu`] if the device fails.
    pub async fn begin_visualisation(&self, request: VisualisationRequest) -> Result<VisualisationProgress> {
        // Frees the earlier one first.
        let mut current = self.visualisation.lock().await;
        *current = None;
        let begun = self.model.lock().await.as_mut().ok_or_else(no_model)?.visualise(request).await?;
        Ok(current.insert(begun).progress())
    }

    /// Continues the visualisation by some steps.
    ///
    /// # Errors
    /// [`Error::State`] if none has begun, [`Error::Gpu`] if the device fails.
    pub async fn advance_visualisation(&self, steps: usize) -> Result<VisualisationProgress> {
        let mut current = self.visualisation.lock().await;
        let none = || Error::State("the visualisation: expected one that has begun, found none".to_owned());
        current.as_mut().ok_or_else(none)?.advance(steps).await
    }

    /// Frees the visualisation.
    pub async fn end_visualisation(&self) {
        *self.visualisation.lock().await = None;
    }
}
