//! Fusion: which nodes run, and which of them share a dispatch.

use std::collections::BTreeSet;

use super::algorithm_selection::AlgorithmSelection;
use super::combine::{Candidates, Combination};
use super::step::BufferRef;
use crate::graph::{Graph, ValueRef};
use crate::ops::{Activation, Epilogue, EpiloguePart, Op};
use crate::shape::Shape;

/// Nodes that are computed together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// Those of the operator that is lowered, then the nodes fused into its epilogue, in order.
    pub nodes: Vec<usize>,
    /// The operator that is lowered: that of the first node, or one that computes several nodes.
    pub op: Op,
    /// Its inputs.
    pub inputs: Vec<ValueRef>,
    /// The shape of its output.
    pub shape: Shape,
    /// The fused batch normalisation.
    pub norm: Option<usize>,
    /// The other operand of the fused addition.
    pub residual: Option<ValueRef>,
    activation: Option<Activation>,
    /// The parameters of an operator that computes several nodes; empty for others.
    parameters: Vec<(&'static str, usize, &'static str)>,
}

impl Group {
    fn new(graph: &Graph, anchor: usize) -> Self {
        let node = &graph.nodes()[anchor];
        Self {
            nodes: vec![anchor],
            op: node.op.clone(),
            inputs: node.inputs.clone(),
            shape: node.shape,
            norm: None,
            residual: None,
            activation: None,
            parameters: Vec::new(),
        }
    }

    fn combined(graph: &Graph, combination: Combination) -> Self {
        let Combination { op, nodes, inputs, parameters } = combination;
        let shape = graph.nodes()[nodes[nodes.len() - 1]].shape;
        Self { nodes, op, inputs, shape, norm: None, residual: None, activation: None, parameters }
    }

    /// The node whose value is stored.
    pub fn result(&self) -> usize {
        self.nodes[self.nodes.len() - 1]
    }

    /// The [`crate::graph::Node::parameters`] of an operator that is a node's own.
    pub fn owner(&self, graph: &Graph) -> usize {
        graph.nodes()[self.nodes[0]].parameters
    }

    /// The buffer of a packed parameter of the operator.
    pub fn parameter(&self, graph: &Graph, name: &'static str) -> BufferRef {
        let found = self.parameters.iter().find(|(own, ..)| *own == name);
        found.map_or(BufferRef::Parameter(self.owner(graph), name), |(_, node, theirs)| {
            BufferRef::Parameter(graph.nodes()[*node].parameters, theirs)
        })
    }

    /// The shapes of the operator's inputs.
    pub fn input_shapes(&self, graph: &Graph) -> Vec<Shape> {
        self.inputs.iter().map(|value| graph.shape(*value)).collect()
    }

    pub fn epilogue(&self) -> Epilogue {
        Epilogue { norm: self.norm.is_some(), residual: self.residual.is_some(), activation: self.activation }
    }
}

/// Groups of the nodes that the observed nodes depend on, in order of execution. `selection` decides which operators may compute
/// several nodes.
///
/// An addition is fused into the operand that is computed last, because the other one must already be stored.
pub(super) fn groups(graph: &Graph, observed: &BTreeSet<usize>, selection: &AlgorithmSelection) -> Vec<Group> {
    let needed = graph.depended_on(observed.iter().copied());
    let consumers = graph.consumers();
    let mut groups = Vec::new();
    let mut stored = vec![false; graph.nodes().len()];
    let mut fused = vec![false; graph.nodes().len()];
    // The only consumer of a value, unless the value itself is observed.
    let successor = |node: usize| {
        let live: Vec<usize> = consumers[node].iter().copied().filter(|node| needed[*node]).collect();
        match live[..] {
            [only] if !observed.contains(&node) => Some(only),
            _ => None,
        }
    };
    for (index, node) in graph.nodes().iter().enumerate() {
        if fused[index] || !needed[index] {
            continue;
        }
        if node.op.is_view() {
            stored[index] = true;
            continue;
        }
        let candidates = Candidates { graph, selection, successor: &successor, stored: &stored };
        let combination = candidates.starting_at(index);
        let mut group =
            combination.map_or_else(|| Group::new(graph, index), |combination| Group::combined(graph, combination));
        while let Some(candidate) = successor(group.result()) {
            if !absorb(graph, &mut group, candidate, &stored) {
                break;
            }
        }
        group.nodes.iter().for_each(|node| fused[*node] = true);
        stored[group.result()] = true;
        groups.push(group);
    }
    groups
}

/// Adds `candidate` to the group if the epilogue `activation(sum * scale + shift + residual)` can still apply it in that order.
fn absorb(graph: &Graph, group: &mut Group, candidate: usize, stored: &[bool]) -> bool {
    let node = &graph.nodes()[candidate];
    let Some(part) = node.op.epilogue_part().filter(|part| group.op.absorbs(*part)) else { return false };
    let bare = group.residual.is_none() && group.activation.is_none();
    match part {
        EpiloguePart::Norm if bare && group.norm.is_none() => group.norm = Some(candidate),
        EpiloguePart::Residual if bare => {
            let last = ValueRef::Node(group.result());
            let Some(other) = node.inputs.iter().copied().find(|value| *value != last) else { return false };
            let ready = matches!(other, ValueRef::Input) || matches!(other, ValueRef::Node(index) if stored[index]);
            if !ready {
                return false;
            }
            group.residual = Some(other);
        }
        EpiloguePart::Activation(activation) if group.activation.is_none() => group.activation = Some(activation),
        _ => return false,
    }
    group.nodes.push(candidate);
    true
}
