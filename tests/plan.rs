//! Plans without a GPU: what is fused, what is in which slot, and that every value read is the one meant.
//!
//! A wrong slot gives plausible images of the wrong layer. So plans are run symbolically: slots hold names instead of numbers.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::{env, fs};

use common::Random;
use resnet_lens::ResNetConfig;
use resnet_lens::graph::{Graph, GraphBuilder, Value};
use resnet_lens::kernel::{Access, Argument};
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Add, Algorithm, BatchNorm2d, ComputeType, Conv2d, Gemm, GemmTile, MaxPool2d, Op,
    Relu, Role, WeightFormat, Window,
};
use resnet_lens::plan::{AlgorithmSelection, BufferRef, Plan, PlannedDispatch, Step};
use resnet_lens::shape::Shape;

/// No observed nodes: the fastest plan.
const NOTHING: [&str; 0] = [];

fn resnet50() -> Graph {
    ResNetConfig::resnet50().graph(1, 224, 224).expect("the paper's network")
}

fn fused(graph: &Graph) -> Plan {
    Plan::new(graph, &NOTHING).expect("no names, no error")
}

/// The value whose storage a value shares: a flattened map is the map.
fn root(graph: &Graph, value: Value) -> Value {
    match value {
        Value::Node(index) if graph.nodes()[index].op.is_view() => root(graph, graph.nodes()[index].inputs[0]),
        other => other,
    }
}

/// The operand of the fused addition that is not computed by the step itself.
fn residual(graph: &Graph, step: &Step) -> Option<Value> {
    let at = step.nodes.iter().position(|node| graph.nodes()[*node].op.role() == Role::Add)?;
    let inside = Value::Node(step.nodes[at.checked_sub(1)?]);
    graph.nodes()[step.nodes[at]].inputs.iter().copied().find(|value| *value != inside)
}

/// What a slot holds, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GpuBuffer {
    Value(Value),
    /// A scratch buffer of a step.
    Scratch(usize, usize),
}

/// Runs a plan on names and checks all that makes its numbers right.
fn check(plan: &Plan) {
    let graph = plan.graph();
    let computed: usize = plan.steps().iter().map(|step| step.nodes.len()).sum();
    let run: BTreeSet<usize> = plan.steps().iter().flat_map(|step| step.nodes.iter().copied()).collect();
    assert_eq!(computed, run.len(), "computes a node twice:\n{plan}");
    let mut holds: HashMap<BufferRef, GpuBuffer> = HashMap::from([(BufferRef::Input, GpuBuffer::Value(Value::Input))]);
    for (number, step) in plan.steps().iter().enumerate() {
        check_fusion(plan, step, &run);
        for call in &step.calls {
            check_call(plan, number, call, &mut holds);
        }
        let last = Value::Node(step.nodes[step.nodes.len() - 1]);
        let output = step.calls.iter().rev().flat_map(|call| call.buffers.last()).next();
        let stored = output.and_then(|buffer| holds.get(buffer)).copied();
        assert_eq!(stored, Some(GpuBuffer::Value(last)), "step {number} does not end with its value:\n{plan}");
    }
    for node in plan.observed() {
        let place = plan.place(*node).unwrap_or_else(|| panic!("node {node} is nowhere in\n{plan}"));
        let meant = GpuBuffer::Value(root(graph, Value::Node(*node)));
        assert_eq!(holds[&place], meant, "node {node} is not in {place:?} of\n{plan}");
    }
}

/// What is fused are neighbours whose values in between nobody else needs.
fn check_fusion(plan: &Plan, step: &Step, run: &BTreeSet<usize>) {
    let graph = plan.graph();
    let consumers = graph.consumers();
    for pair in step.nodes.windows(2) {
        let at = || format!("{:?} of\n{plan}", step.nodes);
        let neighbours = graph.nodes()[pair[1]].inputs.contains(&Value::Node(pair[0]));
        assert!(neighbours, "fuses what is no neighbour: {}", at());
        assert!(!plan.observed().contains(&pair[0]), "fuses away an observed node: {}", at());
        let elsewhere = consumers[pair[0]].iter().any(|node| *node != pair[1] && run.contains(node));
        assert!(!elsewhere, "fuses away what another step reads: {}", at());
    }
}

/// Every buffer read holds what is meant, and the one written is read by nobody at the time and is long enough.
fn check_call(plan: &Plan, number: usize, call: &PlannedDispatch, holds: &mut HashMap<BufferRef, GpuBuffer>) {
    let (graph, step) = (plan.graph(), &plan.steps()[number]);
    let at = || format!("{} in step {number} of\n{plan}", call.dispatch.kernel.name);
    let [anchor, last] = [step.nodes[0], step.nodes[step.nodes.len() - 1]];
    assert_eq!(call.buffers.len(), call.dispatch.arguments.len(), "{}", at());
    let [buffers @ .., written] = &call.buffers[..] else { panic!("binds nothing: {}", at()) };
    // What a kernel both writes and reads is its own.
    let kernel = call.dispatch.kernel;
    for ((argument, buffer), binding) in call.dispatch.arguments.iter().zip(buffers).zip(kernel.bindings) {
        if let (Argument::Scratch(index), Access::ReadWrite) = (argument, binding.access) {
            holds.insert(*buffer, GpuBuffer::Scratch(number, *index));
        }
    }
    for (argument, buffer) in call.dispatch.arguments.iter().zip(buffers) {
        let meant = match argument {
            Argument::Input(index) => GpuBuffer::Value(root(graph, graph.nodes()[anchor].inputs[*index])),
            Argument::Residual => {
                let value = residual(graph, step).unwrap_or_else(|| panic!("adds nothing: {}", at()));
                GpuBuffer::Value(root(graph, value))
            }
            Argument::Scratch(index) => GpuBuffer::Scratch(number, *index),
            Argument::Parameter(name) => {
                assert_eq!(*buffer, BufferRef::Parameter(anchor, name), "{}", at());
                continue;
            }
            Argument::TransformedWeights(name) => {
                assert_eq!(*buffer, BufferRef::TransformedWeights(anchor, name), "{}", at());
                let made = plan.prepared().iter().any(|(node, prepared)| (*node, prepared.name) == (anchor, *name));
                assert!(made, "nobody makes {name}: {}", at());
                continue;
            }
            Argument::NormParameter(name) => {
                assert!(graph.nodes()[step.nodes[1]].op.role() == Role::Norm, "{}", at());
                assert_eq!(*buffer, BufferRef::Parameter(step.nodes[1], name), "{}", at());
                continue;
            }
            Argument::Unused => continue,
            Argument::Output => panic!("reads its output: {}", at()),
        };
        assert_eq!(holds.get(buffer), Some(&meant), "reads {buffer:?} for {meant:?}: {}", at());
        assert_ne!(buffer, written, "reads what it writes: {}", at());
    }
    let BufferRef::Slot(slot) = *written else { panic!("writes no slot: {}", at()) };
    let held = match call.dispatch.output() {
        Argument::Output => {
            assert!(graph.nodes()[last].shape.storage_len() <= plan.slots()[slot], "its slot is too short: {}", at());
            GpuBuffer::Value(Value::Node(last))
        }
        Argument::Scratch(index) => GpuBuffer::Scratch(number, index),
        other => panic!("writes {other:?}: {}", at()),
    };
    if let Some(GpuBuffer::Value(lost @ Value::Node(_))) = holds.insert(*written, held) {
        let observed = plan.observed().iter().any(|node| root(graph, Value::Node(*node)) == lost);
        assert!(!observed, "overwrites an observed node: {}", at());
    }
}

/// Compares a listing with `tests/golden/<name>`, so that every change of a plan is seen in review.
fn check_listing(name: &str, plan: &Plan) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let listing = plan.to_string();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &listing).expect("the folder of golden files can be written to");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let differs = listing.lines().zip(golden.lines()).find(|(found, expected)| found != expected);
    assert!(
        listing == golden,
        "{name} does not list the plan any more (first difference, found and expected: {differs:?}); if it is meant: \
         UPDATE_GOLDEN=1 cargo test --test plan, and commit the file"
    );
}

#[test]
fn resnet50_is_listed() {
    let graph = resnet50();
    check_listing("plan-resnet50-fused.txt", &fused(&graph));
    check_listing("plan-resnet50-inspected.txt", &Plan::inspecting(&graph));
}

/// 53 convolutions that swallow all else, two poolings, the head: under the 60 that the design allows.
#[test]
fn the_fused_plan_is_short_and_small() {
    let plan = fused(&resnet50());
    check(&plan);
    assert_eq!(plan.steps().len(), 56);
    assert!(plan.slots().len() <= 5, "expected at most 5 slots, found {:?}", plan.slots());
    assert_eq!(plan.largest_buffer(), 112 * 112 * 64 * 4, "the stem's map is the largest");
}

/// Every node a dispatch, but the flattening, which moves nothing.
#[test]
fn the_inspecting_plan_fuses_nothing() {
    let plan = Plan::inspecting(&resnet50());
    check(&plan);
    assert_eq!(plan.steps().len(), 174);
    assert_eq!(plan.observed().len(), 175);
}

/// Looking into one layer costs at most the dispatches that its group falls apart into: convolution, normalisation, addition
/// and rectifier are four instead of one.
#[test]
fn any_single_node_is_readable() {
    let graph = resnet50();
    let least = fused(&graph).steps().len();
    for node in graph.nodes() {
        let plan = Plan::new(&graph, &[&node.name]).expect("a name of the graph");
        check(&plan);
        assert!(plan.place(graph.find(&node.name).expect("its own name")).is_some(), "{}", node.name);
        let steps = plan.steps().len();
        assert!((least..=least + 3).contains(&steps), "{}: {steps} dispatches instead of {least}", node.name);
    }
}

#[test]
fn other_networks_and_stride_placements_are_planned_right() {
    use resnet_lens::resnet::StridePlacement::FirstConv1x1;
    for config in [ResNetConfig::resnet18(), ResNetConfig { stride: FirstConv1x1, ..ResNetConfig::resnet101() }] {
        let graph = config.graph(2, 97, 65).expect("large enough");
        check(&fused(&graph));
        check(&Plan::inspecting(&graph));
    }
}

/// Every kind of adapter has its plan, each right and within what the design allows: 57 dispatches without transforms and split
/// sums, 75 with them.
#[test]
fn every_kind_of_adapter_has_a_short_plan() {
    let graph = resnet50();
    for target in [AdapterClass::Any, AdapterClass::SwiftShader, AdapterClass::Software, AdapterClass::Gpu] {
        let plan =
            Plan::with(&graph, &NOTHING, &AlgorithmSelection::of(AdapterProfile::new(target, WeightFormat::F32)))
                .expect("no names, no error");
        check(&plan);
        let (steps, dispatches) = (plan.steps().len(), plan.calls().count());
        assert_eq!(steps, 56, "{target:?}");
        assert!(dispatches <= if target == AdapterClass::Any { 57 } else { 75 }, "{target:?}: {dispatches} dispatches");
        println!("{target:?}: {dispatches} dispatches, {:?} slots", plan.slots());
        for node in graph.nodes().iter().step_by(7) {
            let choices = AlgorithmSelection::of(AdapterProfile::new(target, WeightFormat::F16));
            check(&Plan::with(&graph, &[&node.name], &choices).expect("a name of the graph"));
        }
    }
}

/// The image itself is not rounded: that would cost the answer more than all layers behind it do.
#[test]
fn a_gpu_with_halves_multiplies_in_them_all_but_the_picture() {
    let graph = resnet50();
    let adapter =
        AdapterProfile { arithmetic: ComputeType::F16, ..AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F16) };
    let plan = Plan::with(&graph, &NOTHING, &AlgorithmSelection::of(adapter)).expect("no names, no error");
    check(&plan);
    assert_eq!(plan.arithmetic(), ComputeType::F16);
    assert!(plan.calls().count() <= 75, "{plan}");
    for step in plan.steps() {
        let node = &graph.nodes()[step.nodes[0]];
        let narrow = step.calls.iter().any(|call| call.dispatch.kernel.needs_f16());
        let expected = node.op.role() == Role::Convolution && node.name != "conv1";
        assert_eq!(narrow, expected, "{}", node.name);
        let ways = node.op.algorithms(&graph.input_shapes(node), node.shape, adapter);
        assert!(ways.len() <= 12, "{}: {} ways take long to measure", node.name, ways.len());
    }
}

/// Whether matrices are fast is for the tuner to find out, and what it measured among them is no answer for a device without.
#[test]
fn matrices_are_measured_before_they_are_chosen() {
    let graph = resnet50();
    let without =
        AdapterProfile { arithmetic: ComputeType::F16, ..AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F16) };
    let with = AdapterProfile { matrix_side: Some(16), ..without };
    let plan = Plan::with(&graph, &NOTHING, &AlgorithmSelection::of(with)).expect("no names, no error");
    assert!(!plan.calls().any(|call| call.dispatch.kernel.needs_cooperative_matrix()));
    for node in graph.nodes().iter().filter(|node| node.op.role() == Role::Convolution) {
        let inputs = graph.input_shapes(node);
        let ways = node.op.algorithms(&inputs, node.shape, with);
        let offered = ways.contains(&Algorithm::Plain(Gemm::CooperativeMatrix(16)));
        assert_eq!(offered, node.name != "conv1", "{}", node.name);
        assert!(ways.len() <= 12, "{}: {} ways take long to measure", node.name, ways.len());
        let class = |adapter| AlgorithmSelection::of(adapter).class(&node.op, &inputs, node.shape);
        assert_ne!(class(with), class(without), "{}", node.name);
    }
}

/// Any way for any layer: slots stay right, whatever the scratch memory of the ways.
#[test]
fn any_choice_is_planned_right() {
    let tile = GemmTile::new(8, 7, 2, 4);
    let ways = [
        Algorithm::default(),
        Algorithm::Plain(Gemm::Scalar),
        Algorithm::Plain(Gemm::Tiled(tile)),
        Algorithm::Rows(Gemm::Scalar),
        Algorithm::Split(tile, 3),
        Algorithm::Plain(Gemm::Direct14x16),
        Algorithm::Plain(Gemm::CooperativeMatrix(16)),
        Algorithm::Winograd(2, Gemm::Direct8x8),
        Algorithm::Winograd(4, Gemm::Scalar),
        Algorithm::Winograd(3, Gemm::Direct8x8),
        Algorithm::Gemv(8),
    ];
    let mut random = Random::new(9);
    for graph in [resnet50(), ResNetConfig::resnet18().graph(3, 97, 65).expect("large enough")] {
        let classes: BTreeSet<String> = graph
            .nodes()
            .iter()
            .filter_map(|node| AlgorithmSelection::default().class(&node.op, &graph.input_shapes(node), node.shape))
            .collect();
        for _ in 0..30 {
            let mut choices = AlgorithmSelection::default();
            choices.measured.extend(classes.iter().map(|class| (class.clone(), ways[random.below(ways.len())])));
            let names = some_names(&graph, random.below(4), &mut random);
            check(&Plan::with(&graph, &names, &choices).expect("names of the graph"));
        }
    }
}

fn some_names<'a>(graph: &'a Graph, count: usize, random: &mut Random) -> Vec<&'a str> {
    (0..count).map(|_| graph.nodes()[random.below(graph.nodes().len())].name.as_str()).collect()
}

#[test]
fn any_set_of_nodes_is_readable() {
    let graph = ResNetConfig::resnet50().graph(1, 64, 64).expect("large enough");
    let mut random = Random::new(7);
    for _ in 0..200 {
        let names = some_names(&graph, 1 + random.below(20), &mut random);
        let plan = Plan::new(&graph, &names).expect("names of the graph");
        check(&plan);
        assert!(names.iter().all(|name| plan.place(graph.find(name).expect("of the graph")).is_some()), "{names:?}");
    }
}

/// A graph that no network looks like: operands from anywhere, sums of a value with itself, branches that lead nowhere.
fn random_graph(random: &mut Random) -> Graph {
    let mut net = GraphBuilder::new(Shape::new(1, 5, 6, 6));
    let mut values = vec![Value::Input];
    for index in 0..3 + random.below(20) {
        // Mostly the latest value, so that there are chains to fuse.
        let recent = values.len() - 1 - random.below(values.len().min(3));
        let other = values[random.below(values.len())];
        let window = Window::square(3, 1, 1);
        let (op, inputs): (Op, Vec<Value>) = match random.below(6) {
            0 | 1 => (
                Conv2d { in_channels: 5, out_channels: 5, window, groups: 1, bias: false }.into(),
                vec![values[recent]],
            ),
            2 => (BatchNorm2d { channels: 5, eps: BatchNorm2d::EPS }.into(), vec![values[recent]]),
            3 => (Relu.into(), vec![values[recent]]),
            4 => (MaxPool2d { window }.into(), vec![values[recent]]),
            _ => (Add.into(), vec![values[recent], other]),
        };
        values.push(net.add(format!("node{index}"), op, &inputs).expect("all shapes are alike"));
    }
    net.finish().expect("three nodes at least")
}

#[test]
fn random_graphs_are_planned_right() {
    let mut random = Random::new(8);
    for _ in 0..500 {
        let graph = random_graph(&mut random);
        check(&fused(&graph));
        check(&Plan::inspecting(&graph));
        let names = some_names(&graph, random.below(4), &mut random);
        check(&Plan::new(&graph, &names).expect("names of the graph"));
    }
}

/// A branch that leads nowhere neither runs nor keeps others from being fused.
#[test]
fn what_nobody_asked_for_is_not_run() {
    let window = Window::square(3, 1, 1);
    let mut net = GraphBuilder::new(Shape::new(1, 4, 4, 4));
    let stem = Conv2d { in_channels: 4, out_channels: 4, window, groups: 1, bias: false };
    let stem = net.add("stem", stem, &[Value::Input]).unwrap();
    let dead = net.add("dead", MaxPool2d { window }, &[stem]).unwrap();
    net.add("dead end", Relu, &[dead]).unwrap();
    net.add("answer", Relu, &[stem]).unwrap();
    let graph = net.finish().unwrap();
    let run = |plan: Plan| -> Vec<Vec<usize>> { plan.steps().iter().map(|step| step.nodes.clone()).collect() };
    assert_eq!(run(fused(&graph)), [vec![0, 3]]);
    assert_eq!(run(Plan::new(&graph, &["dead"]).unwrap()), [[0], [1], [3]]);
}

#[test]
fn an_unknown_node_is_named() {
    let error = Plan::new(&resnet50(), &["layer9.0.conv1"]).expect_err("there are four stages").to_string();
    assert_eq!(error, "there is no node \"layer9.0.conv1\": expected one of the network's 175 names");
}
