//! Sums over the operands of residual additions, computed on the GPU.

use super::activation::Activation;
use super::bound_dispatch::{BoundDispatch, run};
use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::readback::{self, BufferRange};
use crate::error::{Error, Result};
use crate::lens::{ResidualBuffer, ResidualLayout, ResidualSums};

/// The sums of each pair of branch and shortcut, in one submission and one read-back.
///
/// # Errors
/// [`Error::Shape`] when the shapes of a pair differ, [`Error::Gpu`] when the device cannot hold the sums or fails.
pub async fn residual_sums(gpu: &Gpu, pairs: &[(Activation, Activation)]) -> Result<Vec<ResidualSums>> {
    if let Some((branch, shortcut)) = pairs.iter().find(|(branch, shortcut)| branch.shape != shortcut.shape) {
        return Err(Error::shape("the residual sums", format!("a shortcut of shape {}", branch.shape), shortcut.shape));
    }
    let layouts: Vec<ResidualLayout> = pairs.iter().map(|(branch, _)| ResidualLayout::new(branch.shape)).collect();
    let dispatches: Vec<_> = layouts.iter().map(|layout| layout.dispatch()).collect();
    gpu.compile(&dispatches).await?;
    let sum = || {
        let mut parts = Vec::with_capacity(pairs.len());
        let mut bound = Vec::with_capacity(pairs.len());
        for ((dispatch, layout), (branch, shortcut)) in dispatches.iter().zip(&layouts).zip(pairs) {
            let buffer = GpuBuffer::storage(gpu, "residual sums", layout.parts_len());
            bound.push(BoundDispatch::bind(gpu, dispatch, |argument| match argument {
                ResidualBuffer::Branch => &branch.buffer,
                ResidualBuffer::Shortcut => &shortcut.buffer,
                ResidualBuffer::Parts => &buffer,
            })?);
            parts.push(buffer);
        }
        run(gpu, &bound);
        Ok(parts)
    };
    let parts = gpu.guarded("sum over residual branches", sum).await?;
    let ranges = parts.iter().zip(&layouts);
    let ranges: Vec<_> =
        ranges.map(|(buffer, layout)| BufferRange { buffer, first: 0, length: layout.parts_len() }).collect();
    let values = readback::collect(gpu, &ranges).await?;
    let mut rest = &values[..];
    let sums = layouts.iter().map(|layout| {
        let (own, others) = rest.split_at(layout.parts_len());
        rest = others;
        ResidualSums::from_parts(own)
    });
    Ok(sums.collect())
}
