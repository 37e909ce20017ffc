//! The network of the file with edits: a graph and the parameters that it runs with.

use std::sync::Arc;

use crate::error::Result;
use crate::gpu::{Gpu, Parameters};
use crate::graph::{Graph, Node, Randomised, Surgery};
use crate::ops::ParameterValues;
use crate::weights::initial_parameters;

/// A graph and its parameters on the GPU. Networks with the same parameters share them.
#[derive(Debug, Clone)]
pub(super) struct Network {
    pub graph: Graph,
    pub parameters: Arc<Parameters>,
    randomised: Option<Randomised>,
}

impl Network {
    /// The network of a file.
    pub fn new(graph: Graph, parameters: Parameters) -> Self {
        Self { graph, parameters: shared(parameters), randomised: None }
    }

    /// The loaded network with these edits.
    ///
    /// # Errors
    /// [`crate::Error::Request`] for an edit that the network does not permit, [`crate::Error::Gpu`] if the device cannot hold
    /// parameters that are drawn anew.
    pub fn edited(&self, gpu: &Gpu, edits: &[Surgery]) -> Result<Self> {
        let graph = self.graph.edit(edits)?;
        let randomised = Randomised::of(&self.graph, edits)?;
        let mut parameters = self.parameters.clone();
        if let Some(randomised) = &randomised {
            let mut own = self.parameters.share();
            for node in self.graph.nodes().iter().filter(|node| randomised.contains(node)) {
                own.insert(gpu, &self.graph, &node.name, &initial_parameters(node, randomised.seed))?;
            }
            parameters = shared(own);
        }
        Ok(Self { graph, parameters, randomised })
    }

    /// The same network with another graph of its parameters.
    pub fn with_graph(&self, graph: Graph) -> Self {
        Self { graph, ..self.clone() }
    }

    /// The parameters of a node if they are not those of the file.
    pub fn own_parameters(&self, node: &Node) -> Option<ParameterValues> {
        self.randomised
            .filter(|randomised| randomised.contains(node))
            .map(|Randomised { seed, .. }| initial_parameters(node, seed))
    }
}

/// Parameters with several owners.
#[cfg_attr(
    target_arch = "wasm32",
    expect(clippy::arc_with_non_send_sync, reason = "parameters are shared between threads natively only")
)]
fn shared(parameters: Parameters) -> Arc<Parameters> {
    Arc::new(parameters)
}
