//! Gradients and attribution for JavaScript. An edit is the text of a [`Surgery`]; without edits, a call uses the current ones.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::{JsResult, LensSession, edits, feature_map, from_js, host_tensor, object, rejection, report, to_js};
use crate::graph::Objective;
use crate::session::Progress;

#[wasm_bindgen]
impl LensSession {
    /// The gradient of one channel of `of`, summed over its map, with respect to the value of a node or to `input`: see
    /// [`crate::Session::gradients`].
    #[wasm_bindgen(unchecked_return_type = "FeatureMap")]
    pub async fn gradient(
        &self,
        of: String,
        channel: usize,
        node: String,
        #[wasm_bindgen(js_name = edits)] texts: Option<Vec<String>>,
    ) -> JsResult {
        let session = self.session.clone();
        let (objective, edits) = (Objective::channel(of, channel), edits(texts)?);
        let values = session.gradients(&objective, &[node], edits.as_deref()).await.map_err(rejection)?;
        feature_map(&values[0])
    }

    /// See [`crate::Session::gradient_norms`].
    #[wasm_bindgen(js_name = gradientNorms, unchecked_return_type = "GradientNorm[]")]
    pub async fn gradient_norms(&self, class: usize, #[wasm_bindgen(js_name = edits)] texts: Vec<String>) -> JsResult {
        let session = self.session.clone();
        let edits = edits(Some(texts))?.unwrap_or_default();
        to_js(&session.gradient_norms(class, &edits).await.map_err(rejection)?)
    }

    /// See [`crate::Session::seeded_norms`].
    #[wasm_bindgen(js_name = seededNorms, unchecked_return_type = "GradientNorm[]")]
    pub async fn seeded_norms(
        &self,
        #[wasm_bindgen(unchecked_param_type = "SeededRequest")] request: JsValue,
    ) -> JsResult {
        let session = self.session.clone();
        to_js(&session.seeded_norms(&from_js(request)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::grad_cam`].
    #[wasm_bindgen(js_name = gradCam, unchecked_return_type = "FeatureMap")]
    pub async fn grad_cam(
        &self,
        class: usize,
        layer: String,
        #[wasm_bindgen(js_name = edits)] texts: Option<Vec<String>>,
    ) -> JsResult {
        let session = self.session.clone();
        let edits = edits(texts)?;
        feature_map(&session.grad_cam(class, &layer, edits.as_deref()).await.map_err(rejection)?)
    }

    /// See [`crate::Session::attribute`].
    pub async fn attribute(&self, layer: Option<String>, class: Option<usize>) -> JsResult<()> {
        let session = self.session.clone();
        session.attribute(layer.as_deref(), class).await.map_err(rejection)
    }

    /// See [`crate::Session::integrated_gradients`]. `on_progress` is called with `{ done, total }`; if it returns false, the
    /// measurement is cancelled and the result is undefined.
    #[wasm_bindgen(js_name = integratedGradients, unchecked_return_type = "IntegratedGradients | undefined")]
    pub async fn integrated_gradients(
        &self,
        class: usize,
        steps: usize,
        #[wasm_bindgen(js_name = edits)] texts: Option<Vec<String>>,
        #[wasm_bindgen(unchecked_optional_param_type = "(progress: Progress) => boolean | void")] on_progress: Option<
            Function,
        >,
    ) -> JsResult {
        let session = self.session.clone();
        let edits = edits(texts)?;
        let mut call = |progress: Progress| report(on_progress.as_ref(), &progress);
        let found = session.integrated_gradients(class, steps, edits.as_deref(), &mut call).await.map_err(rejection)?;
        let Some(found) = found else { return Ok(JsValue::UNDEFINED) };
        object(&[
            ("map", feature_map(&found.map)?),
            ("output", found.output.into()),
            ("baseline", found.baseline.into()),
            ("sum", found.sum.into()),
            ("gap", found.gap.into()),
        ])
    }

    /// See [`crate::Session::deletion_curves`]. `on_progress` is called with `{ done, total }`; if it returns false, the measurement is
    /// cancelled and the result is undefined.
    #[wasm_bindgen(js_name = deletionCurves, unchecked_return_type = "DeletionCurves | undefined")]
    pub async fn deletion_curves(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FeatureMap")] map: JsValue,
        class: usize,
        steps: usize,
        #[wasm_bindgen(unchecked_optional_param_type = "(progress: Progress) => boolean | void")] on_progress: Option<
            Function,
        >,
    ) -> JsResult {
        let session = self.session.clone();
        let map = host_tensor(&map)?;
        let mut call = |progress: Progress| report(on_progress.as_ref(), &progress);
        let curves = session.deletion_curves(&map, class, steps, &mut call).await.map_err(rejection)?;
        curves.map_or(Ok(JsValue::UNDEFINED), |curves| to_js(&curves))
    }
}
