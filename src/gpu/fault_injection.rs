//! Device errors on demand, for tests of what happens after them.

use std::borrow::Cow;
use std::future::ready;
use std::sync::{Arc, Mutex};

use super::error_scopes::{self, Captured, CapturedErrors, DeviceErrorKind};
use crate::kernel::Kernel;
use crate::lock::lock;

/// The next error to cause, and after how many scoped sections.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<(usize, DeviceErrorKind)>>>, BrokenKernels);

/// Replacements in the source of a kernel: its file, the text and what replaces it.
type BrokenKernels = Arc<Mutex<Vec<[&'static str; 3]>>>;

impl Faults {
    pub fn plan(&self, sections: usize, kind: DeviceErrorKind) {
        *lock(&self.0) = Some((sections, kind));
    }

    pub fn withdraw(&self) -> Option<usize> {
        lock(&self.0).take().map(|(sections, _)| sections)
    }

    pub fn break_kernel(&self, replacement: [&'static str; 3]) {
        lock(&self.1).push(replacement);
    }

    /// The source of a kernel with its replacements.
    pub fn source(&self, kernel: &Kernel) -> Cow<'static, str> {
        let mut source = kernel.platform_source();
        for [_, text, replacement] in lock(&self.1).iter().filter(|[name, ..]| *name == kernel.name) {
            source = source.replace(text, replacement).into();
        }
        source
    }

    /// As [`error_scopes::scoped`], with the planned error if it is due.
    pub fn scoped<T>(
        &self,
        device: &wgpu::Device,
        operation: &str,
        section: impl FnOnce() -> T,
    ) -> (T, CapturedErrors) {
        let fault = self.next();
        let (value, errors) = error_scopes::scoped(device, operation, || {
            if fault == Some(DeviceErrorKind::Validation) {
                exceed_limit(device);
            }
            section()
        });
        match fault {
            Some(kind) => (value, replace(kind, errors)),
            None => (value, errors),
        }
    }

    fn next(&self) -> Option<DeviceErrorKind> {
        let mut planned = lock(&self.0);
        match planned.take()? {
            (0, kind) => Some(kind),
            (sections, kind) => {
                *planned = Some((sections - 1, kind));
                None
            }
        }
    }
}

/// Causes a real validation error.
fn exceed_limit(device: &wgpu::Device) {
    drop(device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("injected"),
        size: device.limits().max_buffer_size + 4,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    }));
}

/// Reports an error that cannot be provoked at will as if a scope had captured it.
fn replace(kind: DeviceErrorKind, errors: CapturedErrors) -> CapturedErrors {
    let injected = || -> Captured { Box::pin(ready(Some("injected".to_owned()))) };
    let CapturedErrors { operation, captured: [memory, internal, validation] } = errors;
    let captured = match kind {
        DeviceErrorKind::OutOfMemory => [injected(), internal, validation],
        DeviceErrorKind::Internal => [memory, injected(), validation],
        DeviceErrorKind::Validation => [memory, internal, validation],
    };
    CapturedErrors { operation, captured }
}
