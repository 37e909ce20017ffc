//! Plans without a GPU: what is fused, what is in which slot, and that every value read is the one meant.
//!
//! A wrong slot gives plausible pictures of the wrong layer. So plans are run symbolically: slots hold names instead of numbers.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::{env, fs};

use common::Random;
use resnet_lens::ResNetConfig;
use resnet_lens::graph::{Graph, GraphBuilder, Value};
use resnet_lens::kernel::Argument;
use resnet_lens::ops::{Add, BatchNorm2d, Conv2d, MaxPool2d, Op, Relu, Window};
use resnet_lens::plan::{BufferRef, Plan, Step};
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
        Value::Node(index) if matches!(graph.nodes()[index].op, Op::Flatten(_)) => {
            root(graph, graph.nodes()[index].inputs[0])
        }
        other => other,
    }
}

/// The operand of the fused addition that is not computed by the step itself.
fn residual(graph: &Graph, step: &Step) -> Option<Value> {
    let at = step.nodes.iter().position(|node| matches!(graph.nodes()[*node].op, Op::Add(_)))?;
    let inside = Value::Node(step.nodes[at.checked_sub(1)?]);
    graph.nodes()[step.nodes[at]].inputs.iter().copied().find(|value| *value != inside)
}

/// Runs a plan on names and checks all that makes its numbers right.
fn check(plan: &Plan) {
    let graph = plan.graph();
    let consumers = graph.consumers();
    let run: BTreeSet<usize> = plan.steps().iter().flat_map(|step| step.nodes.iter().copied()).collect();
    let computed: usize = plan.steps().iter().map(|step| step.nodes.len()).sum();
    assert_eq!(computed, run.len(), "computes a node twice:\n{plan}");
    let mut holds: HashMap<BufferRef, Value> = HashMap::from([(BufferRef::Input, Value::Input)]);
    for (number, step) in plan.steps().iter().enumerate() {
        let at = || format!("step {number} of\n{plan}");
        let [anchor, last] = [step.nodes[0], step.nodes[step.nodes.len() - 1]];
        for pair in step.nodes.windows(2) {
            assert!(
                graph.nodes()[pair[1]].inputs.contains(&Value::Node(pair[0])),
                "fuses what is no neighbour: {}",
                at()
            );
            assert!(!plan.observed().contains(&pair[0]), "fuses away an observed node: {}", at());
            let elsewhere = consumers[pair[0]].iter().any(|node| *node != pair[1] && run.contains(node));
            assert!(!elsewhere, "fuses away what another step reads: {}", at());
        }
        assert_eq!(step.buffers.len(), step.dispatch.arguments.len(), "{}", at());
        let mut read = BTreeSet::new();
        let mut written = None;
        for (argument, buffer) in step.dispatch.arguments.iter().zip(&step.buffers) {
            let meant = match argument {
                Argument::Input(index) => graph.nodes()[anchor].inputs[*index],
                Argument::Residual => residual(graph, step).unwrap_or_else(|| panic!("adds nothing: {}", at())),
                Argument::Output => {
                    written = Some(*buffer);
                    continue;
                }
                Argument::Parameter(name) => {
                    assert_eq!(*buffer, BufferRef::Parameter(anchor, name), "{}", at());
                    continue;
                }
                Argument::NormParameter(name) => {
                    assert!(matches!(graph.nodes()[step.nodes[1]].op, Op::BatchNorm2d(_)), "{}", at());
                    assert_eq!(*buffer, BufferRef::Parameter(step.nodes[1], name), "{}", at());
                    continue;
                }
                Argument::Unused => continue,
            };
            assert_eq!(holds.get(buffer), Some(&root(graph, meant)), "reads {buffer:?} for {meant:?}: {}", at());
            read.insert(format!("{buffer:?}"));
        }
        let Some(written @ BufferRef::Slot(slot)) = written else { panic!("writes no slot: {}", at()) };
        assert!(!read.contains(&format!("{written:?}")), "reads what it writes: {}", at());
        assert!(graph.nodes()[last].shape.storage_len() <= plan.slots()[slot], "its slot is too short: {}", at());
        if let Some(Value::Node(lost)) = holds.insert(written, Value::Node(last)) {
            let observed = plan.observed().iter().any(|node| root(graph, Value::Node(*node)) == Value::Node(lost));
            assert!(!observed, "overwrites an observed node: {}", at());
        }
    }
    for node in plan.observed() {
        let place = plan.place(*node).unwrap_or_else(|| panic!("node {node} is nowhere in\n{plan}"));
        assert_eq!(holds[&place], root(graph, Value::Node(*node)), "node {node} is not in {place:?} of\n{plan}");
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
            0 | 1 => (Conv2d { in_channels: 5, out_channels: 5, window, bias: false }.into(), vec![values[recent]]),
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
    let stem = Conv2d { in_channels: 4, out_channels: 4, window, bias: false };
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
