//! A device of `wgpu` that computes on the CPU: its pipelines are the functions of [`crate::cpu`]. For machines without WebGPU.
//!
//! It implements what this crate uses of `wgpu`: buffers, textures that are drawn on or copied, compute and render passes, timestamps.
//! A submission is computed before `submit` returns.

mod adapter;
mod capabilities;
mod commands;
mod device;
mod errors;
#[cfg(target_arch = "wasm32")]
mod external_image;
mod memory;
mod passes;
mod queue;
mod resources;
mod unused;

/// An instance whose only adapter is the CPU.
pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::from_custom(adapter::CpuInstance)
}
