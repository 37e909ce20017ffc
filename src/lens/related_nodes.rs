//! The places around a node where one may want to look: before and after each step of its convolution or of its block's sum.

use serde::Serialize;

use crate::error::Result;
use crate::graph::{Graph, Node, Value};
use crate::ops::Role;

/// A node and what it shows of the place in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelatedNode {
    /// The node to observe.
    pub name: String,
    /// What it shows, as in `after BN`.
    pub label: String,
}

/// The taps around a node, in order of execution: of a convolution before and after its normalisation and after its rectifier;
/// of a sum its two sides F(x) and x, itself, and what its rectifier leaves. Any other node is its own only tap.
///
/// # Errors
/// [`crate::Error::Graph`] when there is no such node.
pub fn related_nodes(graph: &Graph, node: &str) -> Result<Vec<RelatedNode>> {
    let asked = graph.find(node)?;
    let root = root(graph, asked);
    let mut found = Vec::new();
    let mut tap = |node: usize, label: &str| {
        found.push(RelatedNode { name: graph.nodes()[node].name.clone(), label: label.to_owned() });
    };
    let after = |activation: usize| format!("after {}", graph.nodes()[activation].op.kind());
    match graph.nodes()[root].op.role() {
        Role::Convolution => {
            tap(root, "before BN");
            let norm = follower(graph, root, Role::Norm);
            if let Some(norm) = norm {
                tap(norm, "after BN");
            }
            if let Some(activation) = follower(graph, norm.unwrap_or(root), Role::Activation) {
                tap(activation, &after(activation));
            }
        }
        Role::Add => {
            // The builder of a block gives the residual function first and the shortcut second.
            for (value, [plain, projected]) in
                graph.nodes()[root].inputs.iter().zip([["F(x)"; 2], ["x", "projected x"]])
            {
                if let Value::Node(side) = value {
                    let label = if graph.nodes()[*side].op.role() == Role::Norm { projected } else { plain };
                    tap(*side, label);
                }
            }
            tap(root, "sum");
            if let Some(activation) = follower(graph, root, Role::Activation) {
                tap(activation, &after(activation));
            }
        }
        _ => tap(asked, "output"),
    }
    Ok(found)
}

/// The convolution or sum that a node finishes: itself, or what its normalisation and its rectifier stand behind.
pub(crate) fn root(graph: &Graph, node: usize) -> usize {
    let Node { op, inputs, .. } = &graph.nodes()[node];
    match (op.role(), inputs.first()) {
        (Role::Norm | Role::Activation, Some(Value::Node(source))) => root(graph, *source),
        _ => node,
    }
}

/// The first consumer of `node` with this role.
fn follower(graph: &Graph, node: usize, role: Role) -> Option<usize> {
    (node + 1..graph.nodes().len()).find(|next| {
        let Node { op, inputs, .. } = &graph.nodes()[*next];
        inputs.contains(&Value::Node(node)) && op.role() == role
    })
}
