//! The state of a session and the locks around it.

use std::sync::{Arc, Mutex};

use async_lock::Mutex as AsyncMutex;
use web_time::Instant;

use super::canvases::Canvases;
use super::model::Model;
use super::precision::Precision;
use super::report::{LayerInfo, ModelInfo, Timings};
use super::visualisation::Visualisation;
use crate::cpu;
use crate::error::{Error, Result};
use crate::gpu::{AdapterReport, DeviceKind, Gpu, Needs, Tuner};
use crate::labels::Label;
use crate::lock::lock;
use crate::plan::TuningTable;

/// A GPU, at most one model on it, and at most one other model to compare with.
///
/// All methods take `&self`. Methods that use the model wait for each other. A method that fails leaves the session unchanged.
#[derive(Debug)]
pub struct Session {
    pub(super) gpu: Mutex<Gpu>,
    pub(super) model: AsyncMutex<Option<Model>>,
    /// Locked after `model` where both are locked.
    pub(super) canvases: AsyncMutex<Canvases>,
    /// A model beside the current one.
    pub(super) reference: AsyncMutex<Option<Model>>,
    /// Locked before `model` where both are locked.
    pub(super) visualisation: AsyncMutex<Option<Visualisation>>,
    /// Information about the model that can be read while the model is running.
    pub(super) snapshot: Mutex<Option<Snapshot>>,
    pub(super) precision: Mutex<Precision>,
    /// Times measured on this adapter.
    pub(super) tuning_table: Mutex<TuningTable>,
    /// Locked before `model` where both are locked.
    pub(super) tuner: AsyncMutex<Option<Tuner>>,
}

/// Information about the current model.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub info: Arc<ModelInfo>,
    pub layers: Arc<[LayerInfo]>,
    pub labels: Arc<[Label]>,
    pub timings: Timings,
}

/// A clone of the value behind a mutex.
pub(super) fn get<T: Clone>(mutex: &Mutex<T>) -> T {
    lock(mutex).clone()
}

pub(super) fn set<T>(mutex: &Mutex<T>, value: T) {
    *lock(mutex) = value;
}

pub(super) fn milliseconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

pub(super) fn no_model() -> Error {
    Error::State("the session: expected a loaded model, found none".to_owned())
}

impl Session {
    /// Opens the GPU.
    ///
    /// # Errors
    /// [`Error::Gpu`] if no usable GPU is found.
    pub async fn open() -> Result<Self> {
        Self::open_on(DeviceKind::Gpu).await
    }

    /// Opens a device of this kind.
    ///
    /// # Errors
    /// [`Error::Gpu`] if no usable GPU is found. The CPU can always be opened.
    pub async fn open_on(kind: DeviceKind) -> Result<Self> {
        Ok(Self::with(Gpu::open_kind(kind, Needs::default()).await?))
    }

    /// A session on an open device.
    pub(super) fn with(gpu: Gpu) -> Self {
        Self {
            gpu: Mutex::new(gpu),
            model: AsyncMutex::default(),
            canvases: AsyncMutex::default(),
            reference: AsyncMutex::default(),
            visualisation: AsyncMutex::default(),
            snapshot: Mutex::default(),
            precision: Mutex::default(),
            tuning_table: Mutex::default(),
            tuner: AsyncMutex::default(),
        }
    }

    /// The adapter in use, with the present number of threads.
    pub fn adapter(&self) -> AdapterReport {
        let report = get(&self.gpu).report().clone();
        AdapterReport { threads: report.threads.map(|_| cpu::threads::count()), ..report }
    }

    /// Resolves when the device that is now in use is lost; see [`Gpu::lost`].
    #[cfg(target_arch = "wasm32")]
    pub fn device_lost(&self) -> wasm_bindgen::JsValue {
        get(&self.gpu).lost()
    }

    /// See [`Gpu::responds`].
    pub async fn device_responds(&self) -> bool {
        let gpu = get(&self.gpu);
        gpu.responds().await
    }

    /// Sets the precision of models that are loaded from now on.
    pub fn set_precision(&self, precision: Precision) {
        set(&self.precision, precision);
    }

    /// The current model; `None` if no model is loaded.
    pub fn model(&self) -> Option<Arc<ModelInfo>> {
        get(&self.snapshot).map(|snapshot| snapshot.info)
    }

    /// The nodes of the current model in order of execution; empty if no model is loaded.
    pub fn layers(&self) -> Arc<[LayerInfo]> {
        get(&self.snapshot).map_or_else(|| Vec::new().into(), |snapshot| snapshot.layers)
    }

    /// The labels of the current model's classes by class index; empty if no model is loaded.
    pub fn labels(&self) -> Arc<[Label]> {
        get(&self.snapshot).map_or_else(|| Vec::new().into(), |snapshot| snapshot.labels)
    }

    /// The times of loading, the first run and the latest run; `None` if no model is loaded.
    pub fn timings(&self) -> Option<Timings> {
        get(&self.snapshot).map(|snapshot| snapshot.timings)
    }

    /// The bytes of all buffers and textures on the GPU; `None` in a browser, which does not report them.
    pub fn bytes_allocated(&self) -> Option<u64> {
        get(&self.gpu).bytes_allocated()
    }

    /// The number of bytes read back from the GPU since it was opened.
    pub fn bytes_read_back(&self) -> u64 {
        get(&self.gpu).bytes_read_back()
    }

    /// Updates the snapshot after the model's algorithms or edits changed.
    pub(super) fn record_model(&self, model: &Model) {
        if let Some(snapshot) = lock(&self.snapshot).as_mut() {
            snapshot.info = Arc::new(model.info());
            snapshot.layers = model.layers().into();
        }
    }

    /// Records the time of a run in milliseconds. Returns whether it was the model's first run.
    pub(super) fn record_run(&self, infer: f64) -> bool {
        let mut snapshot = lock(&self.snapshot);
        let Some(Snapshot { timings, .. }) = snapshot.as_mut() else { return true };
        timings.infer = Some(infer);
        let first_run = timings.first.is_none();
        timings.first.get_or_insert(infer);
        first_run
    }
}
