//! The places around a node where one may want to look: before and after each step of its convolution or of its block's sum.

use serde::Serialize;

use crate::error::Result;
use crate::graph::{Graph, Node, Value};
use crate::ops::Op;

/// A node and what it shows of the place in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelatedNode {
    /// The node to observe.
    pub name: String,
    /// What it shows, as in `after BN`.
    pub label: &'static str,
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
    let mut tap = |node: usize, label| found.push(RelatedNode { name: graph.nodes()[node].name.clone(), label });
    match &graph.nodes()[root].op {
        Op::Conv2d(_) => {
            tap(root, "before BN");
            let norm = follower(graph, root, |op| matches!(op, Op::BatchNorm2d(_)));
            if let Some(norm) = norm {
                tap(norm, "after BN");
            }
            if let Some(relu) = follower(graph, norm.unwrap_or(root), |op| matches!(op, Op::Relu(_))) {
                tap(relu, "after ReLU");
            }
        }
        Op::Add(_) => {
            // The builder of a block gives the residual function first and the shortcut second.
            for (value, [plain, projected]) in
                graph.nodes()[root].inputs.iter().zip([["F(x)"; 2], ["x", "projected x"]])
            {
                if let Value::Node(side) = value {
                    let label = if matches!(graph.nodes()[*side].op, Op::BatchNorm2d(_)) { projected } else { plain };
                    tap(*side, label);
                }
            }
            tap(root, "sum");
            if let Some(relu) = follower(graph, root, |op| matches!(op, Op::Relu(_))) {
                tap(relu, "after ReLU");
            }
        }
        _ => tap(asked, "output"),
    }
    Ok(found)
}

/// The convolution or sum that a node finishes: itself, or what its normalisation and its rectifier stand behind.
pub(crate) fn root(graph: &Graph, node: usize) -> usize {
    let Node { op, inputs, .. } = &graph.nodes()[node];
    match (op, inputs.first()) {
        (Op::BatchNorm2d(_) | Op::Relu(_), Some(Value::Node(source))) => root(graph, *source),
        _ => node,
    }
}

/// The only kind of node behind `node` that `wanted` describes.
fn follower(graph: &Graph, node: usize, wanted: impl Fn(&Op) -> bool) -> Option<usize> {
    (node + 1..graph.nodes().len()).find(|next| {
        let Node { op, inputs, .. } = &graph.nodes()[*next];
        inputs.contains(&Value::Node(node)) && wanted(op)
    })
}
