//! Which buffer holds which activation, for how long.

use std::collections::BTreeSet;

use super::BufferRef;
use super::fuse::Group;
use crate::graph::{Graph, Value};

/// Slots and what lies in them.
pub(super) struct Slots {
    /// The length of each slot in `f32`.
    pub sizes: Vec<usize>,
    /// The slot of every node that a group stores.
    pub of_node: Vec<Option<usize>>,
    /// The slots of every group's scratch memory.
    pub scratch: Vec<Scratch>,
}

/// Slots by the number of the scratch buffer.
pub(super) type Scratch = Vec<usize>;

/// The value in whose storage `value` lies: a flattened map is the map itself.
fn root(graph: &Graph, value: Value) -> Value {
    match value {
        Value::Node(index) if graph.nodes()[index].op.is_view() => root(graph, graph.nodes()[index].inputs[0]),
        other => other,
    }
}

/// Where a value lies.
pub(super) fn place(graph: &Graph, of_node: &[Option<usize>], value: Value) -> BufferRef {
    match root(graph, value) {
        Value::Input => BufferRef::Input,
        Value::Node(index) => of_node[index].map_or(BufferRef::Unused, BufferRef::Slot),
    }
}

/// Gives every stored value a slot from its step to its last use; observed values keep theirs to the end.
///
/// A dispatch never writes a slot it reads: WebGPU allows a buffer one kind of use in a dispatch. `scratch` are the lengths of
/// what each group needs while it runs.
pub(super) fn assign(graph: &Graph, groups: &[Group], scratch: &[&[usize]], wanted: &BTreeSet<usize>) -> Slots {
    let reads = |group: &Group| -> Vec<usize> {
        let inputs = graph.nodes()[group.anchor()].inputs.iter().copied().chain(group.residual);
        let roots = inputs.map(|value| root(graph, value));
        roots.filter_map(|value| if let Value::Node(index) = value { Some(index) } else { None }).collect()
    };
    let mut last_use = vec![0; graph.nodes().len()];
    for (step, group) in groups.iter().enumerate() {
        last_use[group.result()] = step;
        reads(group).into_iter().for_each(|node| last_use[node] = step);
    }
    for node in wanted {
        if let Value::Node(index) = root(graph, Value::Node(*node)) {
            last_use[index] = usize::MAX;
        }
    }

    let mut slots = Slots { sizes: Vec::new(), of_node: vec![None; graph.nodes().len()], scratch: Vec::new() };
    let mut free: Vec<usize> = Vec::new();
    for (step, (group, scratch)) in groups.iter().zip(scratch).enumerate() {
        let length = graph.nodes()[group.result()].shape.storage_len();
        let slot = take(&mut free, &mut slots.sizes, length);
        slots.of_node[group.result()] = Some(slot);
        let passing: Scratch = scratch.iter().map(|length| take(&mut free, &mut slots.sizes, *length)).collect();
        free.extend(&passing);
        slots.scratch.push(passing);
        let mut done: Vec<usize> = reads(group).into_iter().filter(|node| last_use[*node] == step).collect();
        done.sort_unstable();
        done.dedup();
        free.extend(done.into_iter().filter_map(|node| slots.of_node[node]));
    }
    slots
}

/// The smallest free slot that is long enough, else the longest one made longer, else a new one.
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
