//! From a group of fused nodes to dispatches, and from their arguments to buffers.

use super::algorithm_selection::AlgorithmSelection;
use super::fuse::Group;
use super::step::{BufferRef, LoweredOperator, PlannedDispatch, Step};
use crate::error::Result;
use crate::graph::{Graph, ValueRef};
use crate::kernel::{Argument, Dispatch, Lowered};

/// The dispatches of a group, computed by the selected algorithm.
///
/// # Errors
/// As [`AlgorithmSelection::lower`].
pub(super) fn lower(graph: &Graph, group: &Group, selection: &AlgorithmSelection) -> Result<Lowered> {
    selection.lower(&group.op, &group.input_shapes(graph), group.shape, group.epilogue())
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
    let buffer = |argument: &Argument| match argument {
        Argument::Input(index) => storage(group.inputs[*index]),
        Argument::Residual => group.residual.map_or(BufferRef::Unused, &storage),
        Argument::Parameter(name) => group.parameter(graph, name),
        Argument::NormParameter(name) => {
            group.norm.map_or(BufferRef::Unused, |norm| BufferRef::Parameter(graph.nodes()[norm].parameters, name))
        }
        Argument::TransformedWeights(name) => BufferRef::TransformedWeights(group.owner(graph), name),
        Argument::Scratch(index) => BufferRef::Slot(scratch[*index]),
        Argument::Unused => BufferRef::Unused,
        Argument::Output => storage(ValueRef::Node(group.result())),
    };
    let planned = |dispatch: Dispatch| {
        let buffers = dispatch.arguments.iter().map(buffer).collect();
        PlannedDispatch { dispatch, buffers }
    };
    let operator = LoweredOperator { op: group.op.clone(), inputs: group.input_shapes(graph), output: group.shape };
    Step { nodes: group.nodes.clone(), operator, dispatches: dispatches.into_iter().map(planned).collect() }
}
