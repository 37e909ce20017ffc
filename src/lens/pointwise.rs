//! The terms of a 1x1 convolution or linear layer at one position: what each input channel contributes to an output value.

use serde::Serialize;

use super::related_nodes::main_node;
use crate::graph::{Graph, ValueRef};
use crate::ops::{Role, Window};

/// The contribution of one input channel to a dot product.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Term {
    /// The input channel.
    pub channel: usize,
    /// Its value.
    pub value: f32,
    /// The weight from this channel to the output channel.
    pub weight: f32,
    /// `value * weight`.
    pub product: f32,
}

/// The 1x1 convolution or linear layer whose value a node holds, directly or after its normalisation and activation, and the input
/// of that layer. `None` for other nodes and for convolutions with padding or groups.
pub fn pointwise(graph: &Graph, node: usize) -> Option<(usize, ValueRef)> {
    let layer = main_node(graph, node);
    let node = &graph.nodes()[layer];
    let input = *node.inputs.first()?;
    let found = match (node.op.role(), node.op.window()) {
        (Role::Linear, _) => true,
        (Role::Convolution, Some(Window { kernel, padding, .. })) => {
            let ungrouped = node.op.parameters().iter().any(|weight| weight.dims.get(1) == Some(&graph.shape(input).c));
            kernel == [1, 1] && padding == [0, 0] && ungrouped
        }
        _ => false,
    };
    found.then_some((layer, input))
}

/// The terms of the dot product of `values` and the `weights` of one output channel, by descending magnitude of the product.
pub fn terms(values: &[f32], weights: &[f32]) -> Vec<Term> {
    let pairs = values.iter().zip(weights).enumerate();
    let term = |(channel, (value, weight)): (usize, (&f32, &f32))| Term {
        channel,
        value: *value,
        weight: *weight,
        product: value * weight,
    };
    let mut terms: Vec<Term> = pairs.map(term).collect();
    terms.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
    terms
}
