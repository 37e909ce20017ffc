//! Executes a plan symbolically: slots hold the identity of a value instead of numbers.

use std::collections::{BTreeSet, HashMap};

use resnet_lens::graph::{Graph, ValueRef};
use resnet_lens::kernel::{Access, Argument};
use resnet_lens::ops::Role;
use resnet_lens::plan::{BufferRef, Plan, PlannedDispatch, Step};

/// The value whose storage `value` shares: a view shares its input's storage.
fn stored_value(graph: &Graph, value: ValueRef) -> ValueRef {
    match value {
        ValueRef::Node(index) if graph.nodes()[index].op.is_view() => {
            stored_value(graph, graph.nodes()[index].inputs[0])
        }
        other => other,
    }
}

/// The operand of the fused addition that another step computes.
fn residual(graph: &Graph, step: &Step) -> Option<ValueRef> {
    let at = step.nodes.iter().position(|node| graph.nodes()[*node].op.role() == Role::Add)?;
    let inside = ValueRef::Node(step.nodes[at.checked_sub(1)?]);
    graph.nodes()[step.nodes[at]].inputs.iter().copied().find(|value| *value != inside)
}

/// The contents of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contents {
    Value(ValueRef),
    /// A scratch buffer: index of the step, index of the buffer.
    Scratch(usize, usize),
}

/// Executes a plan symbolically and checks every buffer it reads and writes.
pub fn check(plan: &Plan) {
    let graph = plan.graph();
    let computed: usize = plan.steps().iter().map(|step| step.nodes.len()).sum();
    let run: BTreeSet<usize> = plan.steps().iter().flat_map(|step| step.nodes.iter().copied()).collect();
    assert_eq!(computed, run.len(), "a node is computed twice:\n{plan}");
    let mut holds: HashMap<BufferRef, Contents> = HashMap::from([(BufferRef::Input, Contents::Value(ValueRef::Input))]);
    for (number, step) in plan.steps().iter().enumerate() {
        check_fusion(plan, step, &run);
        for planned in &step.dispatches {
            check_dispatch(plan, number, planned, &mut holds);
        }
        let last = ValueRef::Node(step.nodes[step.nodes.len() - 1]);
        let output = step.dispatches.iter().rev().flat_map(|planned| planned.buffers.last()).next();
        let stored = output.and_then(|buffer| holds.get(buffer)).copied();
        assert_eq!(stored, Some(Contents::Value(last)), "step {number} does not store its value:\n{plan}");
    }
    for node in plan.observed() {
        let storage = plan.storage(*node).unwrap_or_else(|| panic!("node {node} has no storage in\n{plan}"));
        let expected = Contents::Value(stored_value(graph, ValueRef::Node(*node)));
        assert_eq!(holds[&storage], expected, "node {node} is not in {storage:?} of\n{plan}");
    }
}

/// Nodes of one step depend on each other, and no other step reads the values between them.
fn check_fusion(plan: &Plan, step: &Step, run: &BTreeSet<usize>) {
    let consumers = plan.graph().consumers();
    let [inner @ .., _] = &step.nodes[..] else { panic!("a step without nodes in\n{plan}") };
    for node in inner {
        let at = || format!("{:?} of\n{plan}", step.nodes);
        assert!(consumers[*node].iter().any(|next| step.nodes.contains(next)), "fuses what it does not need: {}", at());
        assert!(!plan.observed().contains(node), "an observed node is fused: {}", at());
        let elsewhere = consumers[*node].iter().any(|next| !step.nodes.contains(next) && run.contains(next));
        assert!(!elsewhere, "a node that another step reads is fused: {}", at());
    }
}

/// The values that the operator of a step reads: what its nodes take from other steps, without the operand of a fused addition.
fn operands(graph: &Graph, step: &Step) -> Vec<ValueRef> {
    let lowered = if step.operator.op == graph.nodes()[step.nodes[0]].op { 1 } else { step.nodes.len() };
    let inside = |value: &ValueRef| matches!(value, ValueRef::Node(node) if step.nodes.contains(node));
    let inputs = step.nodes[..lowered].iter().flat_map(|node| &graph.nodes()[*node].inputs);
    inputs.copied().filter(|value| !inside(value)).collect()
}

/// The parameter that a step's operator calls `name`: that of its only node, or of one of the nodes that it combines.
fn parameter(graph: &Graph, step: &Step, name: &'static str) -> BufferRef {
    let owned = |at: usize, name| BufferRef::Parameter(graph.nodes()[step.nodes[at]].parameters, name);
    match (step.operator.op.kind(), name) {
        ("Conv2dPair", "projection_weight") => owned(0, "weight"),
        ("Conv2dPair", "projection_affine") => owned(1, "affine"),
        ("Conv2dPair", "weight") => owned(2, name),
        ("Conv2dPair", "affine") => owned(3, name),
        ("PooledLinear", _) => owned(2, name),
        _ => owned(0, name),
    }
}

/// Every buffer read holds the expected value. The buffer written is not read by the same dispatch and is long enough.
fn check_dispatch(plan: &Plan, number: usize, planned: &PlannedDispatch, holds: &mut HashMap<BufferRef, Contents>) {
    let (graph, step) = (plan.graph(), &plan.steps()[number]);
    let at = || format!("{} in step {number} of\n{plan}", planned.dispatch.kernel.name);
    let [first, last] = [step.nodes[0], step.nodes[step.nodes.len() - 1]];
    let owner = graph.nodes()[first].parameters;
    assert_eq!(planned.buffers.len(), planned.dispatch.arguments.len(), "{}", at());
    let [buffers @ .., written] = &planned.buffers[..] else { panic!("no bindings: {}", at()) };
    // A buffer that a kernel both reads and writes is a scratch buffer of its step.
    let kernel = planned.dispatch.kernel;
    for ((argument, buffer), binding) in planned.dispatch.arguments.iter().zip(buffers).zip(kernel.bindings) {
        if let (Argument::Scratch(index), Access::ReadWrite) = (argument, binding.access) {
            holds.insert(*buffer, Contents::Scratch(number, *index));
        }
    }
    for (argument, buffer) in planned.dispatch.arguments.iter().zip(buffers) {
        let expected = match argument {
            Argument::Input(index) => Contents::Value(stored_value(graph, operands(graph, step)[*index])),
            Argument::Residual => {
                let value = residual(graph, step).unwrap_or_else(|| panic!("no operand to add: {}", at()));
                Contents::Value(stored_value(graph, value))
            }
            Argument::Scratch(index) => Contents::Scratch(number, *index),
            Argument::Parameter(name) => {
                assert_eq!(*buffer, parameter(graph, step, name), "{}", at());
                continue;
            }
            Argument::TransformedWeights(name) => {
                assert_eq!(*buffer, BufferRef::TransformedWeights(owner, name), "{}", at());
                let weights = plan.transformed_weights();
                let computed = weights.iter().any(|(node, weights)| (*node, weights.name) == (owner, *name));
                assert!(computed, "{name} is never computed: {}", at());
                continue;
            }
            Argument::NormParameter(name) => {
                let norm = &graph.nodes()[step.nodes[1]];
                assert!(norm.op.role() == Role::Norm, "{}", at());
                assert_eq!(*buffer, BufferRef::Parameter(norm.parameters, name), "{}", at());
                continue;
            }
            Argument::Unused => continue,
            Argument::Output => panic!("reads its output: {}", at()),
        };
        assert_eq!(holds.get(buffer), Some(&expected), "reads {buffer:?} instead of {expected:?}: {}", at());
        assert_ne!(buffer, written, "reads what it writes: {}", at());
    }
    let BufferRef::Slot(slot) = *written else { panic!("does not write a slot: {}", at()) };
    let held = match planned.dispatch.output() {
        Argument::Output => {
            assert!(graph.nodes()[last].shape.storage_len() <= plan.slots()[slot], "its slot is too short: {}", at());
            Contents::Value(ValueRef::Node(last))
        }
        Argument::Scratch(index) => Contents::Scratch(number, index),
        other => panic!("writes {other:?}: {}", at()),
    };
    if let Some(Contents::Value(lost @ ValueRef::Node(_))) = holds.insert(*written, held) {
        let observed = plan.observed().iter().any(|node| stored_value(graph, ValueRef::Node(*node)) == lost);
        assert!(!observed, "overwrites an observed node: {}", at());
    }
}
