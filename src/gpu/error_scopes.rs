//! Error scopes: an operation that fails on the device returns its own error, and the device stays usable.
//!
//! A device has one stack of scopes, and asynchronous operations interleave. Scopes are therefore pushed and popped around
//! synchronous sections only; what they captured is awaited later.

mod captured;
mod message;
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(feature = "fault-injection")]
pub(super) use captured::Captured;
pub(super) use captured::CapturedErrors;
#[cfg(feature = "fault-injection")]
pub use captured::DeviceErrorKind;
#[cfg(target_arch = "wasm32")]
pub(super) use message::error_message;
pub(super) use message::one_line;
#[cfg(not(target_arch = "wasm32"))]
use native::capture;
#[cfg(target_arch = "wasm32")]
use web::capture;

/// Runs a synchronous section in error scopes. `operation` completes the sentence "cannot …".
pub(super) fn scoped<T>(device: &wgpu::Device, operation: &str, section: impl FnOnce() -> T) -> (T, CapturedErrors) {
    let (value, captured) = capture(device, section);
    (value, CapturedErrors { operation: operation.to_owned(), captured })
}
