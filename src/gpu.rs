//! The GPU: the only part of the crate that knows `wgpu`. Native (Vulkan, Metal, DX12) and the browser's WebGPU run the same code.

mod adapter;
mod context;
mod executable;
mod parameters;
mod profile;
mod readback;

pub use adapter::{AdapterReport, Needs};
pub use context::Gpu;
pub use executable::Executable;
pub use parameters::Parameters;
pub use profile::DispatchTime;
