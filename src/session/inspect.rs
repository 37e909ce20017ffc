//! Observing nodes and reading their values.

use std::ops::ControlFlow;

use super::state::{Session, no_model};
use crate::error::Result;
use crate::gpu::{DispatchTime, ProfileProgress};
use crate::lens::{Histogram, RelatedNode, Statistics, related_nodes};
use crate::tensor::HostTensor;

impl Session {
    /// Observes exactly these nodes: their values stay readable after a run. Each observed node needs memory and prevents fusion
    /// with the node that follows.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Graph`] if the network has no node of a name,
    /// [`crate::Error::Gpu`] if the device fails.
    pub async fn observe(&self, nodes: &[impl AsRef<str>]) -> Result<()> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.observe(nodes).await
    }

    /// Runs the latest image again if the observed nodes have changed since. Without an image it does nothing.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Gpu`] if the device fails.
    pub async fn refresh(&self) -> Result<()> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.refresh().await
    }

    /// The value of a node for the latest image, NCHW. If the node is not observed yet, it is observed and the image is run again.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Graph`] if the network has no
    /// such node, [`crate::Error::Gpu`] if the device fails.
    pub async fn feature_map(&self, node: &str) -> Result<HostTensor> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.feature_map(node).await
    }

    /// The statistics of an observed node's value for the latest image.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] if the network has no such node, [`crate::Error::State`] if it is not observed or no image has been
    /// classified since, [`crate::Error::Gpu`] if the device fails.
    pub async fn statistics(&self, node: &str) -> Result<Statistics> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.inspect(node).await?.statistics.read().await
    }

    /// A histogram of one channel of an observed node.
    ///
    /// # Errors
    /// As [`Session::statistics`], and [`crate::Error::Request`] if the node has no such channel or `bins` is not between 1 and
    /// 4096.
    pub async fn histogram(&self, node: &str, channel: usize, bins: usize) -> Result<Histogram> {
        let mut guard = self.model.lock().await;
        let node = guard.as_mut().ok_or_else(no_model)?.inspect(node).await?;
        Histogram::new(&node.activation.read_channel(channel).await?, bins)
    }

    /// The class activation map of a class for the latest image: one channel.
    ///
    /// # Errors
    /// As [`Session::draw_overlay`].
    pub async fn class_activation_map(&self, class: usize) -> Result<HostTensor> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.class_activation_map(class).await?.map().read().await
    }

    /// The nodes before and after each step of a node's convolution or residual addition, in the network without edits.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Graph`] if the network has no such node.
    pub async fn related_nodes(&self, node: &str) -> Result<Vec<RelatedNode>> {
        let guard = self.model.lock().await;
        related_nodes(guard.as_ref().ok_or_else(no_model)?.loaded(), node)
    }

    /// Measures the GPU time of every dispatch separately, in order. Takes several times as long as a run. `on_progress` is called after
    /// every dispatch and can cancel the measurement, whose result is `None` then.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Gpu`] if the device fails or lacks the feature
    /// `timestamp-query`.
    pub async fn profile(
        &self,
        on_progress: &mut dyn FnMut(ProfileProgress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<DispatchTime>>> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.profile(on_progress).await
    }
}
