//! Device errors on demand, for tests.

use super::state::{Session, get};
use crate::gpu::DeviceErrorKind;

impl Session {
    /// Makes a section of device calls fail, see [`crate::gpu::Gpu::inject_error`].
    pub fn inject_error(&self, sections: usize, kind: DeviceErrorKind) {
        get(&self.gpu).inject_error(sections, kind);
    }

    /// Makes a kernel compute wrong values, see [`crate::gpu::Gpu::break_kernel`].
    pub fn break_kernel(&self, replacement: [&'static str; 3]) {
        get(&self.gpu).break_kernel(replacement);
    }

    /// Withdraws an error that was not caused yet, see [`crate::gpu::Gpu::withdraw_error`].
    pub fn withdraw_error(&self) -> Option<usize> {
        get(&self.gpu).withdraw_error()
    }
}
