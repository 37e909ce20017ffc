//! Error scopes: an operation that fails on the device returns its own error, and the device stays usable.
//!
//! A device has one stack of scopes, and asynchronous operations interleave. Scopes are therefore pushed and popped around
//! synchronous sections only; what they captured is awaited later.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

use std::fmt;
use std::pin::Pin;

use super::context::Gpu;
use crate::error::{Error, Result};

#[cfg(not(target_arch = "wasm32"))]
use native::capture;
#[cfg(target_arch = "wasm32")]
use web::capture;
#[cfg(target_arch = "wasm32")]
pub(super) use web::error_message;

/// The message of the error that one scope captured, if any; known once the device has processed the section.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type Captured = Pin<Box<dyn Future<Output = Option<String>> + Send>>;
#[cfg(target_arch = "wasm32")]
pub(super) type Captured = Pin<Box<dyn Future<Output = Option<String>>>>;

/// The kinds of device errors, the likely cause before its consequences: a buffer that was not allocated is invalid
/// afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceErrorKind {
    /// The device's memory does not suffice.
    OutOfMemory,
    /// The driver failed, for example to compile a pipeline.
    Internal,
    /// A call violates a rule or a limit of WebGPU.
    Validation,
}

impl DeviceErrorKind {
    const ALL: [Self; 3] = [Self::OutOfMemory, Self::Internal, Self::Validation];
}

/// What the scopes around a section captured, one entry per [`DeviceErrorKind`].
#[must_use = "errors that nobody checks are lost"]
pub(super) struct CapturedErrors {
    operation: String,
    captured: [Captured; 3],
}

impl fmt::Debug for CapturedErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapturedErrors").field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl CapturedErrors {
    /// Waits until the device has processed the section.
    ///
    /// # Errors
    /// [`Error::Gpu`] naming the operation and the first error that was captured.
    pub async fn check(self) -> Result<()> {
        let mut first = None;
        for (kind, captured) in DeviceErrorKind::ALL.into_iter().zip(self.captured) {
            let message = captured.await;
            first = first.or(message.map(|message| (kind, message)));
        }
        let Some((kind, message)) = first else { return Ok(()) };
        let cause = match kind {
            DeviceErrorKind::OutOfMemory => "the GPU is out of memory".to_owned(),
            DeviceErrorKind::Internal => format!("the driver failed: {}", one_line(&message)),
            DeviceErrorKind::Validation => format!("the GPU refused a call: {}", one_line(&message)),
        };
        Err(Error::Gpu(format!("cannot {}: {cause}", self.operation)))
    }
}

impl Gpu {
    /// Runs a synchronous section in error scopes. `operation` completes the sentence "cannot …".
    pub(super) fn scoped<T>(&self, operation: &str, section: impl FnOnce() -> T) -> (T, CapturedErrors) {
        #[cfg(feature = "fault-injection")]
        let fault = self.faults.next();
        let (value, captured) = capture(&self.device, || {
            #[cfg(feature = "fault-injection")]
            super::fault_injection::violate_limit(fault, &self.device);
            section()
        });
        #[cfg(feature = "fault-injection")]
        let captured = super::fault_injection::replace(fault, captured);
        (value, CapturedErrors { operation: operation.to_owned(), captured })
    }

    /// Runs a synchronous section in error scopes and waits for the device's verdict on it.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device refused a call, else the section's own error.
    pub(super) async fn guarded<T>(&self, operation: &str, section: impl FnOnce() -> Result<T>) -> Result<T> {
        let (value, errors) = self.scoped(operation, section);
        errors.check().await?;
        value
    }
}

/// The lines of a driver's or a browser's message as one.
pub(super) fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:");
    lines.collect::<Vec<_>>().join("; ")
}
