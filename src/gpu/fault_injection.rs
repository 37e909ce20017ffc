//! Device errors on demand, for tests of what happens after them.

use std::sync::{Arc, Mutex};

use super::context::Gpu;
use super::error_scopes::{Captured, DeviceErrorKind};
use crate::lock::lock;

/// The next error to cause, and in how many scoped sections from now.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<(usize, DeviceErrorKind)>>>);

impl Faults {
    /// The error to cause in the section that begins now.
    pub fn next(&self) -> Option<DeviceErrorKind> {
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

impl Gpu {
    /// Makes a scoped section of device calls fail: the next one after `sections` others.
    pub fn inject_error(&self, sections: usize, kind: DeviceErrorKind) {
        *lock(&self.faults.0) = Some((sections, kind));
    }

    /// Withdraws an error that was not caused yet and returns how many sections it was away.
    pub fn withdraw_error(&self) -> Option<usize> {
        lock(&self.faults.0).take().map(|(sections, _)| sections)
    }
}

/// Violates a limit of the device, which is a real validation error.
pub(super) fn violate_limit(fault: Option<DeviceErrorKind>, device: &wgpu::Device) {
    if fault == Some(DeviceErrorKind::Validation) {
        drop(device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("injected"),
            size: device.limits().max_buffer_size + 4,
            usage: wgpu::BufferUsages::STORAGE,
            mapped_at_creation: false,
        }));
    }
}

/// Reports an error that cannot be provoked at will as if a scope had captured it.
pub(super) fn replace(fault: Option<DeviceErrorKind>, captured: [Captured; 3]) -> [Captured; 3] {
    let injected = || -> Captured { Box::pin(std::future::ready(Some("injected".to_owned()))) };
    let [memory, internal, validation] = captured;
    match fault {
        Some(DeviceErrorKind::OutOfMemory) => [injected(), internal, validation],
        Some(DeviceErrorKind::Internal) => [memory, injected(), validation],
        Some(DeviceErrorKind::Validation) | None => [memory, internal, validation],
    }
}
