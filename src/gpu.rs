//! The GPU: the only part of the crate that knows `wgpu`. Native (Vulkan, Metal, DX12) and the browser's WebGPU run the same code.

mod activation;
mod adapter;
mod bound_dispatch;
mod canvas;
mod class_activation_map;
mod context;
mod cooperative_matrix;
mod drawing;
mod executable;
mod frame_preprocess;
mod painter;
mod parameters;
mod pipeline_cache;
mod pipeline_compilation;
mod profile;
mod readback;
mod statistics_pass;
mod thumbnail_atlas;
mod tuner;
mod wait;

pub use activation::Activation;
pub use adapter::{AdapterReport, Needs};
pub use canvas::{Canvas, Pixels};
pub use class_activation_map::ClassActivationMap;
pub use context::Gpu;
pub use drawing::{Drawing, Finish, RenderStyle, ValueRange};
pub use executable::Executable;
pub use frame_preprocess::{FramePreprocessor, FrameSource};
pub use painter::Painter;
pub use parameters::Parameters;
pub use pipeline_compilation::PipelineCompilation;
pub use profile::DispatchTime;
pub use statistics_pass::StatisticsPass;
pub use thumbnail_atlas::ThumbnailAtlas;
pub use tuner::{Tuner, TuningProgress};
