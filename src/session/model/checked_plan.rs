//! Plans with algorithms that the device computes correctly.

use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::graph::Graph;
use crate::plan::{AlgorithmSelection, Plan};

/// A plan all of whose kernels agree with the CPU reference on this device. Algorithms that do not are added to the selection's
/// rejected ones, and the next candidates take their places.
///
/// # Errors
/// As [`Plan::with_selection`]; [`Error::Gpu`] when no algorithm of a layer agrees or the device is lost.
pub(super) async fn checked_plan(
    gpu: &Gpu,
    graph: &Graph,
    observed: &[impl AsRef<str>],
    selection: &mut AlgorithmSelection,
) -> Result<Plan> {
    loop {
        let plan = Plan::with_selection(graph, observed, selection)?;
        let rejections = gpu.check_kernels(&plan, selection).await?;
        if rejections.is_empty() {
            return Ok(plan);
        }
        for rejection in rejections {
            if selection.rejected.contains(&rejection) {
                return Err(Error::Gpu(format!("{rejection}; expected another algorithm, found none")));
            }
            selection.rejected.push(rejection);
        }
    }
}
