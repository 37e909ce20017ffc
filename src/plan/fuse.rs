//! Fusion: which nodes run, and which of them share a dispatch.

use std::collections::BTreeSet;

use crate::graph::{Graph, ValueRef};
use crate::ops::{Activation, Epilogue, EpiloguePart};

/// Nodes that are computed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The node that is lowered, then the nodes fused into its epilogue, in order.
    pub nodes: Vec<usize>,
    /// The fused batch normalisation.
    pub norm: Option<usize>,
    /// The other operand of the fused addition.
    pub residual: Option<ValueRef>,
    activation: Option<Activation>,
}

impl Group {
    fn new(anchor: usize) -> Self {
        Self { nodes: vec![anchor], norm: None, residual: None, activation: None }
    }

    /// The node that is lowered.
    pub fn anchor(&self) -> usize {
        self.nodes[0]
    }

    /// The node whose value is stored.
    pub fn result(&self) -> usize {
        self.nodes[self.nodes.len() - 1]
    }

    pub fn epilogue(&self) -> Epilogue {
        Epilogue { norm: self.norm.is_some(), residual: self.residual.is_some(), activation: self.activation }
    }
}

/// Groups of the nodes that the observed nodes depend on, in order of execution.
///
/// An addition is fused into the operand that is computed last, because the other one must already be stored.
pub(super) fn groups(graph: &Graph, observed: &BTreeSet<usize>) -> Vec<Group> {
    let needed = graph.depended_on(observed.iter().copied());
    let consumers = graph.consumers();
    let mut groups = Vec::new();
    let mut stored = vec![false; graph.nodes().len()];
    let mut fused = vec![false; graph.nodes().len()];
    for (index, node) in graph.nodes().iter().enumerate() {
        if fused[index] || !needed[index] {
            continue;
        }
        if node.op.is_view() {
            stored[index] = true;
            continue;
        }
        let mut group = Group::new(index);
        // The only consumer of the group's result, unless the result itself is observed.
        let next = |group: &Group| {
            let last = group.result();
            let live: Vec<usize> = consumers[last].iter().copied().filter(|node| needed[*node]).collect();
            match live[..] {
                [only] if !observed.contains(&last) => Some(only),
                _ => None,
            }
        };
        if node.op.has_epilogue() {
            while let Some(candidate) = next(&group) {
                if !absorb(graph, &mut group, candidate, &stored) {
                    break;
                }
            }
        }
        group.nodes.iter().skip(1).for_each(|node| fused[*node] = true);
        stored[group.result()] = true;
        groups.push(group);
    }
    groups
}

/// Adds `candidate` to the group if the epilogue `activation(sum * scale + shift + residual)` can still apply it in that order.
fn absorb(graph: &Graph, group: &mut Group, candidate: usize, stored: &[bool]) -> bool {
    let node = &graph.nodes()[candidate];
    let bare = group.residual.is_none() && group.activation.is_none();
    match node.op.epilogue_part() {
        Some(EpiloguePart::Norm) if bare && group.norm.is_none() => group.norm = Some(candidate),
        Some(EpiloguePart::Residual) if bare => {
            let last = ValueRef::Node(group.result());
            let Some(other) = node.inputs.iter().copied().find(|value| *value != last) else { return false };
            let ready = matches!(other, ValueRef::Input) || matches!(other, ValueRef::Node(index) if stored[index]);
            if !ready {
                return false;
            }
            group.residual = Some(other);
        }
        Some(EpiloguePart::Activation(activation)) if group.activation.is_none() => group.activation = Some(activation),
        _ => return false,
    }
    group.nodes.push(candidate);
    true
}
