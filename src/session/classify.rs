//! Classification of single images.

use web_time::Instant;

use super::report::{Classification, Milliseconds};
use super::state::{Session, milliseconds_since, no_model};
use crate::decoded_image::DecodedImage;
use crate::error::Result;

impl Session {
    /// Decodes an image file and returns its `top` most probable classes.
    ///
    /// # Errors
    /// [`crate::Error::Image`] if the file cannot be decoded, and as [`Session::classify_image`].
    pub async fn classify(&self, file: &[u8], top: usize) -> Result<Classification> {
        let started = Instant::now();
        let (image, warning) = DecodedImage::decode_with_warning(file)?;
        let decode = milliseconds_since(started);
        let mut classification = self.classify_image(&image, top).await?;
        classification.ms.decode = decode;
        classification.image.warning = warning.or(classification.image.warning);
        Ok(classification)
    }

    /// Returns the `top` most probable classes of an image.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Weights`] if the network's outputs
    /// are not finite, [`crate::Error::Gpu`] if the device fails.
    pub async fn classify_image(&self, image: &DecodedImage, top: usize) -> Result<Classification> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let started = Instant::now();
        let input = model.preprocess(image)?;
        let preprocess = milliseconds_since(started);
        let started = Instant::now();
        let size = [image.width, image.height];
        let logits = model.run(input, size).await?;
        let infer = milliseconds_since(started);
        Ok(Classification {
            predictions: model.predictions(&logits, top)?,
            image: model.image_info(size),
            ms: Milliseconds { decode: 0.0, preprocess, infer },
            first_run: self.record_run(infer),
        })
    }
}
