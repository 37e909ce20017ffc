//! Error scopes of the browser's device. `wgpu` 30 panics on a `GPUInternalError`, so its own scopes are not used.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::captured::{Captured, DeviceErrorKind};
use super::message::error_message;
use super::native;

#[wasm_bindgen]
extern "C" {
    /// The part of `GPUDevice` that deals with scopes.
    type Scopes;

    #[wasm_bindgen(method, catch, js_name = pushErrorScope)]
    fn push(this: &Scopes, filter: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = popErrorScope)]
    fn pop(this: &Scopes) -> Result<Promise, JsValue>;
}

/// Runs `section` in one scope per [`DeviceErrorKind`].
pub(super) fn capture<T>(device: &wgpu::Device, section: impl FnOnce() -> T) -> (T, [Captured; 3]) {
    // The CPU device is not the browser's.
    let Some(webgpu) = device.as_webgpu() else { return native::capture(device, section) };
    let device: Option<&Scopes> = Some(webgpu.unchecked_ref());
    let pushed = DeviceErrorKind::ALL.map(|kind| {
        let filter = match kind {
            DeviceErrorKind::OutOfMemory => "out-of-memory",
            DeviceErrorKind::Internal => "internal",
            DeviceErrorKind::Validation => "validation",
        };
        // A browser that does not know a filter throws and pushes nothing.
        device.filter(|device| device.push(filter).is_ok())
    });
    let value = section();
    let [memory, internal, validation] = pushed;
    // Popped in the reverse order of pushing.
    let [validation, internal, memory] = [validation, internal, memory].map(|scope| message(scope.map(Scopes::pop)));
    (value, [memory, internal, validation])
}

/// The promise is rejected when the device is lost, which is reported elsewhere.
fn message(popped: Option<Result<Promise, JsValue>>) -> Captured {
    let Some(Ok(promise)) = popped else { return Box::pin(std::future::ready(None)) };
    Box::pin(async {
        let error = wasm_bindgen_futures::JsFuture::from(promise).await.ok().filter(|error| error.is_object())?;
        Some(error_message(&error))
    })
}
