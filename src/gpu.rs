//! The GPU: adapter, device, pipelines, buffers, rendering. Natively (Vulkan, Metal, DX12) and in the browser (WebGPU) the same
//! code runs. No other part of the crate uses `wgpu`.
//!
//! A device error is returned by the operation that caused it, and the device stays usable; only the loss of the device is
//! permanent. See `error_scopes`.

mod activation;
mod adapter;
mod bound_dispatch;
mod buffer;
mod canvas;
mod checked_kernels;
mod class_activation_map;
mod compile;
mod context;
mod cooperative_matrix;
mod cpu;
mod device_errors;
mod device_kind;
mod drawing;
mod error_scopes;
mod executable;
#[cfg(feature = "fault-injection")]
mod fault_injection;
mod frame_preprocess;
mod kernel_check;
mod kernel_pipelines;
mod needs;
mod painter;
mod parameters;
mod pipeline_cache;
mod pipeline_compilation;
mod profile;
mod readback;
mod render_style;
mod residual_sums;
mod statistics_pass;
mod thumbnail_atlas;
mod tuner;
mod value_range;
mod wait;

pub use activation::Activation;
pub use adapter::AdapterReport;
pub use canvas::{Canvas, Pixels};
pub use class_activation_map::ClassActivationMap;
pub use context::Gpu;
pub use device_kind::DeviceKind;
pub use drawing::Drawing;
#[cfg(feature = "fault-injection")]
pub use error_scopes::DeviceErrorKind;
pub use executable::Executable;
pub use frame_preprocess::{FramePreprocessor, FrameSource};
pub use needs::Needs;
pub use painter::Painter;
pub use parameters::Parameters;
pub use pipeline_compilation::PipelineCompilation;
pub use profile::{DispatchTime, ProfileProgress};
pub use render_style::{Finish, RenderStyle};
pub use residual_sums::residual_sums;
pub use statistics_pass::StatisticsPass;
pub use thumbnail_atlas::ThumbnailAtlas;
pub use tuner::{Tuner, TuningProgress};
pub use value_range::ValueRange;
