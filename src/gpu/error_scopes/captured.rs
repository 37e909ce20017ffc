//! What error scopes captured.

use std::fmt;
use std::pin::Pin;

use super::message::one_line;
use crate::error::{Error, Result};

/// The message of the error that one scope captured, if any; known once the device has processed the section.
#[cfg(not(target_arch = "wasm32"))]
pub(in crate::gpu) type Captured = Pin<Box<dyn Future<Output = Option<String>> + Send>>;
#[cfg(target_arch = "wasm32")]
pub(in crate::gpu) type Captured = Pin<Box<dyn Future<Output = Option<String>>>>;

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
    pub(super) const ALL: [Self; 3] = [Self::OutOfMemory, Self::Internal, Self::Validation];
}

/// What the scopes around a section captured, one entry per [`DeviceErrorKind`].
#[must_use = "unchecked errors are lost"]
pub(in crate::gpu) struct CapturedErrors {
    pub(in crate::gpu) operation: String,
    pub(in crate::gpu) captured: [Captured; 3],
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
