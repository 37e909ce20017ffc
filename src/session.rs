//! What the page, the examples and the tests use: open a GPU, load a model, classify images, look into layers.

mod batch;
mod inspect;
mod lens;
mod live;
mod loading;
mod model;
mod pipelines;
mod precision;
mod probe;
mod report;
mod request;
mod source;
mod tuning;

use std::sync::{Arc, Mutex};

use async_lock::Mutex as AsyncMutex;
use web_time::Instant;

use crate::decoded_image::DecodedImage;
use crate::error::{Error, Result};
use crate::gpu::{AdapterReport, DispatchTime, Gpu, Tuner};
use crate::labels::Label;
use crate::lock::lock;
use crate::plan::TuningTable;
use crate::tensor::HostTensor;

use lens::Canvases;
pub use lens::ScaleBounds;
pub use live::{FrameClassification, FrameMilliseconds};
pub use loading::{LoadProgress, PreparedModel};
use model::Model;
pub use precision::Precision;
pub use probe::{DotProduct, Probe};
pub use report::{Classification, ImageInfo, LayerInfo, Milliseconds, ModelInfo, Prediction, Timings};
pub use request::{
    CanvasRole, ChannelRequest, ChannelTile, FiltersRequest, GridRequest, MapRequest, NodeTile, OverlayKind,
    OverlayRequest, Rectangle,
};

/// A GPU and at most one model on it.
///
/// All calls take `&self`; those that touch the model wait for each other. A call that fails leaves everything as it was.
#[derive(Debug)]
pub struct Session {
    gpu: Mutex<Gpu>,
    model: AsyncMutex<Option<Model>>,
    /// Locked after `model` where both are.
    canvases: AsyncMutex<Canvases>,
    /// What can be told without waiting for a run to end.
    told: Mutex<Option<Told>>,
    precision: Mutex<Precision>,
    /// What was measured on this adapter.
    times: Mutex<TuningTable>,
    /// Locked before `model` where both are.
    tuner: AsyncMutex<Option<Tuner>>,
}

#[derive(Debug, Clone)]
struct Told {
    info: Arc<ModelInfo>,
    layers: Arc<[LayerInfo]>,
    labels: Arc<[Label]>,
    timings: Timings,
}

/// What a guarded value is, for longer than the lock may be held.
fn guarded<T: Clone>(mutex: &Mutex<T>) -> T {
    lock(mutex).clone()
}

fn set<T>(mutex: &Mutex<T>, value: T) {
    *lock(mutex) = value;
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn no_model() -> Error {
    Error::State("no model is loaded yet: expected one before this call".to_owned())
}

impl Session {
    /// Finds and opens the GPU.
    ///
    /// # Errors
    /// [`Error::Gpu`] when there is none.
    pub async fn open() -> Result<Self> {
        let gpu = Gpu::open().await?;
        Ok(Self {
            gpu: Mutex::new(gpu),
            model: AsyncMutex::default(),
            canvases: AsyncMutex::default(),
            told: Mutex::default(),
            precision: Mutex::default(),
            times: Mutex::default(),
            tuner: AsyncMutex::default(),
        })
    }

    /// The adapter in use.
    pub fn adapter(&self) -> AdapterReport {
        guarded(&self.gpu).report().clone()
    }

    /// The form of the weights of models that are loaded from now on.
    pub fn set_precision(&self, precision: Precision) {
        set(&self.precision, precision);
    }

    /// The model that is loaded.
    pub fn model(&self) -> Option<Arc<ModelInfo>> {
        guarded(&self.told).map(|told| told.info)
    }

    /// Every node of the network in order of execution; empty without a model.
    pub fn layers(&self) -> Arc<[LayerInfo]> {
        guarded(&self.told).map_or_else(|| Vec::new().into(), |told| told.layers)
    }

    /// What the network's classes are called, in the order of its head; empty without a model.
    pub fn labels(&self) -> Arc<[Label]> {
        guarded(&self.told).map_or_else(|| Vec::new().into(), |told| told.labels)
    }

    /// How long loading, the first and the latest run took.
    pub fn timings(&self) -> Option<Timings> {
        guarded(&self.told).map(|told| told.timings)
    }

    /// Decodes an image file and names its `top` likeliest classes.
    ///
    /// # Errors
    /// [`Error::Image`] when it cannot be decoded, and as [`Session::classify_image`].
    pub async fn classify(&self, file: &[u8], top: usize) -> Result<Classification> {
        let started = Instant::now();
        let image = DecodedImage::decode(file)?;
        let decode = milliseconds(started);
        let mut classification = self.classify_image(&image, top).await?;
        classification.ms.decode = decode;
        Ok(classification)
    }

    /// Names the `top` likeliest classes of an image.
    ///
    /// # Errors
    /// [`Error::State`] without a model, [`Error::Gpu`] when the device fails.
    pub async fn classify_image(&self, image: &DecodedImage, top: usize) -> Result<Classification> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let (input, preprocess) = model.prepare(image)?;
        let (logits, infer, first_run) = self.run(model, input).await?;
        Ok(Classification {
            predictions: model.predictions(&logits, top),
            image: model.image_info([image.width, image.height]),
            ms: Milliseconds { decode: 0.0, preprocess, infer },
            first_run,
        })
    }

    /// Keeps the values of these nodes from now on, and of no others. Each costs its memory and the fusion around it.
    ///
    /// # Errors
    /// [`Error::State`] without a model, [`Error::Graph`] when a name is not one of the network's.
    pub async fn observe(&self, nodes: &[impl AsRef<str>]) -> Result<()> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.observe(nodes).await
    }

    /// The values that a node had for the latest image, NCHW. A node that was not observed is from now on, and the image
    /// goes through the network once more.
    ///
    /// # Errors
    /// [`Error::State`] without a model or an image, [`Error::Graph`] when there is no such node, [`Error::Gpu`] when the
    /// device fails.
    pub async fn feature_map(&self, node: &str) -> Result<HostTensor> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.feature_map(node).await
    }

    /// Measures the GPU time of every dispatch by itself, in order. Takes several times as long as a run.
    ///
    /// # Errors
    /// [`Error::State`] without a model, [`Error::Gpu`] when the device cannot measure (it lacks the feature
    /// `timestamp-query`) or fails.
    pub async fn profile(&self) -> Result<Vec<DispatchTime>> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.profile().await
    }

    async fn run(&self, model: &mut Model, input: HostTensor) -> Result<(HostTensor, f64, bool)> {
        let started = Instant::now();
        let logits = model.run(input).await?;
        let infer = milliseconds(started);
        Ok((logits, infer, self.tell_run(infer)))
    }

    /// Notes what changes about a model when it is computed in other ways.
    fn tell_model(&self, model: &Model) {
        let mut told = lock(&self.told);
        if let Some(told) = told.as_mut() {
            told.info = Arc::new(model.info());
        }
    }

    /// Notes the time of a run and returns whether it was the model's first.
    fn tell_run(&self, infer: f64) -> bool {
        let mut told = lock(&self.told);
        let Some(Told { timings, .. }) = told.as_mut() else { return true };
        timings.infer = Some(infer);
        let first = timings.first.is_none();
        timings.first.get_or_insert(infer);
        first
    }
}
