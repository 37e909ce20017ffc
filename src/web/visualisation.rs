//! Feature visualisation for JavaScript.

use wasm_bindgen::prelude::*;

use super::lens::pixels;
use super::{JsResult, LensSession, from_js, object, rejection};
use crate::session::VisualisationProgress;

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::Session::begin_visualisation`].
    #[wasm_bindgen(js_name = beginVisualisation, unchecked_return_type = "VisualisationProgress")]
    pub async fn begin_visualisation(
        &self,
        #[wasm_bindgen(unchecked_param_type = "VisualisationRequest")] request: JsValue,
    ) -> JsResult {
        let session = self.session.clone();
        progress(&session.begin_visualisation(from_js(request)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::advance_visualisation`].
    #[wasm_bindgen(js_name = advanceVisualisation, unchecked_return_type = "VisualisationProgress")]
    pub async fn advance_visualisation(&self, steps: usize) -> JsResult {
        let session = self.session.clone();
        progress(&session.advance_visualisation(steps).await.map_err(rejection)?)
    }

    /// See [`crate::Session::end_visualisation`].
    #[wasm_bindgen(js_name = endVisualisation)]
    pub async fn end_visualisation(&self) {
        let session = self.session.clone();
        session.end_visualisation().await;
    }
}

fn progress(progress: &VisualisationProgress) -> JsResult {
    object(&[
        ("step", progress.step.into()),
        ("activation", progress.activation.into()),
        ("initial", progress.initial.into()),
        ("pixels", pixels(&progress.pixels, None)?),
    ])
}
