//! [`LensSession`]'s calls that bring a model, and what the page's downloads need of this crate.

use js_sys::{Function, Uint8Array};
use serde::Serialize;
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use super::{JsResult, LensSession, object, plain, rejection};
use crate::card::ModelCard;
use crate::error::{Error, Result};
use crate::hub::{self, Pointer, Repository};
use crate::session::{self, Loading};
use crate::weights::ByteSource;

#[wasm_bindgen]
extern "C" {
    /// A file that JavaScript reads: `{ length, read(start, end) }`. `read` promises the bytes; where they are still arriving,
    /// when they have.
    #[derive(Debug, Clone)]
    pub type FileInPieces;

    #[wasm_bindgen(method, getter)]
    fn length(this: &FileInPieces) -> f64;

    #[wasm_bindgen(method, catch)]
    async fn read(this: &FileInPieces, start: f64, end: f64) -> std::result::Result<JsValue, JsValue>;
}

impl ByteSource for FileInPieces {
    fn length(&self) -> u64 {
        FileInPieces::length(self) as u64
    }

    async fn read(&self, range: std::ops::Range<u64>) -> Result<Vec<u8>> {
        let read = FileInPieces::read(self, range.start as f64, range.end as f64).await;
        let bytes = read.map_err(|error| {
            let said = error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| e.message().into());
            Error::Weights(format!("the weight file cannot be read at byte {}: {said}", range.start))
        })?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }
}

/// See [`session::PreparedModel`].
#[wasm_bindgen]
#[derive(Debug)]
pub struct PreparedModel(session::PreparedModel);

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::session::Session::prepare`]; `card` is a [`ModelCard`] as an object. `tell` is called with
    /// `{ layers }` when the network is recognised and with `{ ready }`, the name of a node, when its parameters are there.
    #[wasm_bindgen(js_name = prepareModel)]
    pub async fn prepare_model(&self, file: FileInPieces, card: JsValue, tell: Function) -> JsResult<PreparedModel> {
        let session = self.session.clone();
        let json = String::from(js_sys::JSON::stringify(&card)?);
        let card = ModelCard::parse(&json).map_err(rejection)?;
        // Who watches cannot stop the work by failing.
        let mut tell = |loading: Loading<'_>| {
            let told = match loading {
                Loading::Recognised(layers) => plain(layers).and_then(|layers| object(&[("layers", layers)])),
                Loading::Ready(node) => object(&[("ready", node.into())]),
            };
            let _ = told.and_then(|told| tell.call1(&JsValue::NULL, &told));
        };
        session.prepare(file, card, &mut tell).await.map(PreparedModel).map_err(rejection)
    }

    /// See [`crate::session::Session::adopt`].
    #[wasm_bindgen(js_name = useModel)]
    pub async fn use_model(&self, prepared: PreparedModel) -> JsResult {
        let session = self.session.clone();
        plain(&session.adopt(prepared.0).await.map_err(rejection)?)
    }
}

/// See [`ModelCard::torchvision`].
#[wasm_bindgen(js_name = plainCard)]
pub fn plain_card(name: &str) -> JsResult {
    plain(&ModelCard::torchvision(name))
}

/// Where the hub serves a model's files: `{ weights, pointer, config, preprocessor }`; see [`Repository`].
#[wasm_bindgen(js_name = hubAddresses)]
pub fn hub_addresses(id: &str, hub: &str) -> JsResult {
    let repository: Repository = id.parse().map_err(rejection)?;
    #[derive(Serialize)]
    struct Addresses {
        weights: String,
        pointer: String,
        config: String,
        preprocessor: String,
    }
    plain(&Addresses {
        weights: repository.address(hub, hub::WEIGHTS),
        pointer: repository.pointer(hub, hub::WEIGHTS),
        config: repository.address(hub, hub::CONFIG),
        preprocessor: repository.address(hub, hub::PREPROCESSOR),
    })
}

/// See [`hub::card`].
#[wasm_bindgen(js_name = hubCard)]
pub fn hub_card(id: &str, config: &str, preprocessor: Option<String>) -> JsResult {
    let repository: Repository = id.parse().map_err(rejection)?;
    plain(&hub::card(&repository, config, preprocessor.as_deref()).map_err(rejection)?)
}

/// See [`Pointer::parse`]: `{ size, sha256 }`; undefined for any other text.
#[wasm_bindgen(js_name = hubPointer)]
pub fn hub_pointer(text: &str) -> JsResult {
    let Some(Pointer { size, sha256 }) = Pointer::parse(text) else { return Ok(JsValue::UNDEFINED) };
    object(&[("size", (size as f64).into()), ("sha256", sha256.into())])
}

/// The SHA-256 of bytes as they come.
#[wasm_bindgen(js_name = Sha256)]
#[derive(Debug, Default)]
pub struct StreamedSha256(Sha256);

#[wasm_bindgen(js_class = Sha256)]
impl StreamedSha256 {
    /// Of nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far in hexadecimal digits.
    pub fn digits(&self) -> String {
        hub::hexadecimal(&self.0.clone().finalize())
    }
}
