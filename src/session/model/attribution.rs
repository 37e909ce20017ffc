//! The Grad-CAM that the runs of a model compute.

use crate::error::Result;
use crate::graph::{Graph, Objective};

/// What the runs of a model compute the Grad-CAM of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribution {
    /// A node.
    pub layer: String,
    /// The class of the logit; `None` for the most probable one of each image.
    pub class: Option<usize>,
}

impl Attribution {
    /// The graph followed by the nodes of the Grad-CAM.
    ///
    /// # Errors
    /// As [`Graph::grad_cam`].
    pub fn extend(&self, graph: &Graph) -> Result<Graph> {
        let node = graph.nodes()[graph.output()].name.clone();
        graph.grad_cam(&Objective { node, channel: self.class, position: None }, &self.layer)
    }
}
