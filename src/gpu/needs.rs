//! The buffer sizes that a network needs, compared with a device's limits.

use crate::error::{Error, Result};
use crate::plan::Plan;

/// What a network needs of a device, to be compared with its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// The size of the largest buffer in bytes. Every buffer is bound whole.
    pub largest_buffer: u64,
}

impl Needs {
    /// What running `plan` needs: activations, scratch memory, parameters and transformed weights.
    pub fn of(plan: &Plan) -> Self {
        let parameters = plan.graph().nodes().iter().flat_map(|node| node.op.parameters());
        // Packing pads both channel counts of a weight to multiples of four, which makes it at most 16 times as large.
        let packed = parameters.map(|spec| {
            let channels: usize = spec.dims.iter().take(2).map(|channels| channels.next_multiple_of(4)).product();
            channels * spec.dims.iter().skip(2).product::<usize>()
        });
        let transformed = plan.transformed_weights().iter().map(|(_, transformed)| transformed.len);
        let weights = packed.chain(transformed).map(|values| values as u64 * 4);
        Self { largest_buffer: weights.chain([plan.largest_buffer()]).max().unwrap_or(0) }
    }

    /// Whether a device with these limits has enough.
    pub(super) fn fit(self, limits: &wgpu::Limits) -> bool {
        self.largest_buffer <= buffer_limit(limits)
    }

    /// # Errors
    /// [`Error::Gpu`] when a device with these limits has not enough.
    pub(super) fn check(self, limits: &wgpu::Limits) -> Result<()> {
        if self.fit(limits) {
            return Ok(());
        }
        let (expected, found) = (self.largest_buffer, buffer_limit(limits));
        Err(Error::Gpu(format!(
            "the network: expected a device with buffers of {expected} bytes, found at most {found}"
        )))
    }

    /// The default limits, raised where the network needs it: requesting more makes a page identifiable and may fail.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the adapter offers less.
    pub(super) fn limits(self, offered: &wgpu::Limits) -> Result<wgpu::Limits> {
        let mut limits = wgpu::Limits::default();
        if !self.fit(&limits) {
            self.check(offered)?;
            limits.max_buffer_size = limits.max_buffer_size.max(self.largest_buffer);
            limits.max_storage_buffer_binding_size = limits.max_storage_buffer_binding_size.max(self.largest_buffer);
        }
        Ok(limits)
    }
}

/// The size in bytes up to which a buffer can be created and bound whole.
pub(super) fn buffer_limit(limits: &wgpu::Limits) -> u64 {
    limits.max_buffer_size.min(limits.max_storage_buffer_binding_size)
}
