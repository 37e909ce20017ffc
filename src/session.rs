//! The API of the page, the terminal program and the tests: open a GPU, load a model, classify images, inspect layers.

mod batch;
mod canvases;
mod classify;
mod contributions;
mod device_choice;
mod draw;
#[cfg(feature = "fault-injection")]
mod fault_injection;
mod gradient;
mod gradient_norms;
mod inspect;
mod live;
mod loading;
mod model;
mod pipelines;
mod precision;
mod probe;
mod progress;
mod reference;
mod report;
mod request;
mod scale_bounds;
mod seeded;
mod state;
mod surgery;
mod tuning;
mod visualisation;
mod visualise;
mod weights;

pub use contributions::ClassContributions;
pub use device_choice::faster_device;
pub use live::{FrameClassification, FrameMilliseconds};
pub use loading::PreparedModel;
pub use precision::Precision;
pub use probe::{DotProduct, Probe};
pub use progress::LoadProgress;
pub use report::{
    BlockImportance, Classification, DeletionCurves, GradientNorm, ImageInfo, ImportanceProgress, IntegratedGradients,
    LayerInfo, Milliseconds, ModelInfo, Prediction, Progress, SeededRequest, Timings, VisualisationProgress,
    VisualisationRequest,
};
pub use request::{
    CanvasRole, ChannelRequest, ChannelTile, FiltersRequest, GridRequest, MapRequest, NodeTile, OverlayKind,
    OverlayRequest, Rectangle,
};
pub use scale_bounds::ScaleBounds;
pub use state::Session;
