//! Warnings about conditions that the library recovers from.

/// Writes one line to standard error.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn warn(message: &str) {
    eprintln!("warning: {message}");
}

/// Writes one line to the browser's console.
#[cfg(target_arch = "wasm32")]
pub(crate) fn warn(message: &str) {
    web_sys::console::warn_1(&message.into());
}
