//! Images and frames of the browser as pixels.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Rows of red, green, blue and alpha of an image of `size`; `None` if the browser refuses, as for a closed frame.
pub(super) fn pixels(source: &wgpu::ExternalImageSource, [width, height]: [u32; 2]) -> Option<Vec<u8>> {
    let image: JsValue = match source {
        wgpu::ExternalImageSource::ImageBitmap(bitmap) => bitmap.into(),
        wgpu::ExternalImageSource::VideoFrame(frame) => frame.into(),
        _ => return None,
    };
    let canvas = web_sys::OffscreenCanvas::new(width, height).ok()?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
    let context: JsValue = canvas.get_context_with_context_options("2d", &options).ok()??.into();
    let method = |name: &str| Reflect::get(&context, &name.into()).ok()?.dyn_into::<Function>().ok();
    method("drawImage")?.call3(&context, &image, &0.into(), &0.into()).ok()?;
    let rectangle = js_sys::Array::of4(&0.into(), &0.into(), &width.into(), &height.into());
    let data = method("getImageData")?.apply(&context, &rectangle).ok()?;
    let data = Reflect::get(&data, &"data".into()).ok()?.dyn_into::<js_sys::Uint8ClampedArray>().ok()?;
    Some(data.to_vec())
}
