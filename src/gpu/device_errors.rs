//! What a device reports outside of error scopes: its loss, and errors of calls that no scope was around.

use std::sync::{Arc, Mutex};

use super::error_scopes::one_line;
use crate::error::{Error, Result};
use crate::lock::lock;

/// The reports of one device.
#[derive(Debug, Clone, Default)]
pub(super) struct DeviceErrors(Arc<Mutex<Reports>>);

#[derive(Debug, Default)]
struct Reports {
    lost: Option<String>,
    /// The first error since the last check.
    uncaptured: Option<String>,
}

impl DeviceErrors {
    /// Listens to a device from now on. Without a listener `wgpu` panics on errors.
    pub fn of(device: &wgpu::Device) -> Self {
        let errors = Self::default();
        listen(device, errors.clone());
        let reports = errors.0.clone();
        device.set_device_lost_callback(move |reason, message| {
            lock(&reports).lost.get_or_insert(format!("the GPU device was lost ({reason:?}): {message}"));
        });
        errors
    }

    fn report(&self, message: &str) {
        lock(&self.0).uncaptured.get_or_insert_with(|| format!("the GPU refused a call: {}", one_line(message)));
    }

    /// # Errors
    /// [`Error::Gpu`] when the device is lost.
    pub fn check_lost(&self) -> Result<()> {
        lock(&self.0).lost.clone().map_or(Ok(()), |message| Err(Error::Gpu(message)))
    }

    /// Begins an operation without error scopes: an error that was reported before is not its own.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device is lost.
    pub fn begin(&self) -> Result<()> {
        lock(&self.0).uncaptured = None;
        self.check_lost()
    }

    /// Ends an operation without error scopes.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device is lost, and once for an error that no scope captured.
    pub fn check(&self) -> Result<()> {
        self.check_lost()?;
        lock(&self.0).uncaptured.take().map_or(Ok(()), |message| Err(Error::Gpu(message)))
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn listen(device: &wgpu::Device, errors: DeviceErrors) {
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| errors.report(&error.to_string())));
}

/// `wgpu`'s own listener panics on a `GPUInternalError`.
#[cfg(target_arch = "wasm32")]
fn listen(device: &wgpu::Device, errors: DeviceErrors) {
    use js_sys::Reflect;
    use wasm_bindgen::prelude::*;

    let Some(device) = device.as_webgpu() else {
        device.on_uncaptured_error(std::sync::Arc::new(move |error: wgpu::Error| errors.report(&error.to_string())));
        return;
    };
    let listener = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        let error = Reflect::get(&event, &"error".into()).unwrap_or_default();
        errors.report(&super::error_scopes::error_message(&error));
    });
    // A device accepts any function as its listener, which lives as long as the device.
    let _ = Reflect::set(device, &"onuncapturederror".into(), listener.as_ref());
    listener.forget();
}
