//! Model loading for JavaScript, and the hub URLs and digests that the page's downloads use.

use js_sys::{Function, Uint8Array};
use serde::Serialize;
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use super::{JsResult, LensSession, object, rejection, to_js};
use crate::card::ModelCard;
use crate::error::{Error, Result};
use crate::hub::{self, FileList, ModelAddress, Pointer, Refusal, Repository};
use crate::session::{self, LoadProgress};
use crate::weights::ByteSource;

#[wasm_bindgen]
extern "C" {
    /// A file read by JavaScript: `{ length, read(start, end) }`. `read` resolves to the bytes of the half-open range; while
    /// the file is being downloaded, it resolves once that range has arrived.
    #[derive(Debug, Clone)]
    pub type JsByteSource;

    #[wasm_bindgen(method, getter)]
    fn length(this: &JsByteSource) -> f64;

    #[wasm_bindgen(method, catch)]
    async fn read(this: &JsByteSource, start: f64, end: f64) -> std::result::Result<JsValue, JsValue>;
}

impl ByteSource for JsByteSource {
    fn length(&self) -> u64 {
        JsByteSource::length(self) as u64
    }

    async fn read(&self, range: std::ops::Range<u64>) -> Result<Vec<u8>> {
        let read = JsByteSource::read(self, range.start as f64, range.end as f64).await;
        let bytes = read.map_err(|error| {
            let cause = error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| e.message().into());
            Error::Weights(format!("the weight file cannot be read at byte {}: {cause}", range.start))
        })?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }
}

/// See [`session::PreparedModel`].
#[wasm_bindgen]
#[derive(Debug)]
pub struct PreparedModel(pub(super) session::PreparedModel);

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::session::Session::prepare`]; `card` is a [`ModelCard`] as an object. `on_progress` is called with
    /// `{ layers }` when the network is recognised, and with `{ ready: name }` when a node's parameters are on the GPU.
    #[wasm_bindgen(js_name = prepareModel)]
    pub async fn prepare_model(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ByteFile")] file: JsByteSource,
        #[wasm_bindgen(unchecked_param_type = "ModelCard")] card: JsValue,
        #[wasm_bindgen(unchecked_param_type = "(loading: Loading) => void")] on_progress: Function,
    ) -> JsResult<PreparedModel> {
        let session = self.session.clone();
        let json = String::from(js_sys::JSON::stringify(&card)?);
        let card = ModelCard::parse(&json).map_err(rejection)?;
        // An exception thrown by the callback does not stop the loading.
        let mut report = |progress: LoadProgress<'_>| {
            let note = match progress {
                LoadProgress::Recognised(layers) => to_js(layers).and_then(|layers| object(&[("layers", layers)])),
                LoadProgress::Ready(node) => object(&[("ready", node.into())]),
            };
            let _ = note.and_then(|note| on_progress.call1(&JsValue::NULL, &note));
        };
        session.prepare(file, card, &mut report).await.map(PreparedModel).map_err(rejection)
    }

    /// See [`crate::session::Session::switch_to`].
    #[wasm_bindgen(js_name = switchModel, unchecked_return_type = "ModelInfo")]
    pub async fn switch_model(&self, prepared: PreparedModel) -> JsResult {
        let session = self.session.clone();
        to_js(&session.switch_to(prepared.0).await.map_err(rejection)?)
    }
}

/// See [`ModelCard::torchvision`].
#[wasm_bindgen(js_name = torchvisionCard, unchecked_return_type = "ModelCard")]
pub fn torchvision_card(name: &str) -> JsResult {
    to_js(&ModelCard::torchvision(name))
}

/// See [`ModelAddress::parse`]: an object with one of `repository` (the id), `url`, `name` and `path`.
#[wasm_bindgen(js_name = parseModelAddress, unchecked_return_type = "ModelAddress")]
pub fn parse_model_address(text: &str, hub: &str) -> JsResult {
    let (kind, value) = match ModelAddress::parse(text, hub).map_err(rejection)? {
        ModelAddress::Repository(repository) => ("repository", repository.to_string()),
        ModelAddress::Url(url) => ("url", url),
        ModelAddress::Name(name) => ("name", name),
        ModelAddress::Path(path) => ("path", path),
    };
    object(&[(kind, value.into())])
}

/// URLs of a weight file on the hub.
#[derive(Debug, Serialize)]
pub struct HubFile {
    file: String,
    url: String,
    pointer: String,
}

impl HubFile {
    fn new(repository: &Repository, hub: &str, file: &str) -> Self {
        Self { file: file.to_owned(), url: repository.address(hub, file), pointer: repository.pointer(hub, file) }
    }
}

/// The URLs of a model's files on the hub; see [`FileList`] and [`Repository`].
#[wasm_bindgen(js_name = hubUrls, unchecked_return_type = "HubUrls")]
pub fn hub_urls(id: &str, hub: &str) -> JsResult {
    #[derive(Serialize)]
    struct HubUrls {
        weights: Vec<HubFile>,
        indices: Vec<String>,
        configs: Vec<String>,
        preprocessors: Vec<String>,
        listing: String,
        page: String,
        fixed: bool,
    }
    let repository: Repository = id.parse().map_err(rejection)?;
    let FileList { weights, indices, configs, preprocessors } = FileList::of(&repository);
    let addresses = |files: &[String]| files.iter().map(|file| repository.address(hub, file)).collect();
    to_js(&HubUrls {
        weights: weights.iter().map(|file| HubFile::new(&repository, hub, file)).collect(),
        indices: addresses(&indices),
        configs: addresses(&configs),
        preprocessors: addresses(&preprocessors),
        listing: repository.listing(hub),
        page: repository.page(hub),
        fixed: repository.is_commit(),
    })
}

/// See [`Repository::choose_weights`].
#[wasm_bindgen(js_name = hubWeights, unchecked_return_type = "HubFile")]
pub fn hub_weights(id: &str, hub: &str, listing: &str) -> JsResult {
    let repository: Repository = id.parse().map_err(rejection)?;
    let files = hub::listed_files(listing).map_err(rejection)?;
    let file = repository.choose_weights(&files).map_err(rejection)?;
    to_js(&HubFile::new(&repository, hub, &file))
}

/// The error for a repository without a weight file; `sharded` is the list of parts that was found instead.
#[wasm_bindgen(js_name = hubWithoutWeights, unchecked_return_type = "Error")]
pub fn hub_without_weights(id: &str, sharded: Option<String>) -> JsResult {
    let repository: Repository = id.parse().map_err(rejection)?;
    Ok(rejection(sharded.map_or_else(|| repository.without_weights(), |found| repository.sharded(&found))))
}

/// See [`Refusal::of`]: the name of the reason, undefined when the hub failed for another one.
#[wasm_bindgen(js_name = hubRefusal, unchecked_return_type = "HubRefusal | undefined")]
pub fn hub_refusal(status: u16, code: Option<String>, with_token: bool) -> Option<String> {
    Refusal::of(status, code.as_deref(), with_token).map(|refusal| refusal.to_string())
}

/// See [`hub::card`].
#[wasm_bindgen(js_name = hubCard, unchecked_return_type = "ModelCard")]
pub fn hub_card(id: &str, config: Option<String>, preprocessor: Option<String>) -> JsResult {
    let repository: Repository = id.parse().map_err(rejection)?;
    to_js(&hub::card(&repository, config.as_deref(), preprocessor.as_deref()).map_err(rejection)?)
}

/// See [`Pointer::parse`]: `{ size, sha256 }`; undefined when the text is not a pointer.
#[wasm_bindgen(js_name = parseLfsPointer, unchecked_return_type = "LfsPointer | undefined")]
pub fn parse_lfs_pointer(text: &str) -> JsResult {
    let Some(Pointer { size, sha256 }) = Pointer::parse(text) else { return Ok(JsValue::UNDEFINED) };
    object(&[("size", (size as f64).into()), ("sha256", sha256.into())])
}

/// An incremental SHA-256.
#[wasm_bindgen(js_name = Sha256)]
#[derive(Debug, Default)]
pub struct IncrementalSha256(Sha256);

#[wasm_bindgen(js_class = Sha256)]
impl IncrementalSha256 {
    /// A digest of no bytes.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far as hexadecimal digits.
    #[wasm_bindgen(js_name = hexDigest)]
    pub fn hex_digest(&self) -> String {
        hub::hexadecimal(&self.0.clone().finalize())
    }
}
