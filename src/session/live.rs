//! Frames of a camera or a video, one after another, without the CPU touching a pixel.

use serde::Serialize;
use web_time::Instant;

use super::report::{ImageInfo, Prediction};
use super::{Session, milliseconds, no_model};
use crate::error::Result;
use crate::gpu::FrameSource;

/// The answer to one frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameClassification {
    /// The likeliest classes, best first.
    pub predictions: Vec<Prediction>,
    /// What the network saw of the frame, mirrored if that was asked for.
    pub image: ImageInfo,
    /// How long it took.
    pub ms: FrameMilliseconds,
}

/// Wall-clock times of one frame in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FrameMilliseconds {
    /// From handing the frame to the GPU to the logits: copy, preparation, network, read-back.
    pub gpu: f64,
    /// All of it, waiting for earlier calls included.
    pub total: f64,
}

impl Session {
    /// Makes what frames of this size need, so that the first one does not wait for it.
    ///
    /// # Errors
    /// [`crate::Error::State`] without a model, [`crate::Error::Request`] for a size that no frame can have.
    pub async fn prepare_frames(&self, size: [u32; 2], mirrored: bool) -> Result<()> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.prepare_frames(size, mirrored).await
    }

    /// Names the `top` likeliest classes of a frame, which may be mirrored left to right first. Only the logits are read back.
    ///
    /// # Errors
    /// [`crate::Error::State`] without a model, [`crate::Error::Request`] for a frame that cannot be taken in,
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn classify_frame(
        &self,
        frame: &FrameSource<'_>,
        mirrored: bool,
        top: usize,
    ) -> Result<FrameClassification> {
        let started = Instant::now();
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let handed = Instant::now();
        let logits = model.run_frame(frame, mirrored).await?;
        let gpu = milliseconds(handed);
        self.tell_run(gpu);
        Ok(FrameClassification {
            predictions: model.predictions(&logits, top),
            image: model.image_info(frame.size()),
            ms: FrameMilliseconds { gpu, total: milliseconds(started) },
        })
    }

    /// How many bytes the buffers and textures take on the GPU; none in a browser, which does not tell.
    pub fn bytes_allocated(&self) -> Option<u64> {
        super::guarded(&self.gpu).bytes_allocated()
    }

    /// How many bytes were brought back from the GPU since it was opened.
    pub fn bytes_read_back(&self) -> u64 {
        super::guarded(&self.gpu).bytes_read_back()
    }
}
