//! Edits of the current network, and measurements of what its residual blocks contribute.

use std::ops::ControlFlow;

use web_time::Instant;

use super::model::Answer;
use super::report::{BlockImportance, Classification, ImportanceProgress, Milliseconds};
use super::state::{Session, milliseconds_since, no_model};
use crate::error::Result;
use crate::graph::Surgery;
use crate::lens::ResidualStatistics;
use crate::tensor::HostTensor;

impl Session {
    /// Replaces all edits of the current network and runs the latest image again. Returns its `top` most probable classes; `None` if
    /// no image has been classified. Everything that runs the network afterwards runs the edited one. A model that is switched to has
    /// no edits.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Request`] for an edit that the network does not permit,
    /// [`crate::Error::Weights`] if the outputs of the edited network are not finite, [`crate::Error::Gpu`] if the device fails. The
    /// previous edits then stay in use.
    pub async fn operate(&self, edits: &[Surgery], top: usize) -> Result<Option<Classification>> {
        let (result, changed) = {
            let mut guard = self.model.lock().await;
            let model = guard.as_mut().ok_or_else(no_model)?;
            let changed = model.changes_layers(edits);
            let started = Instant::now();
            let answer = model.operate(edits, top).await?;
            let infer = milliseconds_since(started);
            self.record_model(model);
            (answer.map(|answer| classification(answer, infer, self.record_run(infer))), changed)
        };
        if changed {
            self.discard_tuner().await;
        }
        Ok(result)
    }

    /// The norms of branch and shortcut of every residual block and the angle between them, for the latest image and the current
    /// edits, before their factors. The current values stay.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Gpu`] if the device fails.
    pub async fn residual_statistics(&self) -> Result<Vec<ResidualStatistics>> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.residual_statistics().await
    }

    /// The probability of a class for the latest image when the branch of each residual block is switched off in turn, on top of the
    /// current edits. `class` is the most probable class of the current network if it is `None`. `on_progress` is called after every
    /// block and can cancel the measurement, whose result is `None` then. The current values stay.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Request`] if the network has no
    /// such class, [`crate::Error::Weights`] if outputs are not finite, [`crate::Error::Gpu`] if the device fails.
    pub async fn block_importance(
        &self,
        class: Option<usize>,
        on_progress: &mut dyn FnMut(ImportanceProgress<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Vec<BlockImportance>>> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.block_importance(class, on_progress).await
    }

    /// The value of a node and the classification of the latest image by the network without edits. The current values stay.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Graph`] if the network has no
    /// such node, [`crate::Error::Weights`] if the outputs are not finite, [`crate::Error::Gpu`] if the device fails.
    pub async fn compare_intact(&self, node: &str, top: usize) -> Result<(HostTensor, Classification)> {
        let started = Instant::now();
        let mut guard = self.model.lock().await;
        let (map, answer) = guard.as_mut().ok_or_else(no_model)?.compare_intact(node, top).await?;
        Ok((map, classification(answer, milliseconds_since(started), false)))
    }
}

fn classification((predictions, image): Answer, infer: f64, first_run: bool) -> Classification {
    Classification { predictions, image, ms: Milliseconds { decode: 0.0, preprocess: 0.0, infer }, first_run }
}
