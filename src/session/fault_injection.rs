//! Device errors on demand, for tests.

use super::state::{Session, get};
use crate::gpu::DeviceErrorKind;

impl Session {
    /// Makes a section of device calls fail, see [`crate::gpu::Gpu::inject_error`].
    pub fn inject_error(&self, sections: usize, kind: DeviceErrorKind) {
        get(&self.gpu).inject_error(sections, kind);
    }

    /// Withdraws an error that was not caused yet, see [`crate::gpu::Gpu::withdraw_error`].
    pub fn withdraw_error(&self) -> Option<usize> {
        get(&self.gpu).withdraw_error()
    }
}
