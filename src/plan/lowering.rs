//! From a group of fused nodes to dispatches, and from their arguments to buffers.

use super::algorithm_selection::AlgorithmSelection;
use super::fuse::Group;
use super::step::{BufferRef, PlannedDispatch, Step};
use crate::error::Result;
use crate::graph::{Graph, ValueRef};
use crate::kernel::{Argument, Dispatch, Lowered};

/// The dispatches of a group, computed by the selected algorithm.
///
/// # Errors
/// As [`AlgorithmSelection::lower`].
pub(super) fn lower(graph: &Graph, group: &Group, selection: &AlgorithmSelection) -> Result<Lowered> {
    let node = &graph.nodes()[group.anchor()];
    let inputs = graph.input_shapes(node);
    let output = graph.nodes()[group.result()].shape;
    selection.lower(&node.op, &inputs, output, group.epilogue())
}

/// Binds the dispatches of a group to buffers. `storage` returns the buffer of a value; `scratch` holds the slots of the group's
/// scratch buffers.
pub(super) fn step(
    graph: &Graph,
    group: &Group,
    dispatches: Vec<Dispatch>,
    scratch: &[usize],
    storage: impl Fn(ValueRef) -> BufferRef,
) -> Step {
    let node = &graph.nodes()[group.anchor()];
    let buffer = |argument: &Argument| match argument {
        Argument::Input(index) => storage(node.inputs[*index]),
        Argument::Residual => group.residual.map_or(BufferRef::Unused, &storage),
        Argument::Parameter(name) => BufferRef::Parameter(node.parameters, name),
        Argument::NormParameter(name) => {
            group.norm.map_or(BufferRef::Unused, |norm| BufferRef::Parameter(graph.nodes()[norm].parameters, name))
        }
        Argument::TransformedWeights(name) => BufferRef::TransformedWeights(node.parameters, name),
        Argument::Scratch(index) => BufferRef::Slot(scratch[*index]),
        Argument::Unused => BufferRef::Unused,
        Argument::Output => storage(ValueRef::Node(group.result())),
    };
    let planned = |dispatch: Dispatch| {
        let buffers = dispatch.arguments.iter().map(buffer).collect();
        PlannedDispatch { dispatch, buffers }
    };
    Step { nodes: group.nodes.clone(), dispatches: dispatches.into_iter().map(planned).collect() }
}
