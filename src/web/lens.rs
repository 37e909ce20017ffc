//! Drawing and inspection for JavaScript. Requests have the members of the structs in [`crate::session`]. Drawing methods
//! resolve to [`crate::session::ScaleBounds`], or to undefined when the request has `legend: false`.

use js_sys::{Float32Array, Uint8ClampedArray, Uint32Array};
use wasm_bindgen::prelude::*;
use web_sys::OffscreenCanvas;

use super::{JsResult, LensSession, from_js, object, rejection, to_js};
use crate::gpu::Pixels;
use crate::lens::Colormap;
use crate::session::ScaleBounds;

#[wasm_bindgen]
impl LensSession {
    /// See [`crate::Session::attach_page_canvas`].
    #[wasm_bindgen(js_name = attachCanvas)]
    pub async fn attach_canvas(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CanvasRole")] role: JsValue,
        canvas: OffscreenCanvas,
    ) -> JsResult<()> {
        let session = self.session.clone();
        session.attach_page_canvas(from_js(role)?, canvas).await.map_err(rejection)
    }

    /// See [`crate::Session::attach_offscreen_canvas`].
    #[wasm_bindgen(js_name = attachOffscreen)]
    pub async fn attach_offscreen(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CanvasRole")] role: JsValue,
    ) -> JsResult<()> {
        let session = self.session.clone();
        session.attach_offscreen_canvas(from_js(role)?).await;
        Ok(())
    }

    /// See [`crate::Session::pixels`]: `{ width, height, data }`; `data` is premultiplied RGBA.
    #[wasm_bindgen(unchecked_return_type = "Pixels")]
    pub async fn pixels(&self, #[wasm_bindgen(unchecked_param_type = "CanvasRole")] role: JsValue) -> JsResult {
        let session = self.session.clone();
        pixels(&session.pixels(from_js(role)?).await.map_err(rejection)?, None)
    }

    /// See [`crate::Session::grid_pixels`]: the object of [`LensSession::pixels`] with `bounds`.
    #[wasm_bindgen(js_name = gridPixels, unchecked_return_type = "ScaledPixels")]
    pub async fn grid_pixels(&self, #[wasm_bindgen(unchecked_param_type = "GridRequest")] grid: JsValue) -> JsResult {
        let session = self.session.clone();
        let (drawn, bounds) = session.grid_pixels(&from_js(grid)?).await.map_err(rejection)?;
        pixels(&drawn, bounds)
    }

    /// See [`crate::Session::overlay_pixels`]: the object of [`LensSession::pixels`] with `bounds`.
    #[wasm_bindgen(js_name = overlayPixels, unchecked_return_type = "ScaledPixels")]
    pub async fn overlay_pixels(
        &self,
        #[wasm_bindgen(unchecked_param_type = "OverlayRequest")] overlay: JsValue,
    ) -> JsResult {
        let session = self.session.clone();
        let (drawn, bounds) = session.overlay_pixels(&from_js(overlay)?).await.map_err(rejection)?;
        pixels(&drawn, bounds)
    }

    /// See [`crate::Session::draw_map`].
    #[wasm_bindgen(js_name = drawMap)]
    pub async fn draw_map(&self, #[wasm_bindgen(unchecked_param_type = "MapRequest")] map: JsValue) -> JsResult<()> {
        let session = self.session.clone();
        session.draw_map(&from_js(map)?).await.map_err(rejection)
    }

    /// See [`crate::Session::draw_grid`].
    #[wasm_bindgen(js_name = drawGrid, unchecked_return_type = "ScaleBounds | undefined")]
    pub async fn draw_grid(&self, #[wasm_bindgen(unchecked_param_type = "GridRequest")] grid: JsValue) -> JsResult {
        let session = self.session.clone();
        bounds(session.draw_grid(&from_js(grid)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::draw_channel`].
    #[wasm_bindgen(js_name = drawChannel, unchecked_return_type = "ScaleBounds | undefined")]
    pub async fn draw_channel(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ChannelRequest")] channel: JsValue,
    ) -> JsResult {
        let session = self.session.clone();
        bounds(session.draw_channel(&from_js(channel)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::draw_overlay`].
    #[wasm_bindgen(js_name = drawOverlay, unchecked_return_type = "ScaleBounds | undefined")]
    pub async fn draw_overlay(
        &self,
        #[wasm_bindgen(unchecked_param_type = "OverlayRequest")] overlay: JsValue,
    ) -> JsResult {
        let session = self.session.clone();
        bounds(session.draw_overlay(&from_js(overlay)?).await.map_err(rejection)?)
    }

    /// See [`crate::Session::draw_filters`].
    #[wasm_bindgen(js_name = drawFilters)]
    pub async fn draw_filters(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FiltersRequest")] filters: JsValue,
    ) -> JsResult<()> {
        let session = self.session.clone();
        session.draw_filters(&from_js(filters)?).await.map_err(rejection)
    }

    /// See [`crate::Session::statistics`]; each statistic of the channels is a `Float32Array` with one entry per channel.
    #[wasm_bindgen(unchecked_return_type = "Statistics")]
    pub async fn statistics(&self, node: String) -> JsResult {
        let session = self.session.clone();
        let statistics = session.statistics(&node).await.map_err(rejection)?;
        let found = &statistics.channels;
        let rows = [
            ("min", &found.min),
            ("max", &found.max),
            ("mean", &found.mean),
            ("std", &found.std),
            ("zeros", &found.zeros),
        ];
        let channels = object(&rows.map(|(name, row)| (name, Float32Array::from(&row[..]).into())))?;
        object(&[("channels", channels), ("layer", to_js(&statistics.layer)?)])
    }

    /// See [`crate::Session::histogram`]; `counts` is a `Uint32Array`.
    #[wasm_bindgen(unchecked_return_type = "Histogram")]
    pub async fn histogram(&self, node: String, channel: usize, bins: usize) -> JsResult {
        let session = self.session.clone();
        let found = session.histogram(&node, channel, bins).await.map_err(rejection)?;
        let counts = Uint32Array::from(&found.counts[..]).into();
        object(&[("low", found.low.into()), ("high", found.high.into()), ("counts", counts)])
    }

    /// See [`crate::Session::probe`].
    #[wasm_bindgen(unchecked_return_type = "Probe")]
    pub async fn probe(&self, node: String, channel: usize, y: usize, x: usize) -> JsResult {
        let session = self.session.clone();
        to_js(&session.probe(&node, channel, y, x).await.map_err(rejection)?)
    }

    /// See [`crate::Session::class_contributions`].
    #[wasm_bindgen(js_name = classContributions, unchecked_return_type = "ClassContributions")]
    pub async fn class_contributions(&self, class: usize) -> JsResult {
        let session = self.session.clone();
        to_js(&session.class_contributions(class).await.map_err(rejection)?)
    }

    /// See [`crate::Session::related_nodes`].
    #[wasm_bindgen(js_name = relatedNodes, unchecked_return_type = "RelatedNode[]")]
    pub async fn related_nodes(&self, node: String) -> JsResult {
        let session = self.session.clone();
        to_js(&session.related_nodes(&node).await.map_err(rejection)?)
    }

    /// See [`crate::Session::refresh`].
    pub async fn refresh(&self) -> JsResult<()> {
        let session = self.session.clone();
        session.refresh().await.map_err(rejection)
    }

    /// Every colormap as `[name, colours]`: 256 sRGB colours `[red, green, blue]`, 0 to 1, from the low end to the high end.
    #[wasm_bindgen(unchecked_return_type = "[ColormapName, [number, number, number][]][]")]
    pub fn colormaps(&self) -> JsResult {
        to_js(&Colormap::ALL.map(|colormap| (colormap, colormap.table().to_vec())))
    }
}

pub(super) fn pixels(pixels: &Pixels, scale: Option<ScaleBounds>) -> JsResult {
    let data = Uint8ClampedArray::from(&pixels.data[..]).into();
    let [width, height] = [pixels.width, pixels.height].map(JsValue::from);
    object(&[("width", width), ("height", height), ("data", data), ("bounds", bounds(scale)?)])
}

fn bounds(bounds: Option<ScaleBounds>) -> JsResult {
    bounds.map_or(Ok(JsValue::UNDEFINED), |bounds| to_js(&bounds))
}
