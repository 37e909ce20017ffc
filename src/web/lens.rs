//! The lens in a browser. The members of requests are those of the structs in [`crate::session`]; drawing methods resolve to
//! [`crate::session::ScaleBounds`], or to undefined where the request says `legend: false`.

use js_sys::{Float32Array, Uint8ClampedArray, Uint32Array};
use wasm_bindgen::prelude::*;
use web_sys::OffscreenCanvas;

use super::{JsResult, LensSession, object, plain, rejection, request};
use crate::gpu::Pixels;
use crate::lens::Colormap;
use crate::session::ScaleBounds;

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::Session::attach_page_canvas`].
    #[wasm_bindgen(js_name = attachCanvas)]
    pub async fn attach_canvas(&self, view: JsValue, canvas: OffscreenCanvas) -> JsResult<()> {
        let session = self.session.clone();
        session.attach_page_canvas(request(view)?, canvas).await.map_err(rejection)
    }

    /// See [`crate::Session::attach_hidden_canvas`].
    #[wasm_bindgen(js_name = attachHidden)]
    pub async fn attach_hidden(&self, view: JsValue) -> JsResult<()> {
        let session = self.session.clone();
        session.attach_hidden_canvas(request(view)?).await;
        Ok(())
    }

    /// See [`crate::Session::pixels`]: `{ width, height, data }`, colours multiplied by their opacity.
    pub async fn pixels(&self, view: JsValue) -> JsResult {
        let session = self.session.clone();
        pixels(&session.pixels(request(view)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::sheet`]: as of [`LensSession::pixels`].
    pub async fn sheet(&self, grid: JsValue) -> JsResult {
        let session = self.session.clone();
        pixels(&session.sheet(&request(grid)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::draw_map`].
    #[wasm_bindgen(js_name = drawMap)]
    pub async fn draw_map(&self, map: JsValue) -> JsResult<()> {
        let session = self.session.clone();
        session.draw_map(&request(map)?).await.map_err(rejection)
    }

    /// See [`crate::Session::draw_grid`].
    #[wasm_bindgen(js_name = drawGrid)]
    pub async fn draw_grid(&self, grid: JsValue) -> JsResult {
        let session = self.session.clone();
        ends(session.draw_grid(&request(grid)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::draw_channel`].
    #[wasm_bindgen(js_name = drawChannel)]
    pub async fn draw_channel(&self, channel: JsValue) -> JsResult {
        let session = self.session.clone();
        ends(session.draw_channel(&request(channel)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::draw_overlay`].
    #[wasm_bindgen(js_name = drawOverlay)]
    pub async fn draw_overlay(&self, overlay: JsValue) -> JsResult {
        let session = self.session.clone();
        ends(session.draw_overlay(&request(overlay)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::draw_kernels`].
    #[wasm_bindgen(js_name = drawKernels)]
    pub async fn draw_kernels(&self, kernels: JsValue) -> JsResult<()> {
        let session = self.session.clone();
        session.draw_kernels(&request(kernels)?).await.map_err(rejection)
    }

    /// See [`crate::Session::statistics`]; the numbers of the channels are `Float32Array`s.
    pub async fn statistics(&self, node: String) -> JsResult {
        let session = self.session.clone();
        let found = session.statistics(&node).await.map_err(rejection)?;
        let of = &found.channels;
        let rows = [("min", &of.min), ("max", &of.max), ("mean", &of.mean), ("std", &of.std), ("zeros", &of.zeros)];
        let channels = object(&rows.map(|(name, row)| (name, Float32Array::from(&row[..]).into())))?;
        object(&[("channels", channels), ("layer", plain(&found.layer)?)])
    }

    /// See [`crate::Session::histogram`]; `counts` is a `Uint32Array`.
    pub async fn histogram(&self, node: String, channel: usize, bins: usize) -> JsResult {
        let session = self.session.clone();
        let found = session.histogram(&node, channel, bins).await.map_err(rejection)?;
        let counts = Uint32Array::from(&found.counts[..]).into();
        object(&[("low", found.low.into()), ("high", found.high.into()), ("counts", counts)])
    }

    /// See [`crate::Session::probe`].
    pub async fn probe(&self, node: String, channel: usize, y: usize, x: usize) -> JsResult {
        let session = self.session.clone();
        plain(&session.probe(&node, channel, y, x).await.map_err(rejection)?)
    }

    /// See [`crate::Session::taps`].
    pub async fn taps(&self, node: String) -> JsResult {
        let session = self.session.clone();
        plain(&session.taps(&node).await.map_err(rejection)?)
    }

    /// See [`crate::Session::refresh`].
    pub async fn refresh(&self) -> JsResult<()> {
        let session = self.session.clone();
        session.refresh().await.map_err(rejection)
    }

    /// Every colormap's name and its colours from its low end to its high one, each `[red, green, blue]` of 0 to 1: for legends.
    pub fn colormaps(&self) -> JsResult {
        plain(&Colormap::ALL.map(|colormap| (colormap, colormap.table().to_vec())))
    }
}

fn pixels(found: &Pixels) -> JsResult {
    let data = Uint8ClampedArray::from(&found.data[..]).into();
    object(&[("width", found.width.into()), ("height", found.height.into()), ("data", data)])
}

fn ends(ends: Option<ScaleBounds>) -> JsResult {
    ends.map_or(Ok(JsValue::UNDEFINED), |ends| plain(&ends))
}
