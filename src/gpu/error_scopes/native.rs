//! Error scopes of `wgpu`, one stack per device and thread. In a browser only the CPU device uses them.

use super::captured::{Captured, DeviceErrorKind};

/// Runs `section` in one scope per [`DeviceErrorKind`].
pub(super) fn capture<T>(device: &wgpu::Device, section: impl FnOnce() -> T) -> (T, [Captured; 3]) {
    let [memory, internal, validation] = DeviceErrorKind::ALL.map(|kind| {
        device.push_error_scope(match kind {
            DeviceErrorKind::OutOfMemory => wgpu::ErrorFilter::OutOfMemory,
            DeviceErrorKind::Internal => wgpu::ErrorFilter::Internal,
            DeviceErrorKind::Validation => wgpu::ErrorFilter::Validation,
        })
    });
    let value = section();
    // Popped in the reverse order of pushing.
    let [validation, internal, memory] = [validation, internal, memory].map(|scope| message(scope.pop()));
    (value, [memory, internal, validation])
}

#[cfg(not(target_arch = "wasm32"))]
fn message(error: impl Future<Output = Option<wgpu::Error>> + Send + 'static) -> Captured {
    Box::pin(async { error.await.map(|error| error.to_string()) })
}

#[cfg(target_arch = "wasm32")]
fn message(error: impl Future<Output = Option<wgpu::Error>> + 'static) -> Captured {
    Box::pin(async { error.await.map(|error| error.to_string()) })
}
