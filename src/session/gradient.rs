//! Gradients of the latest image: values, norms by layer, and Grad-CAM.

use super::report::GradientNorm;
use super::state::{Session, no_model};
use crate::error::Result;
use crate::graph::{Objective, Surgery};
use crate::tensor::HostTensor;

impl Session {
    /// The gradients of `objective` with respect to the values of nodes, or to [`crate::graph::INPUT`], for the latest image and the
    /// current edits, in the order of `nodes`. The current values stay.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Graph`] and
    /// [`crate::Error::Shape`] as [`crate::graph::Graph::gradient`], [`crate::Error::Gpu`] if the device fails.
    pub async fn gradients(&self, objective: &Objective, nodes: &[impl AsRef<str>]) -> Result<Vec<HostTensor>> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.gradients(objective, nodes).await
    }

    /// The Euclidean norms of the gradient of a logit with respect to the output of every convolution and of its value, for the latest
    /// image and a network with these edits instead of the current ones. Layers that the logit does not depend on are left out.
    ///
    /// # Errors
    /// As [`Session::gradients`], and [`crate::Error::Request`] for an edit that the network does not permit.
    pub async fn gradient_norms(&self, class: usize, edits: &[Surgery]) -> Result<Vec<GradientNorm>> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.gradient_norms(class, edits).await
    }

    /// The Grad-CAM of a node's value for a logit, one channel of the node's map, for the latest image and the current edits. The
    /// current values stay. Source: Selvaraju et al. 2017.
    ///
    /// # Errors
    /// As [`Session::gradients`].
    pub async fn grad_cam(&self, class: usize, layer: &str) -> Result<HostTensor> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.grad_cam(class, layer).await
    }
}
