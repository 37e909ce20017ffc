//! Backward passes: a network of the model extended by the nodes of gradients.

use super::Model;
use super::network::Network;
use crate::error::Result;
use crate::graph::{Objective, Surgery, grad_cam_name, gradient_name};
use crate::session::gradient_norms::{ConvolutionGradients, convolution_gradients};
use crate::session::report::GradientNorm;
use crate::tensor::HostTensor;

/// What the calls are named in errors.
const WHAT: &str = "the gradient";

impl Model {
    /// See [`crate::Session::gradients`].
    ///
    /// # Errors
    /// As there.
    pub async fn gradients(
        &mut self,
        objective: &Objective,
        nodes: &[impl AsRef<str>],
        edits: Option<&[Surgery]>,
    ) -> Result<Vec<HostTensor>> {
        let network = self.network_with(edits)?;
        let network = network.with_graph(network.graph.gradient(objective, nodes)?);
        let names: Vec<String> = nodes.iter().map(|node| gradient_name(node.as_ref())).collect();
        let (executable, _) = self.run_once(WHAT, &network, &names).await?;
        let mut values = Vec::with_capacity(names.len());
        for name in &names {
            values.push(executable.read(name).await?);
        }
        Ok(values)
    }

    /// See [`crate::Session::gradient_norms`].
    ///
    /// # Errors
    /// As there.
    pub async fn gradient_norms(&mut self, class: usize, edits: &[Surgery]) -> Result<Vec<GradientNorm>> {
        let network = self.network_with(Some(edits))?;
        let gradients = convolution_gradients(&network.graph, class)?;
        let ConvolutionGradients { graph, observed, .. } = &gradients;
        let (executable, _) = self.run_once(WHAT, &network.with_graph(graph.clone()), observed).await?;
        gradients.norms(&executable).await
    }

    /// See [`crate::Session::grad_cam`].
    ///
    /// # Errors
    /// As there.
    pub async fn grad_cam(&mut self, class: usize, layer: &str, edits: Option<&[Surgery]>) -> Result<HostTensor> {
        let network = self.network_with(edits)?;
        let logits = network.graph.nodes()[network.graph.output()].name.clone();
        let graph = network.graph.grad_cam(&Objective::channel(logits, class), layer)?;
        let name = grad_cam_name(layer);
        let (executable, _) = self.run_once(WHAT, &network.with_graph(graph), &[&name]).await?;
        executable.read(&name).await
    }

    /// The network with these edits; the current one for `None`.
    ///
    /// # Errors
    /// As [`Network::edited`].
    pub(super) fn network_with(&self, edits: Option<&[Surgery]>) -> Result<Network> {
        match edits {
            Some(edits) => self.loaded.edited(&self.gpu, edits),
            None => Ok(self.network.clone()),
        }
    }
}
