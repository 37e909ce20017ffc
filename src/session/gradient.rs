//! Gradients of the latest image, and what is made of them: norms by layer, Grad-CAM, Integrated Gradients, and their test by deletion.

use std::ops::ControlFlow;

use super::report::{DeletionCurves, GradientNorm, IntegratedGradients, Progress};
use super::state::{Session, no_model};
use crate::error::Result;
use crate::graph::{Objective, Surgery};
use crate::tensor::HostTensor;

impl Session {
    /// The gradients of `objective` with respect to the values of nodes, or to [`crate::graph::INPUT`], for the latest image, in the
    /// order of `nodes`. The network has these edits, or the current ones with `None`. The current values stay.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Graph`] and
    /// [`crate::Error::Shape`] as [`crate::graph::Graph::gradient`], [`crate::Error::Request`] for an edit that the network does not
    /// permit, [`crate::Error::Gpu`] if the device fails.
    pub async fn gradients(
        &self,
        objective: &Objective,
        nodes: &[impl AsRef<str>],
        edits: Option<&[Surgery]>,
    ) -> Result<Vec<HostTensor>> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.gradients(objective, nodes, edits).await
    }

    /// The Euclidean norms of the gradient of a logit with respect to the output of every convolution and of its value, for the latest
    /// image and a network with these edits instead of the current ones. Layers that the logit does not depend on are left out.
    ///
    /// # Errors
    /// As [`Session::gradients`].
    pub async fn gradient_norms(&self, class: usize, edits: &[Surgery]) -> Result<Vec<GradientNorm>> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.gradient_norms(class, edits).await
    }

    /// The Grad-CAM of a node's value for a logit, one channel of the node's map, for the latest image. The network has these edits, or
    /// the current ones with `None`. The current values stay. Source: Selvaraju et al. 2017.
    ///
    /// # Errors
    /// As [`Session::gradients`].
    pub async fn grad_cam(&self, class: usize, layer: &str, edits: Option<&[Surgery]>) -> Result<HostTensor> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.grad_cam(class, layer, edits).await
    }

    /// Computes the Grad-CAM of a node's value for the logit of a class in every run from now on, for
    /// [`super::OverlayKind::GradCam`], and runs the latest image again. Without a class it is that of the most probable class of each
    /// image; without a layer nothing is computed. A model that is switched to computes none.
    ///
    /// # Errors
    /// As [`Session::gradients`]. The model then computes what it did before.
    pub async fn attribute(&self, layer: Option<&str>, class: Option<usize>) -> Result<()> {
        self.model.lock().await.as_mut().ok_or_else(no_model)?.attribute(layer, class).await
    }

    /// The Integrated Gradients of a logit for the latest image, from a black image, by `steps` gradients. The network has these edits, or
    /// the current ones with `None`. `on_progress` is called after every step and can cancel the measurement, whose result is `None`
    /// then. The current values stay. Source: Sundararajan, Taly & Yan 2017 (arXiv 1703.01365).
    ///
    /// # Errors
    /// As [`Session::gradients`], and [`crate::Error::Request`] for fewer than two steps.
    pub async fn integrated_gradients(
        &self,
        class: usize,
        steps: usize,
        edits: Option<&[Surgery]>,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<IntegratedGradients>> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.integrated_gradients(class, steps, edits, on_progress).await
    }

    /// The probability of a class for the latest image and the current edits when its pixels are deleted, or inserted into the blurred
    /// image, in `steps` steps: the pixels with the largest values of `map`, which has one channel and any size, are first.
    /// `on_progress` is called after every step and can cancel the measurement, whose result is `None` then. The current values stay.
    /// Source: Petsiuk, Das & Saenko 2018 (arXiv 1806.07421).
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Request`] for a class that the
    /// network does not have, a map that is none, or no steps, [`crate::Error::Gpu`] if the device fails.
    pub async fn deletion_curves(
        &self,
        map: &HostTensor,
        class: usize,
        steps: usize,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<DeletionCurves>> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.deletion_curves(map, class, steps, on_progress).await
    }
}
