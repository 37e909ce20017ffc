//! Live frames in a browser.

use wasm_bindgen::prelude::*;

use super::{JsResult, LensSession, plain, rejection, request};
use crate::error::Error;
use crate::gpu::FrameSource;

/// What can be asked of a frame besides its classes.
#[derive(serde::Deserialize)]
struct FrameRequest {
    /// Whether it is mirrored left to right.
    #[serde(default)]
    mirror: bool,
    /// How many classes to name.
    top: usize,
}

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::Session::expect_frames`].
    #[wasm_bindgen(js_name = liveOpen)]
    pub async fn live_open(&self, width: u32, height: u32, mirror: bool) -> JsResult<()> {
        let session = self.session.clone();
        session.expect_frames([width, height], mirror).await.map_err(rejection)
    }

    /// See [`crate::Session::classify_frame`]: a `VideoFrame` or an `ImageBitmap`, which the caller closes, and
    /// `{ mirror, top }`.
    #[wasm_bindgen(js_name = classifyFrame)]
    pub async fn classify_frame(&self, frame: JsValue, options: JsValue) -> JsResult {
        let session = self.session.clone();
        let FrameRequest { mirror, top } = request(options)?;
        let frame = match frame.dyn_into::<web_sys::VideoFrame>() {
            Ok(frame) => FrameSource::Video(frame),
            Err(other) => FrameSource::Bitmap(other.dyn_into::<web_sys::ImageBitmap>().map_err(|found| {
                let found = found.js_typeof().as_string().unwrap_or_default();
                rejection(Error::View(format!(
                    "a frame: expected a VideoFrame or an ImageBitmap, found another {found}"
                )))
            })?),
        };
        plain(&session.classify_frame(&frame, mirror, top).await.map_err(rejection)?)
    }

    /// See [`crate::Session::bytes_read_back`].
    #[wasm_bindgen(js_name = bytesReadBack)]
    pub fn bytes_read_back(&self) -> f64 {
        self.session.bytes_read_back() as f64
    }
}
