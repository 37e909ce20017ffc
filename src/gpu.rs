//! The GPU: the only part of the crate that knows `wgpu`. Native (Vulkan, Metal, DX12) and the browser's WebGPU run the same code.

mod activation;
mod adapter;
mod atlas;
mod call;
mod canvas;
mod compiling;
mod context;
mod drawing;
mod executable;
mod heat;
mod intake;
mod matrices;
mod measure;
mod painter;
mod parameters;
mod pipeline_cache;
mod profile;
mod readback;
mod tuner;
mod wait;

pub use activation::Activation;
pub use adapter::{AdapterReport, Needs};
pub use atlas::Atlas;
pub use canvas::{Canvas, Pixels};
pub use compiling::Compiling;
pub use context::Gpu;
pub use drawing::{Drawing, Finish, Look, Reach};
pub use executable::Executable;
pub use heat::Heat;
pub use intake::{FrameSource, Intake};
pub use measure::Measure;
pub use painter::Painter;
pub use parameters::Parameters;
pub use profile::DispatchTime;
pub use tuner::{Tuner, TuningProgress};
