//! Loading a model and switching to it.

use std::sync::Arc;

use web_time::Instant;

use super::model::Model;
use super::progress::LoadProgress;
use super::report::{ModelInfo, Timings};
use super::request::CanvasRole;
use super::state::{Session, Snapshot, get, milliseconds_since, set};
use crate::card::ModelCard;
use crate::error::Result;
use crate::weights::{ByteSource, MaybeSendSync};

/// A model that is ready to run but not yet the session's current model.
#[derive(Debug)]
pub struct PreparedModel {
    pub(super) model: Model,
    load: f64,
}

impl Session {
    /// Loads a weight file and makes it the current model: [`Session::prepare`], then [`Session::switch_to`]. The previous model
    /// stays in use until the new one is complete, or if loading fails.
    ///
    /// # Errors
    /// [`crate::Error::Weights`], [`crate::Error::Card`], [`crate::Error::Shape`] or [`crate::Error::Gpu`].
    pub async fn load(&self, source: impl ByteSource + MaybeSendSync, card: ModelCard) -> Result<ModelInfo> {
        let prepared = self.prepare(source, card, &mut |_| ()).await?;
        self.switch_to(prepared).await
    }

    /// Reads a weight file tensor by tensor, recognises the network and makes it ready to run. The current model can be used
    /// meanwhile. Tensors are read in the order of the file, so a file that is still being downloaded can be prepared.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub async fn prepare(
        &self,
        source: impl ByteSource + MaybeSendSync,
        card: ModelCard,
        on_progress: &mut dyn FnMut(LoadProgress<'_>),
    ) -> Result<PreparedModel> {
        let started = Instant::now();
        let gpu = get(&self.gpu);
        let (precision, table) = (get(&self.precision), get(&self.tuning_table));
        let model = Model::load(&gpu, source, card, precision, &table, on_progress).await?;
        Ok(PreparedModel { model, load: milliseconds_since(started) })
    }

    /// Makes a prepared model the current one.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] if the device fails. The previous model then stays in use.
    pub async fn switch_to(&self, prepared: PreparedModel) -> Result<ModelInfo> {
        let started = Instant::now();
        let PreparedModel { mut model, load } = prepared;
        self.discard_tuner().await;
        self.end_visualisation().await;
        let mut current = self.model.lock().await;
        if self.canvases.lock().await.contains(CanvasRole::Map) {
            model.enable_thumbnails().await?;
        }
        set(&self.gpu, model.gpu().clone());
        let info = model.info();
        let snapshot = Snapshot {
            info: Arc::new(info.clone()),
            layers: model.layers().into(),
            labels: model.labels().clone(),
            timings: Timings { load: load + milliseconds_since(started), first: None, infer: None },
        };
        *current = Some(model);
        set(&self.snapshot, Some(snapshot));
        Ok(info)
    }
}
