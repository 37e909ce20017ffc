//! Edits of the network for JavaScript, and comparisons with other networks. An edit is the text of a [`Surgery`].

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::loading::PreparedModel;
use super::{Image, JsResult, LensSession, feature_map, object, rejection, report, to_js};
use crate::error::Result;
use crate::graph::Surgery;
use crate::session::ImportanceProgress;

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::Session::operate`]; undefined when no image has been classified.
    #[wasm_bindgen(unchecked_return_type = "Classification | undefined")]
    pub async fn operate(&self, edits: Vec<String>, top: usize) -> JsResult {
        let session = self.session.clone();
        let edits: Vec<Surgery> = edits.iter().map(|edit| edit.parse()).collect::<Result<_>>().map_err(rejection)?;
        let result = session.operate(&edits, top).await.map_err(rejection)?;
        result.map_or(Ok(JsValue::UNDEFINED), |result| to_js(&result))
    }

    /// See [`crate::Session::residual_statistics`].
    #[wasm_bindgen(js_name = residualStatistics, unchecked_return_type = "ResidualStatistics[]")]
    pub async fn residual_statistics(&self) -> JsResult {
        let session = self.session.clone();
        to_js(&session.residual_statistics().await.map_err(rejection)?)
    }

    /// See [`crate::Session::block_importance`]. `on_progress` is called with `{ done, total, latest }`; if it returns false, the
    /// measurement is cancelled and the result is undefined.
    #[wasm_bindgen(js_name = blockImportance, unchecked_return_type = "BlockImportance[] | undefined")]
    pub async fn block_importance(
        &self,
        class: Option<usize>,
        #[wasm_bindgen(unchecked_optional_param_type = "(progress: ImportanceProgress) => boolean | void")]
        on_progress: Option<Function>,
    ) -> JsResult {
        let session = self.session.clone();
        let mut call = |progress: ImportanceProgress<'_>| report(on_progress.as_ref(), &progress);
        let effects = session.block_importance(class, &mut call).await.map_err(rejection)?;
        effects.map_or(Ok(JsValue::UNDEFINED), |effects| to_js(&effects))
    }

    /// See [`crate::Session::compare_intact`].
    #[wasm_bindgen(js_name = compareIntact, unchecked_return_type = "ComparedNetwork")]
    pub async fn compare_intact(&self, node: String, top: usize) -> JsResult {
        let session = self.session.clone();
        let (map, result) = session.compare_intact(&node, top).await.map_err(rejection)?;
        object(&[("map", feature_map(&map)?), ("result", to_js(&result)?)])
    }

    /// See [`crate::Session::use_reference`].
    #[wasm_bindgen(js_name = useReference, unchecked_return_type = "ModelInfo")]
    pub async fn use_reference(&self, prepared: PreparedModel) -> JsResult {
        let session = self.session.clone();
        to_js(&session.use_reference(prepared.0).await)
    }

    /// See [`crate::Session::drop_reference`].
    #[wasm_bindgen(js_name = dropReference)]
    pub async fn drop_reference(&self) {
        let session = self.session.clone();
        session.drop_reference().await;
    }

    /// See [`crate::Session::compare_reference`]; `map` is null when the reference has no such node. Consumes the image.
    #[wasm_bindgen(js_name = compareReference, unchecked_return_type = "ComparedReference")]
    pub async fn compare_reference(&self, image: Image, node: String, top: usize) -> JsResult {
        let session = self.session.clone();
        let (map, result) = session.compare_reference(&image.decoded, &node, top).await.map_err(rejection)?;
        let map = map.map_or(Ok(JsValue::NULL), |map| feature_map(&map))?;
        object(&[("map", map), ("result", to_js(&result)?)])
    }
}
