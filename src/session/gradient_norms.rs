//! Norms of gradients at all convolutions of a network.

use super::report::GradientNorm;
use crate::error::Result;
use crate::gpu::{Executable, residual_sums};
use crate::graph::{Graph, INPUT, Objective, gradient_name};
use crate::lens::ResidualSums;
use crate::ops::Role;

/// A network with the gradients of a logit with respect to the output of every convolution that the logit depends on.
pub(super) struct ConvolutionGradients {
    /// The network and the nodes of the gradients.
    pub graph: Graph,
    /// What the plan has to observe.
    pub observed: Vec<String>,
    convolutions: Vec<String>,
}

/// The gradients of the logit of `class`.
///
/// # Errors
/// As [`Graph::gradient`].
pub(super) fn convolution_gradients(network: &Graph, class: usize) -> Result<ConvolutionGradients> {
    let logits = network.nodes()[network.output()].name.clone();
    let is_convolution =
        |name: &str| network.find(name).is_ok_and(|index| network.nodes()[index].op.role() == Role::Convolution);
    let convolutions = network.dependencies(&logits)?.into_iter().filter(|name| *name != INPUT && is_convolution(name));
    let convolutions: Vec<String> = convolutions.map(str::to_owned).collect();
    let graph = network.gradient(&Objective::channel(logits, class), &convolutions)?;
    let observed = convolutions.iter().flat_map(|node| [gradient_name(node), node.clone()]).collect();
    Ok(ConvolutionGradients { graph, observed, convolutions })
}

impl ConvolutionGradients {
    /// The norms in the latest run of the graph.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] if the device fails.
    pub async fn norms(self, executable: &Executable) -> Result<Vec<GradientNorm>> {
        let pair = |node: &String| Ok((executable.activation(&gradient_name(node))?, executable.activation(node)?));
        let pairs: Vec<_> = self.convolutions.iter().map(pair).collect::<Result<_>>()?;
        let sums = residual_sums(executable.gpu(), &pairs).await?;
        let norm = |(node, sums): (String, ResidualSums)| GradientNorm {
            node,
            gradient: sums.branch.sqrt(),
            value: sums.shortcut.sqrt(),
        };
        Ok(self.convolutions.into_iter().zip(sums).map(norm).collect())
    }
}
