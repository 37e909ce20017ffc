//! From a weight file to the model in use.

use std::sync::Arc;

use web_time::Instant;

use super::model::Model;
use super::report::{LayerInfo, ModelInfo, Timings};
use super::request::CanvasRole;
use super::{Session, Told, guarded, milliseconds, set};
use crate::card::ModelCard;
use crate::error::Result;
use crate::weights::{ByteSource, Keepable};

/// How far a model is, for whoever watches it arrive.
#[derive(Debug, Clone, Copy)]
pub enum LoadProgress<'a> {
    /// The network is recognised: its nodes in order of execution.
    Recognised(&'a [LayerInfo]),
    /// The parameters of the node of this name are on the GPU; nodes without any are not told of.
    Ready(&'a str),
}

/// A model that is complete and not in use yet.
#[derive(Debug)]
pub struct PreparedModel {
    model: Model,
    load: f64,
}

impl Session {
    /// Reads a weight file tensor by tensor, recognises the network and makes it ready to run. The model loaded before stays
    /// until this one is complete, and altogether when it fails.
    ///
    /// # Errors
    /// [`crate::Error::Weights`], [`crate::Error::Card`], [`crate::Error::Shape`] or [`crate::Error::Gpu`].
    pub async fn load(&self, source: impl ByteSource + Keepable, card: ModelCard) -> Result<ModelInfo> {
        let prepared = self.prepare(source, card, &mut |_| ()).await?;
        self.switch_to(prepared).await
    }

    /// The longer half of [`Session::load`]: makes the model ready while the one before goes on answering, and tells how far
    /// it is. Parameters are read in the order of the file, so that one that is still arriving is waited for tensor by tensor.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub async fn prepare(
        &self,
        source: impl ByteSource + Keepable,
        card: ModelCard,
        tell: &mut dyn FnMut(LoadProgress<'_>),
    ) -> Result<PreparedModel> {
        let started = Instant::now();
        let gpu = guarded(&self.gpu);
        let (precision, times) = (guarded(&self.precision), guarded(&self.times));
        let model = Model::load(&gpu, source, card, precision, &times, tell).await?;
        Ok(PreparedModel { model, load: milliseconds(started) })
    }

    /// The other half: from now on this is the model.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails; the model before is then still in use.
    pub async fn switch_to(&self, prepared: PreparedModel) -> Result<ModelInfo> {
        let started = Instant::now();
        let PreparedModel { mut model, load } = prepared;
        self.forget_tuner().await;
        let mut current = self.model.lock().await;
        if self.canvases.lock().await.has(CanvasRole::Map) {
            model.keep_map().await?;
        }
        set(&self.gpu, model.gpu().clone());
        let info = model.info();
        let timings = Timings { load: load + milliseconds(started), first: None, infer: None };
        let told = Told {
            info: Arc::new(info.clone()),
            layers: model.layers().into(),
            labels: model.labels().clone(),
            timings,
        };
        *current = Some(model);
        set(&self.told, Some(told));
        Ok(info)
    }
}
