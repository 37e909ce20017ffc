//! Layers whose parameters are drawn anew.

use super::surgery::Surgery;
use super::{Graph, Node};
use crate::error::Result;

/// The layers whose parameters [`Surgery::Randomise`] replaces: one node and all that follow it in the loaded graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Randomised {
    /// The index of the first one in the loaded graph.
    from: usize,
    /// Equal seeds give equal parameters.
    pub seed: u64,
}

impl Randomised {
    /// Of the loaded graph by a list of edits, of which the last one of this kind counts; `None` if there is none.
    ///
    /// # Errors
    /// [`crate::Error::Request`] if the graph has no such node.
    pub fn of(graph: &Graph, edits: &[Surgery]) -> Result<Option<Self>> {
        let mut found = None;
        for edit in edits {
            if let Surgery::Randomise { node, seed } = edit {
                found = Some(Self { from: edit.find_node(graph, node)?, seed: u64::from(*seed) });
            }
        }
        Ok(found)
    }

    /// Whether the parameters of a node of the edited or the loaded graph are drawn anew.
    pub fn contains(&self, node: &Node) -> bool {
        node.parameters >= self.from
    }
}
