//! Saving compiled pipelines, so that the next start does not compile them again.

use super::state::{Session, get};
use crate::error::Result;

impl Session {
    /// The key under which to save compiled pipelines; `None` if the adapter's API does not expose them. Only Vulkan does;
    /// browsers cache pipelines themselves.
    pub fn pipelines_key(&self) -> Option<String> {
        get(&self.gpu).pipelines_key().map(str::to_owned)
    }

    /// The compiled pipelines, for [`Session::restore_pipelines`]; see [`Gpu::pipelines`].
    ///
    /// [`Gpu::pipelines`]: crate::gpu::Gpu::pipelines
    pub fn pipelines(&self) -> Option<Vec<u8>> {
        get(&self.gpu).pipelines()
    }

    /// Restores saved pipelines before a model is loaded; see [`Gpu::restore_pipelines`].
    ///
    /// # Errors
    /// [`Error::State`] for data that [`Session::pipelines`] of the same version did not save for the same adapter and driver. The
    /// data is then ignored. [`Error::Gpu`] if the device fails.
    ///
    /// [`Gpu::restore_pipelines`]: crate::gpu::Gpu::restore_pipelines
    /// [`Error::State`]: crate::Error::State
    /// [`Error::Gpu`]: crate::Error::Gpu
    pub fn restore_pipelines(&self, saved: &[u8]) -> Result<()> {
        get(&self.gpu).restore_pipelines(saved)
    }
}
