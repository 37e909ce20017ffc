//! `#[wasm_bindgen]` bindings of [`Session`] for JavaScript. They convert arguments and results and contain no other logic.
//!
//! All methods take `&self` and hold no borrow across an await, so calls may overlap (wasm-bindgen issue 4440).

mod gradient;
mod lens;
mod live;
mod loading;
mod notes;
mod surgery;
mod threads;
mod tuning;
mod visualisation;

use std::ops::ControlFlow;
use std::rc::Rc;

use js_sys::{Float32Array, Function, Object, Reflect, Uint8Array, Uint8ClampedArray};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_time::Instant;

use crate::decoded_image::{DecodeError, DecodedImage};
use crate::error::Error;
use crate::gpu::{DeviceKind, ProfileProgress};
use crate::graph::Surgery;
use crate::session::Session;
use crate::shape::Shape;
use crate::tensor::HostTensor;

type JsResult<T = JsValue> = std::result::Result<T, JsValue>;

/// TypeScript declarations of requests and reports, for the page's type check.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("web/types.d.ts");

/// Logs the message and stack of a panic to the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// See [`Session`]. Promises are rejected with a JavaScript `Error`: `message` is a sentence for the user, `name` is one of
/// `GpuError`, `ModelError`, `ImageError`, `UnknownFormat`, `StateError`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct LensSession {
    session: Rc<Session>,
}

#[wasm_bindgen]
impl LensSession {
    /// See [`Session::open`].
    pub async fn open() -> JsResult<LensSession> {
        let session = Session::open().await.map_err(rejection)?;
        Ok(Self { session: Rc::new(session) })
    }

    /// See [`Session::open_on`], on the CPU.
    #[wasm_bindgen(js_name = openCpu)]
    pub async fn open_cpu() -> JsResult<LensSession> {
        let session = Session::open_on(DeviceKind::Cpu).await.map_err(rejection)?;
        Ok(Self { session: Rc::new(session) })
    }

    /// See [`Session::open_fastest`].
    #[wasm_bindgen(js_name = openFastest)]
    pub async fn open_fastest() -> JsResult<LensSession> {
        let (session, _) = Session::open_fastest().await.map_err(rejection)?;
        Ok(Self { session: Rc::new(session) })
    }

    /// See [`Session::adapter`].
    #[wasm_bindgen(unchecked_return_type = "AdapterReport")]
    pub fn adapter(&self) -> JsResult {
        to_js(&self.session.adapter())
    }

    /// See [`Session::device_lost`]; undefined for the CPU, which is never lost.
    #[wasm_bindgen(js_name = deviceLost, unchecked_return_type = "Promise<GPUDeviceLostInfo> | undefined")]
    pub fn device_lost(&self) -> JsValue {
        self.session.device_lost()
    }

    /// See [`Session::device_responds`].
    #[wasm_bindgen(js_name = deviceResponds)]
    pub async fn device_responds(&self) -> bool {
        self.session.device_responds().await
    }

    /// See [`Session::model`]; undefined when no model is loaded.
    #[wasm_bindgen(unchecked_return_type = "ModelInfo | undefined")]
    pub fn model(&self) -> JsResult {
        self.session.model().map_or(Ok(JsValue::UNDEFINED), |info| to_js(&*info))
    }

    /// See [`Session::layers`].
    #[wasm_bindgen(unchecked_return_type = "LayerInfo[]")]
    pub fn layers(&self) -> JsResult {
        to_js(&*self.session.layers())
    }

    /// See [`Session::labels`]: `[{ id, label, ko }]`.
    #[wasm_bindgen(unchecked_return_type = "Label[]")]
    pub fn labels(&self) -> JsResult {
        to_js(&*self.session.labels())
    }

    /// See [`Session::classify`].
    #[wasm_bindgen(unchecked_return_type = "Classification")]
    pub async fn classify(&self, image: Uint8Array, top: usize) -> JsResult {
        let session = self.session.clone();
        to_js(&session.classify(&image.to_vec(), top).await.map_err(rejection)?)
    }

    /// See [`Session::classify_image`]. Consumes the image.
    #[wasm_bindgen(js_name = classifyDecoded, unchecked_return_type = "Classification")]
    pub async fn classify_decoded(&self, image: Image, top: usize) -> JsResult {
        let session = self.session.clone();
        let mut classification = session.classify_image(&image.decoded, top).await.map_err(rejection)?;
        classification.ms.decode = image.decode;
        classification.image.warning = image.warning.or(classification.image.warning);
        to_js(&classification)
    }

    /// See [`Session::classify_image`]; `rgba` has the layout of `ImageData.data`.
    #[wasm_bindgen(js_name = classifyRgba, unchecked_return_type = "Classification")]
    pub async fn classify_rgba(&self, width: u32, height: u32, rgba: Vec<u8>, top: usize) -> JsResult {
        let session = self.session.clone();
        let image = DecodedImage::from_rgba(width, height, &rgba).map_err(|error| rejection(error.into()))?;
        to_js(&session.classify_image(&image, top).await.map_err(rejection)?)
    }

    /// See [`Session::observe`].
    pub async fn observe(&self, nodes: Vec<String>) -> JsResult<()> {
        let session = self.session.clone();
        session.observe(&nodes).await.map_err(rejection)
    }

    /// See [`Session::feature_map`]: `{ shape, data }`.
    #[wasm_bindgen(js_name = featureMap, unchecked_return_type = "FeatureMap")]
    pub async fn feature_map(&self, node: String) -> JsResult {
        let session = self.session.clone();
        feature_map(&session.feature_map(&node).await.map_err(rejection)?)
    }

    /// See [`Session::profile`]: `[{ nodes, kernel, ms, gflops }]`. `on_progress` is called with `{ done, total }`; if it returns
    /// false, the measurement is cancelled and the result is undefined.
    #[wasm_bindgen(unchecked_return_type = "DispatchTime[] | undefined")]
    pub async fn profile(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "(progress: ProfileProgress) => boolean | void")]
        on_progress: Option<Function>,
    ) -> JsResult {
        let session = self.session.clone();
        let mut call = |progress: ProfileProgress| report(on_progress.as_ref(), &progress);
        let times = session.profile(&mut call).await.map_err(rejection)?;
        times.map_or(Ok(JsValue::UNDEFINED), |times| to_js(&times))
    }

    /// See [`Session::timings`]; undefined when no model is loaded.
    #[wasm_bindgen(unchecked_return_type = "Timings | undefined")]
    pub fn timings(&self) -> JsResult {
        self.session.timings().map_or(Ok(JsValue::UNDEFINED), |timings| to_js(&timings))
    }
}

/// See [`DecodedImage`].
#[wasm_bindgen(js_name = DecodedImage)]
#[derive(Debug)]
pub struct Image {
    decoded: DecodedImage,
    /// Milliseconds.
    decode: f64,
    warning: Option<String>,
}

#[wasm_bindgen(js_class = DecodedImage)]
impl Image {
    /// See [`DecodedImage::decode_with_warning`].
    pub fn decode(file: &Uint8Array) -> JsResult<Image> {
        let started = Instant::now();
        let decoded = DecodedImage::decode_with_warning(&file.to_vec());
        let (decoded, warning) = decoded.map_err(|error| rejection(error.into()))?;
        Ok(Self { decoded, decode: started.elapsed().as_secs_f64() * 1e3, warning })
    }

    /// See [`DecodedImage::from_rgba`].
    #[wasm_bindgen(js_name = fromRgba)]
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> JsResult<Image> {
        let decoded = DecodedImage::from_rgba(width, height, rgba).map_err(|error| rejection(error.into()))?;
        Ok(Self { decoded, decode: 0.0, warning: None })
    }

    /// See [`DecodedImage::preview`].
    #[wasm_bindgen(unchecked_return_type = "Pixels")]
    pub fn preview(&self, longest: u32, shortest: u32) -> JsResult {
        let (width, height, rgba) = self.decoded.preview(longest, shortest);
        let data = Uint8ClampedArray::from(&rgba[..]);
        object(&[("width", width.into()), ("height", height.into()), ("data", data.into())])
    }
}

/// See [`DecodedImage::check_start`]: the number of pixels, undefined if it is not known yet.
#[wasm_bindgen(js_name = checkImage)]
pub fn check_image(start: &[u8], length: f64) -> JsResult<Option<f64>> {
    let size = DecodedImage::check_start(start, length as u64).map_err(|error| rejection(error.into()))?;
    Ok(size.map(|[width, height]| f64::from(width) * f64::from(height)))
}

/// Calls the callback of a measurement with its progress; the measurement is cancelled if it returns false. An exception thrown by the
/// callback does not stop it.
fn report(on_progress: Option<&Function>, progress: &impl Serialize) -> ControlFlow<()> {
    let answer = on_progress.and_then(|call| call.call1(&JsValue::NULL, &to_js(progress).ok()?).ok());
    if answer == Some(JsValue::FALSE) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// A `FeatureMap`: `{ shape, data }`.
fn feature_map(map: &HostTensor) -> JsResult {
    object(&[("shape", to_js(&map.shape().dims())?), ("data", Float32Array::from(map.data()).into())])
}

/// The tensor of a `FeatureMap`.
fn host_tensor(map: &JsValue) -> JsResult<HostTensor> {
    let [n, c, h, w]: [usize; 4] = from_js(Reflect::get(map, &"shape".into())?)?;
    let data = Float32Array::new(&Reflect::get(map, &"data".into())?);
    HostTensor::new(Shape::new(n, c, h, w), data.to_vec()).map_err(rejection)
}

/// The edits of a call; `None` stands for the current ones.
fn edits(texts: Option<Vec<String>>) -> JsResult<Option<Vec<Surgery>>> {
    let parse = |texts: Vec<String>| texts.iter().map(|edit| edit.parse()).collect::<Result<Vec<Surgery>, Error>>();
    texts.map(parse).transpose().map_err(rejection)
}

/// Serialises a value to a plain JavaScript object; `None` becomes null.
fn to_js<T: Serialize + ?Sized>(value: &T) -> JsResult {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(JsValue::from)
}

/// A JavaScript object with the given members.
fn object(members: &[(&str, JsValue)]) -> JsResult {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object.into())
}

/// Deserialises a request object.
fn from_js<T: DeserializeOwned>(value: JsValue) -> JsResult<T> {
    let read = serde_wasm_bindgen::from_value(value);
    read.map_err(|error| {
        rejection(Error::Request(format!(
            "the request: expected the members of its type, found another object: {error}"
        )))
    })
}

fn rejection(error: Error) -> JsValue {
    let name = match &error {
        Error::Gpu(_) => "GpuError",
        Error::Weights(_) | Error::Card(_) | Error::Shape { .. } => "ModelError",
        Error::Image(DecodeError::UnknownFormat { .. } | DecodeError::Unsupported { .. }) => "UnknownFormat",
        Error::Image(_) => "ImageError",
        Error::Algorithm(_) | Error::Graph(_) | Error::Request(_) | Error::State(_) => "StateError",
    };
    let rejection = js_sys::Error::new(&error.to_string());
    rejection.set_name(name);
    rejection.into()
}
