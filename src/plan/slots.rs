//! Buffer assignment: which slot holds which activation, from its computation to its last use.

use std::collections::BTreeSet;

use super::fuse::Group;
use super::step::BufferRef;
use crate::graph::{Graph, ValueRef};

/// Slots and their use.
pub(super) struct Slots {
    /// The length of each slot in `f32`.
    pub sizes: Vec<usize>,
    /// For every node, the slot of its value if a group stores it.
    pub of_node: Vec<Option<usize>>,
    /// For every group, the slots of its scratch buffers.
    pub scratch: Vec<Vec<usize>>,
}

/// The value whose storage `value` shares: a view shares its input's storage.
fn stored_value(graph: &Graph, value: ValueRef) -> ValueRef {
    match value {
        ValueRef::Node(index) if graph.nodes()[index].op.is_view() => {
            stored_value(graph, graph.nodes()[index].inputs[0])
        }
        other => other,
    }
}

/// The buffer of a value.
pub(super) fn storage(graph: &Graph, of_node: &[Option<usize>], value: ValueRef) -> BufferRef {
    match stored_value(graph, value) {
        ValueRef::Input => BufferRef::Input,
        ValueRef::Node(index) => of_node[index].map_or(BufferRef::Unused, BufferRef::Slot),
    }
}

/// Gives every stored value a slot from its step to its last use. Observed values keep theirs to the end of the run.
///
/// A dispatch never writes a slot that it reads: WebGPU allows a buffer one usage per dispatch. `scratch` holds the lengths of
/// each group's scratch buffers in `f32`.
pub(super) fn assign(graph: &Graph, groups: &[Group], scratch: &[&[usize]], observed: &BTreeSet<usize>) -> Slots {
    let last_use = last_uses(graph, groups, observed);
    let mut slots = Slots { sizes: Vec::new(), of_node: vec![None; graph.nodes().len()], scratch: Vec::new() };
    let mut free: Vec<usize> = Vec::new();
    for (step, (group, scratch)) in groups.iter().zip(scratch).enumerate() {
        let length = graph.nodes()[group.result()].shape.storage_len();
        let slot = take(&mut free, &mut slots.sizes, length);
        slots.of_node[group.result()] = Some(slot);
        let temporary: Vec<usize> = scratch.iter().map(|length| take(&mut free, &mut slots.sizes, *length)).collect();
        free.extend(&temporary);
        slots.scratch.push(temporary);
        let mut done: Vec<usize> = reads(graph, group).into_iter().filter(|node| last_use[*node] == step).collect();
        done.sort_unstable();
        done.dedup();
        free.extend(done.into_iter().filter_map(|node| slots.of_node[node]));
    }
    slots
}

/// For every node, the number of the last group that reads its value; `usize::MAX` for observed nodes.
fn last_uses(graph: &Graph, groups: &[Group], observed: &BTreeSet<usize>) -> Vec<usize> {
    let mut last_use = vec![0; graph.nodes().len()];
    for (step, group) in groups.iter().enumerate() {
        last_use[group.result()] = step;
        reads(graph, group).into_iter().for_each(|node| last_use[node] = step);
    }
    for node in observed {
        if let ValueRef::Node(index) = stored_value(graph, ValueRef::Node(*node)) {
            last_use[index] = usize::MAX;
        }
    }
    last_use
}

/// The nodes whose stored values a group reads.
fn reads(graph: &Graph, group: &Group) -> Vec<usize> {
    let inputs = group.inputs.iter().copied().chain(group.residual);
    let stored = inputs.map(|value| stored_value(graph, value));
    stored.filter_map(|value| if let ValueRef::Node(index) = value { Some(index) } else { None }).collect()
}

/// The smallest free slot that is long enough, else the longest free one enlarged, else a new one.
fn take(free: &mut Vec<usize>, sizes: &mut Vec<usize>, length: usize) -> usize {
    let fitting = (0..free.len()).filter(|i| sizes[free[*i]] >= length).min_by_key(|i| sizes[free[*i]]);
    let chosen = fitting.or_else(|| (0..free.len()).max_by_key(|i| sizes[free[*i]]));
    let slot = chosen.map_or_else(
        || {
            sizes.push(0);
            sizes.len() - 1
        },
        |i| free.swap_remove(i),
    );
    sizes[slot] = sizes[slot].max(length);
    slot
}
