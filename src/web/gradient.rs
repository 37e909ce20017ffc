//! Gradients for JavaScript. An edit is the text of a [`Surgery`].

use wasm_bindgen::prelude::*;

use super::{JsResult, LensSession, feature_map, rejection, to_js};
use crate::error::Result;
use crate::graph::{Objective, Surgery};

#[wasm_bindgen]
impl LensSession {
    /// The gradient of one channel of `of`, summed over its map, with respect to the value of a node or to `input`: see
    /// [`crate::Session::gradients`].
    #[wasm_bindgen(unchecked_return_type = "FeatureMap")]
    pub async fn gradient(&self, of: String, channel: usize, node: String) -> JsResult {
        let session = self.session.clone();
        let objective = Objective::channel(of, channel);
        let values = session.gradients(&objective, &[node]).await.map_err(rejection)?;
        feature_map(&values[0])
    }

    /// See [`crate::Session::gradient_norms`].
    #[wasm_bindgen(js_name = gradientNorms, unchecked_return_type = "GradientNorm[]")]
    pub async fn gradient_norms(&self, class: usize, edits: Vec<String>) -> JsResult {
        let session = self.session.clone();
        let edits: Vec<Surgery> = edits.iter().map(|edit| edit.parse()).collect::<Result<_>>().map_err(rejection)?;
        to_js(&session.gradient_norms(class, &edits).await.map_err(rejection)?)
    }

    /// See [`crate::Session::grad_cam`].
    #[wasm_bindgen(js_name = gradCam, unchecked_return_type = "FeatureMap")]
    pub async fn grad_cam(&self, class: usize, layer: String) -> JsResult {
        let session = self.session.clone();
        feature_map(&session.grad_cam(class, &layer).await.map_err(rejection)?)
    }
}
