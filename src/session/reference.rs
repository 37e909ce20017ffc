//! A second network beside the current one, to compare their values and answers.

use web_time::Instant;

use super::loading::PreparedModel;
use super::report::{Classification, Milliseconds, ModelInfo};
use super::state::{Session, milliseconds_since};
use crate::decoded_image::DecodedImage;
use crate::error::{Error, Result};
use crate::tensor::HostTensor;

impl Session {
    /// Keeps a prepared model beside the current one, in place of an earlier reference.
    pub async fn use_reference(&self, prepared: PreparedModel) -> ModelInfo {
        let info = prepared.model.info();
        *self.reference.lock().await = Some(prepared.model);
        info
    }

    /// Frees the reference.
    pub async fn drop_reference(&self) {
        *self.reference.lock().await = None;
    }

    /// Classifies an image with the reference, by its own preprocessing, and returns the value of a node; `None` if the reference has
    /// no such node. The current model and its values stay.
    ///
    /// # Errors
    /// [`Error::State`] if there is no reference, [`Error::Weights`] if its outputs are not finite, [`Error::Gpu`] if the device
    /// fails.
    pub async fn compare_reference(
        &self,
        image: &DecodedImage,
        node: &str,
        top: usize,
    ) -> Result<(Option<HostTensor>, Classification)> {
        let mut guard = self.reference.lock().await;
        let none = || Error::State("the reference: expected a prepared model, found none".to_owned());
        let model = guard.as_mut().ok_or_else(none)?;
        let started = Instant::now();
        let input = model.preprocess(image)?;
        let preprocess = milliseconds_since(started);
        let is_known = model.graph().find(node).is_ok();
        if is_known {
            model.observe(&[node]).await?;
        }
        let (started, size) = (Instant::now(), [image.width, image.height]);
        let logits = model.run(input, size).await?;
        let infer = milliseconds_since(started);
        let map = if is_known { Some(model.feature_map(node).await?) } else { None };
        let result = Classification {
            predictions: model.predictions(&logits, top)?,
            image: model.image_info(size),
            ms: Milliseconds { decode: 0.0, preprocess, infer },
            first_run: false,
        };
        Ok((map, result))
    }
}
