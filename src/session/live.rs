//! Classification of camera and video frames. Their pixels stay on the GPU.

use serde::Serialize;
use web_time::Instant;

use super::report::{ImageInfo, Prediction};
use super::state::{Session, milliseconds_since, no_model};
use crate::error::Result;
use crate::gpu::FrameSource;

/// The result for one frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameClassification {
    /// The most probable classes, best first.
    pub predictions: Vec<Prediction>,
    /// The frame's size and crop.
    pub image: ImageInfo,
    /// Wall-clock times.
    pub ms: FrameMilliseconds,
}

/// Wall-clock times of one frame in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FrameMilliseconds {
    /// From the frame to the logits: copy, preprocessing, network, read-back.
    pub gpu: f64,
    /// The whole call, including the wait for earlier calls.
    pub total: f64,
}

impl Session {
    /// Creates the resources for frames of this size in advance, so that the first frame is not delayed.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Request`] for an invalid size, [`crate::Error::Gpu`] if the
    /// device fails.
    pub async fn prepare_frames(&self, size: [u32; 2], mirrored: bool) -> Result<()> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.prepare_frames(size, mirrored).await
    }

    /// Returns the `top` most probable classes of a frame, which is mirrored left to right first if `mirrored` is set. Only the
    /// logits are read back.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Request`] for a frame of an invalid size,
    /// [`crate::Error::Weights`] if the network's outputs are not finite, [`crate::Error::Gpu`] if the device fails.
    pub async fn classify_frame(
        &self,
        frame: &FrameSource<'_>,
        mirrored: bool,
        top: usize,
    ) -> Result<FrameClassification> {
        let called = Instant::now();
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let started = Instant::now();
        let logits = model.run_frame(frame, mirrored).await?;
        let gpu = milliseconds_since(started);
        self.record_run(gpu);
        Ok(FrameClassification {
            predictions: model.predictions(&logits, top)?,
            image: model.image_info(frame.size()),
            ms: FrameMilliseconds { gpu, total: milliseconds_since(called) },
        })
    }
}
