//! Precision and tuning for JavaScript.

use wasm_bindgen::prelude::*;

use super::{JsResult, LensSession, rejection, to_js};

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::session::Session::set_precision`]; `precision` is `auto`, `f32` or `f16`.
    #[wasm_bindgen(js_name = setPrecision)]
    pub fn set_precision(&self, precision: &str) -> JsResult<()> {
        self.session.set_precision(precision.parse().map_err(rejection)?);
        Ok(())
    }

    /// See [`crate::session::Session::tuning_key`].
    #[wasm_bindgen(js_name = tuningKey)]
    pub fn tuning_key(&self) -> String {
        self.session.tuning_key()
    }

    /// See [`crate::session::Session::tuning`].
    pub fn tuning(&self) -> String {
        self.session.tuning()
    }

    /// See [`crate::session::Session::restore_tuning`].
    #[wasm_bindgen(js_name = restoreTuning)]
    pub async fn restore_tuning(&self, saved: String) -> JsResult<()> {
        let session = self.session.clone();
        session.restore_tuning(&saved).await.map_err(rejection)
    }

    /// See [`crate::session::Session::tune`]: `{ done, total }`.
    #[wasm_bindgen(unchecked_return_type = "TuningProgress")]
    pub async fn tune(&self, budget_ms: f64) -> JsResult {
        let session = self.session.clone();
        to_js(&session.tune(budget_ms).await.map_err(rejection)?)
    }
}
