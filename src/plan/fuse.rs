//! Which nodes run, and which of them in one dispatch.

use std::collections::BTreeSet;

use crate::graph::{Graph, Value};
use crate::ops::{Activation, Epilogue, EpiloguePart};

/// Nodes that one dispatch computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The operator whose kernel runs, then what is fused into it, in order.
    pub nodes: Vec<usize>,
    /// The batch normalisation among them.
    pub norm: Option<usize>,
    /// What the addition among them adds.
    pub residual: Option<Value>,
    activation: Option<Activation>,
}

impl Group {
    fn new(anchor: usize) -> Self {
        Self { nodes: vec![anchor], norm: None, residual: None, activation: None }
    }

    /// The node whose kernel runs.
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

/// Groups of the nodes that `wanted` depends on, in the order in which they run.
///
/// An addition is fused into whichever of its two operands is computed last: the other one has to be there already.
pub(super) fn groups(graph: &Graph, wanted: &BTreeSet<usize>) -> Vec<Group> {
    let needed = needed(graph, wanted);
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
        if node.op.has_epilogue() {
            let next = |group: &Group| {
                let last = group.result();
                let live: Vec<usize> = consumers[last].iter().copied().filter(|node| needed[*node]).collect();
                match live[..] {
                    [only] if !wanted.contains(&last) => Some(only),
                    _ => None,
                }
            };
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
            let last = Value::Node(group.result());
            let Some(other) = node.inputs.iter().copied().find(|value| *value != last) else { return false };
            let ready = matches!(other, Value::Input) || matches!(other, Value::Node(index) if stored[index]);
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

/// Which nodes the wanted ones depend on.
fn needed(graph: &Graph, wanted: &BTreeSet<usize>) -> Vec<bool> {
    let mut needed = vec![false; graph.nodes().len()];
    for index in (0..needed.len()).rev() {
        needed[index] |= wanted.contains(&index);
        if needed[index] {
            for value in &graph.nodes()[index].inputs {
                if let Value::Node(source) = value {
                    needed[*source] = true;
                }
            }
        }
    }
    needed
}
