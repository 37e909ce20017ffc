//! The intermediate values around a node: before and after each step of a convolution or of a residual addition.

use serde::Serialize;

use crate::error::Result;
use crate::graph::{Graph, Node, ValueRef};
use crate::ops::Role;

/// A node and the label of its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelatedNode {
    /// The node to observe.
    pub name: String,
    /// The value, as in `after BN`.
    pub label: String,
}

/// The nodes around `node` in order of execution. For a convolution: itself, its normalisation and its activation. For an
/// addition: its operands F(x) and x, itself and its activation. Any other node is returned alone.
///
/// # Errors
/// [`crate::Error::Graph`] if the graph has no such node.
pub fn related_nodes(graph: &Graph, node: &str) -> Result<Vec<RelatedNode>> {
    let node = graph.find(node)?;
    let main = main_node(graph, node);
    let related =
        |node: usize, label: &str| RelatedNode { name: graph.nodes()[node].name.clone(), label: label.to_owned() };
    let activated = |node: usize| {
        let activation = consumer(graph, node, Role::Activation)?;
        Some(related(activation, &format!("after {}", graph.nodes()[activation].op.kind())))
    };
    let mut found = Vec::new();
    match graph.nodes()[main].op.role() {
        Role::Convolution => {
            found.push(related(main, "before BN"));
            let norm = consumer(graph, main, Role::Norm);
            found.extend(norm.map(|norm| related(norm, "after BN")));
            found.extend(activated(norm.unwrap_or(main)));
        }
        Role::Add => {
            found.extend(operands(graph, main).map(|(operand, label)| related(operand, label)));
            found.push(related(main, "sum"));
            found.extend(activated(main));
        }
        _ => found.push(related(node, "output")),
    }
    Ok(found)
}

/// The operands of an addition with their labels. A residual block adds the residual function first and the shortcut second.
fn operands(graph: &Graph, add: usize) -> impl Iterator<Item = (usize, &'static str)> {
    let labels = [["F(x)"; 2], ["x", "projected x"]];
    graph.nodes()[add].inputs.iter().zip(labels).filter_map(|(input, [plain, projected])| {
        let ValueRef::Node(operand) = input else { return None };
        let label = if graph.nodes()[*operand].op.role() == Role::Norm { projected } else { plain };
        Some((*operand, label))
    })
}

/// The node that a chain of normalisation and activation follows, usually a convolution or an addition; `node` itself if it is
/// neither normalisation nor activation.
pub(super) fn main_node(graph: &Graph, node: usize) -> usize {
    let Node { op, inputs, .. } = &graph.nodes()[node];
    match (op.role(), inputs.first()) {
        (Role::Norm | Role::Activation, Some(ValueRef::Node(source))) => main_node(graph, *source),
        _ => node,
    }
}

/// The first consumer of `node` with this role.
fn consumer(graph: &Graph, node: usize, role: Role) -> Option<usize> {
    (node + 1..graph.nodes().len()).find(|next| {
        let Node { op, inputs, .. } = &graph.nodes()[*next];
        inputs.contains(&ValueRef::Node(node)) && op.role() == role
    })
}
