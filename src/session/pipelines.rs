//! Keeping what the driver compiled, so that the next start need not wait for it.

use super::{Session, guarded};
use crate::error::Result;

impl Session {
    /// The name under which compiled pipelines are to be kept; none where the adapter's API does not give them away: only
    /// Vulkan does, and browsers keep them themselves.
    pub fn pipelines_key(&self) -> Option<String> {
        guarded(&self.gpu).pipelines_key().map(str::to_owned)
    }

    /// What was compiled so far, for [`Session::restore_pipelines`]; see [`Gpu::pipelines`].
    ///
    /// [`Gpu::pipelines`]: crate::gpu::Gpu::pipelines
    pub fn pipelines(&self) -> Option<Vec<u8>> {
        guarded(&self.gpu).pipelines()
    }

    /// Takes over what an earlier run compiled, before a model is loaded; see [`Gpu::restore_pipelines`].
    ///
    /// # Errors
    /// [`Error::State`] for bytes that [`Session::pipelines`] of this version did not return for this adapter and driver:
    /// nothing is taken over then. [`Error::Gpu`] when the device fails.
    ///
    /// [`Gpu::restore_pipelines`]: crate::gpu::Gpu::restore_pipelines
    /// [`Error::State`]: crate::Error::State
    /// [`Error::Gpu`]: crate::Error::Gpu
    pub fn restore_pipelines(&self, saved: &[u8]) -> Result<()> {
        guarded(&self.gpu).restore_pipelines(saved)
    }
}
