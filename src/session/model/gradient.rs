//! Backward passes: the current network extended by the nodes of gradients.

use super::Model;
use crate::error::Result;
use crate::gpu::residual_sums;
use crate::graph::{INPUT, Objective, Surgery, grad_cam_name, gradient_name};
use crate::lens::ResidualSums;
use crate::ops::Role;
use crate::session::report::GradientNorm;
use crate::tensor::HostTensor;

/// What the calls are named in errors.
const WHAT: &str = "the gradient";

impl Model {
    /// See [`crate::Session::gradients`].
    ///
    /// # Errors
    /// As there.
    pub async fn gradients(&mut self, objective: &Objective, nodes: &[impl AsRef<str>]) -> Result<Vec<HostTensor>> {
        let graph = self.graph.gradient(objective, nodes)?;
        let names: Vec<String> = nodes.iter().map(|node| gradient_name(node.as_ref())).collect();
        let (executable, _) = self.run_once(WHAT, &graph, &names).await?;
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
        let network = self.loaded.edit(edits)?;
        let logits = network.nodes()[network.output()].name.clone();
        let convolutions = network.dependencies(&logits)?.into_iter().filter(|name| {
            *name != INPUT
                && network.find(name).is_ok_and(|index| network.nodes()[index].op.role() == Role::Convolution)
        });
        let nodes: Vec<String> = convolutions.map(str::to_owned).collect();
        let graph = network.gradient(&Objective::channel(logits, class), &nodes)?;
        let observed: Vec<String> = nodes.iter().flat_map(|node| [gradient_name(node), node.clone()]).collect();
        let (executable, _) = self.run_once(WHAT, &graph, &observed).await?;
        let pair = |node: &String| Ok((executable.activation(&gradient_name(node))?, executable.activation(node)?));
        let pairs: Vec<_> = nodes.iter().map(pair).collect::<Result<_>>()?;
        let sums = residual_sums(&self.gpu, &pairs).await?;
        let norm = |(node, sums): (String, ResidualSums)| GradientNorm {
            node,
            gradient: sums.branch.sqrt(),
            value: sums.shortcut.sqrt(),
        };
        Ok(nodes.into_iter().zip(sums).map(norm).collect())
    }

    /// See [`crate::Session::grad_cam`].
    ///
    /// # Errors
    /// As there.
    pub async fn grad_cam(&mut self, class: usize, layer: &str) -> Result<HostTensor> {
        let logits = self.graph.nodes()[self.graph.output()].name.clone();
        let graph = self.graph.grad_cam(&Objective::channel(logits, class), layer)?;
        let name = grad_cam_name(layer);
        let (executable, _) = self.run_once(WHAT, &graph, &[&name]).await?;
        executable.read(&name).await
    }
}
