//! Classification of several images in one run, which uses a GPU better than single images do.

use web_time::Instant;

use super::report::{Classification, Milliseconds};
use super::state::{Session, milliseconds_since, no_model};
use crate::decoded_image::DecodedImage;
use crate::error::Result;

impl Session {
    /// Returns the `top` most probable classes of each image. All images are computed in one run; each result reports the time of
    /// the run divided by the number of images. Inspected values still belong to the latest [`Session::classify_image`].
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Weights`] if the outputs for an image are not finite,
    /// [`crate::Error::Gpu`] if the device fails or its memory is exhausted.
    pub async fn classify_images(&self, images: &[DecodedImage], top: usize) -> Result<Vec<Classification>> {
        if let [image] = images {
            return Ok(vec![self.classify_image(image, top).await?]);
        }
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let mut inputs = Vec::with_capacity(images.len());
        let mut preprocess = Vec::with_capacity(images.len());
        for image in images {
            let started = Instant::now();
            inputs.push(model.preprocess(image)?);
            preprocess.push(milliseconds_since(started));
        }
        let started = Instant::now();
        let (logits, first_run) = model.run_batch(&inputs).await?;
        let infer = milliseconds_since(started) / images.len() as f64;
        self.record_run(infer);
        let results = images.iter().zip(preprocess).zip(&logits);
        let classification = |((image, preprocess), logits): ((&DecodedImage, f64), _)| {
            Ok(Classification {
                predictions: model.predictions(logits, top)?,
                image: model.image_info([image.width, image.height]),
                ms: Milliseconds { decode: 0.0, preprocess, infer },
                first_run,
            })
        };
        results.map(classification).collect()
    }
}
