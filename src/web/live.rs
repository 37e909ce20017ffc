//! Classification of camera and video frames for JavaScript.

use wasm_bindgen::prelude::*;

use super::{JsResult, LensSession, from_js, rejection, to_js};
use crate::error::Error;
use crate::gpu::FrameSource;

/// Options of [`LensSession::classify_frame`].
#[derive(serde::Deserialize)]
struct FrameRequest {
    /// Whether to mirror the frame left to right first.
    #[serde(default)]
    mirror: bool,
    /// Number of classes to return.
    top: usize,
}

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::Session::prepare_frames`].
    #[wasm_bindgen(js_name = prepareFrames)]
    pub async fn prepare_frames(&self, width: u32, height: u32, mirror: bool) -> JsResult<()> {
        let session = self.session.clone();
        session.prepare_frames([width, height], mirror).await.map_err(rejection)
    }

    /// See [`crate::Session::classify_frame`]. `frame` is a `VideoFrame` or an `ImageBitmap`; the caller closes it. `options`
    /// is `{ mirror, top }`.
    #[wasm_bindgen(js_name = classifyFrame, unchecked_return_type = "FrameClassification")]
    pub async fn classify_frame(
        &self,
        #[wasm_bindgen(unchecked_param_type = "VideoFrame | ImageBitmap")] frame: JsValue,
        #[wasm_bindgen(unchecked_param_type = "FrameRequest")] options: JsValue,
    ) -> JsResult {
        let session = self.session.clone();
        let FrameRequest { mirror, top } = from_js(options)?;
        let frame = match frame.dyn_into::<web_sys::VideoFrame>() {
            Ok(frame) => FrameSource::Video(frame),
            Err(other) => FrameSource::Bitmap(other.dyn_into::<web_sys::ImageBitmap>().map_err(|found| {
                let found = found.js_typeof().as_string().unwrap_or_default();
                rejection(Error::Request(format!(
                    "the frame: expected a VideoFrame or an ImageBitmap, found a value of type {found}"
                )))
            })?),
        };
        to_js(&session.classify_frame(&frame, mirror, top).await.map_err(rejection)?)
    }

    /// See [`crate::Session::bytes_read_back`].
    #[wasm_bindgen(js_name = bytesReadBack)]
    pub fn bytes_read_back(&self) -> f64 {
        self.session.bytes_read_back() as f64
    }
}
