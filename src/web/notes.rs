//! Texts that describe a weight file, for the page: model cards and class names.

use wasm_bindgen::prelude::*;

use super::{JsResult, rejection, to_js};
use crate::card::ModelCard;
use crate::labels;

/// See [`ModelCard::parse`].
#[wasm_bindgen(js_name = parseCard, unchecked_return_type = "ModelCard")]
pub fn parse_card(text: &str) -> JsResult {
    to_js(&ModelCard::parse(text).map_err(rejection)?)
}

/// See [`labels::parse`].
#[wasm_bindgen(js_name = parseLabels, unchecked_return_type = "Label[]")]
pub fn parse_labels(text: &str) -> JsResult {
    to_js(&labels::parse(text).map_err(rejection)?)
}
