//! Plans without a GPU: fusion, buffer assignment, and that every dispatch reads the values it should.
//!
//! A wrong slot would show plausible images of the wrong layer. The tests therefore execute plans symbolically: slots hold the
//! identity of a value instead of numbers.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use crate::common::Random;
use crate::symbolic_plan::check;
use resnet_lens::ResNetConfig;
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Add, Algorithm, BatchNorm2d, ComputeType, Conv2d, Gemm, GemmTile, MaxPool2d, Op,
    Relu, Role, WeightFormat, Window,
};
use resnet_lens::plan::{AlgorithmSelection, LayerClass, Plan};
use resnet_lens::shape::Shape;

/// No observed nodes: the fastest plan.
const NONE: [&str; 0] = [];

fn resnet50() -> Graph {
    ResNetConfig::resnet50().graph(1, 224, 224).expect("the paper's network")
}

fn fused(graph: &Graph) -> Plan {
    Plan::new(graph, &NONE).expect("no names, no error")
}

/// Compares a listing with `tests/golden/<name>`, so that every change of a plan is visible in review.
pub fn check_listing(name: &str, plan: &Plan) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let listing = plan.to_string();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &listing).expect("the folder of golden files can be written to");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let differs = listing.lines().zip(golden.lines()).find(|(found, expected)| found != expected);
    assert!(
        listing == golden,
        "{name} differs from the plan (first difference, found and expected: {differs:?}); after an intended change run \
         UPDATE_GOLDEN=1 cargo test --test files plan and commit the file"
    );
}

#[test]
fn listings_equal_their_golden_files() {
    let graph = resnet50();
    check_listing("plan-resnet50-fused.txt", &fused(&graph));
    check_listing("plan-resnet50-inspected.txt", &Plan::inspected(&graph));
}

/// 53 convolutions with everything fused into them, two poolings and the head: below the limit of 60.
#[test]
fn the_fused_plan_is_short_and_small() {
    let plan = fused(&resnet50());
    check(&plan);
    assert_eq!(plan.steps().len(), 56);
    assert!(plan.slots().len() <= 5, "expected at most 5 slots, found {:?}", plan.slots());
    assert_eq!(plan.largest_buffer(), 112 * 112 * 64 * 4, "the stem's output is the largest");
}

/// One dispatch per node, except for the flattening, which is a view.
#[test]
fn the_inspected_plan_fuses_no_nodes() {
    let plan = Plan::inspected(&resnet50());
    check(&plan);
    assert_eq!(plan.steps().len(), 174);
    assert_eq!(plan.observed().len(), 175);
}

/// Observing one node adds at most three dispatches: convolution, batch norm, addition and ReLU run separately instead of fused.
#[test]
fn any_single_node_is_readable() {
    let graph = resnet50();
    let least = fused(&graph).steps().len();
    for node in graph.nodes() {
        let plan = Plan::new(&graph, &[&node.name]).expect("a name of the graph");
        check(&plan);
        assert!(plan.storage(graph.find(&node.name).expect("its own name")).is_some(), "{}", node.name);
        let steps = plan.steps().len();
        assert!((least..=least + 3).contains(&steps), "{}: {steps} steps instead of {least}", node.name);
    }
}

#[test]
fn plans_of_other_networks_and_stride_placements_are_correct() {
    use resnet_lens::resnet::StridePlacement::FirstConv1x1;
    for config in [ResNetConfig::resnet18(), ResNetConfig { stride: FirstConv1x1, ..ResNetConfig::resnet101() }] {
        let graph = config.graph(2, 97, 65).expect("large enough");
        check(&fused(&graph));
        check(&Plan::inspected(&graph));
    }
}

/// The plan of every adapter class is correct and within the limits. GPUs compute the four pairs of a projection and the last
/// convolution of its branch in one step each, and all but the unknown adapters the pooling and the fully connected layer.
#[test]
fn every_adapter_class_has_a_short_plan() {
    let graph = resnet50();
    let classes = [AdapterClass::Any, AdapterClass::SwiftShader, AdapterClass::Software, AdapterClass::Gpu];
    let adapters = classes.map(|target| AdapterProfile::new(target, WeightFormat::F32));
    let subgroups = AdapterProfile { subgroups: true, ..adapters[1] };
    for adapter in adapters.into_iter().chain([subgroups]) {
        let target = adapter.target;
        let plan = Plan::with_selection(&graph, &NONE, &AlgorithmSelection::predicted(adapter));
        let plan = plan.expect("no names, no error");
        check(&plan);
        let (steps, dispatches) = (plan.steps().len(), plan.dispatches().count());
        let limits = match target {
            AdapterClass::Gpu => (51, 60),
            AdapterClass::SwiftShader => (55, 67),
            AdapterClass::Software => (55, 72),
            AdapterClass::Any | AdapterClass::Cpu => (56, 56),
        };
        assert_eq!((steps, dispatches), limits, "{target:?}:\n{plan}");
        println!("{target:?}: {dispatches} dispatches, {:?} slots", plan.slots());
        for node in graph.nodes().iter().step_by(7) {
            let selection = AlgorithmSelection::predicted(AdapterProfile { weights: WeightFormat::F16, ..adapter });
            check(&Plan::with_selection(&graph, &[&node.name], &selection).expect("a name of the graph"));
        }
    }
}

/// The first layer keeps f32: rounding the image would add a larger error than all other layers together.
#[test]
fn a_gpu_with_f16_uses_it_in_all_convolutions_but_the_first() {
    let graph = resnet50();
    let adapter =
        AdapterProfile { arithmetic: ComputeType::F16, ..AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F16) };
    let plan =
        Plan::with_selection(&graph, &NONE, &AlgorithmSelection::predicted(adapter)).expect("no names, no error");
    check(&plan);
    assert_eq!(plan.compute_type(), ComputeType::F16);
    assert!(plan.dispatches().count() <= 60, "{plan}");
    for step in plan.steps() {
        let node = &graph.nodes()[step.nodes[0]];
        let f16 = step.dispatches.iter().any(|planned| planned.dispatch.kernel.features.f16);
        let expected = node.op.role() == Role::Convolution && node.name != "conv1";
        assert_eq!(f16, expected, "{}", node.name);
        let algorithms = node.op.algorithms(&graph.input_shapes(node), node.shape, adapter);
        assert!(algorithms.len() <= 12, "{}: {} algorithms to measure", node.name, algorithms.len());
    }
}

/// Cooperative matrices are offered to the tuner but not predicted to be fastest. Times measured on a device with them do not
/// apply to a device without.
#[test]
fn cooperative_matrices_are_selected_only_by_tuning() {
    let graph = resnet50();
    let without =
        AdapterProfile { arithmetic: ComputeType::F16, ..AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F16) };
    let with = AdapterProfile { matrix_side: Some(16), ..without };
    let plan = Plan::with_selection(&graph, &NONE, &AlgorithmSelection::predicted(with)).expect("no names, no error");
    assert!(!plan.dispatches().any(|planned| planned.dispatch.kernel.features.cooperative_matrix));
    for node in graph.nodes().iter().filter(|node| node.op.role() == Role::Convolution) {
        let inputs = graph.input_shapes(node);
        let algorithms = node.op.algorithms(&inputs, node.shape, with);
        let offered = algorithms.contains(&Algorithm::Plain(Gemm::CooperativeMatrix(16)));
        assert_eq!(offered, node.name != "conv1", "{}", node.name);
        assert!(algorithms.len() <= 12, "{}: {} algorithms to measure", node.name, algorithms.len());
        let class = |adapter| AlgorithmSelection::predicted(adapter).class(&node.op, &inputs, node.shape);
        assert_ne!(class(with), class(without), "{}", node.name);
    }
}

/// Any algorithm for any layer, with a fallback where it is unusable: the buffer assignment is correct for every combination of
/// scratch buffers.
#[test]
fn plans_with_any_selection_are_correct() {
    let tile = GemmTile::new(8, 2, 1);
    let algorithms = [
        Algorithm::default(),
        Algorithm::Plain(Gemm::Scalar),
        Algorithm::Plain(Gemm::Tiled(tile)),
        Algorithm::Rows(Gemm::Scalar),
        Algorithm::Plain(Gemm::Subgroup),
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
        let classes: BTreeSet<LayerClass> = graph
            .nodes()
            .iter()
            .filter_map(|node| AlgorithmSelection::default().class(&node.op, &graph.input_shapes(node), node.shape))
            .collect();
        for _ in 0..30 {
            let mut selection = AlgorithmSelection { strict: false, ..AlgorithmSelection::default() };
            let random_algorithm = |class: &LayerClass| (class.clone(), algorithms[random.below(algorithms.len())]);
            selection.tuned.extend(classes.iter().map(random_algorithm));
            let names = some_names(&graph, random.below(4), &mut random);
            check(&Plan::with_selection(&graph, &names, &selection).expect("names of the graph"));
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
        assert!(names.iter().all(|name| plan.storage(graph.find(name).expect("of the graph")).is_some()), "{names:?}");
    }
}

/// A random graph: operands from any earlier node, sums of a value with itself, unused branches.
fn random_graph(random: &mut Random) -> Graph {
    let mut net = GraphBuilder::new(Shape::new(1, 5, 6, 6));
    let mut values = vec![ValueRef::Input];
    for index in 0..3 + random.below(20) {
        // One of the last three values, so that there are chains to fuse.
        let recent = values.len() - 1 - random.below(values.len().min(3));
        let other = values[random.below(values.len())];
        let window = Window::square(3, 1, 1);
        let (op, inputs): (Op, Vec<ValueRef>) = match random.below(6) {
            0 | 1 => (
                Conv2d { in_channels: 5, out_channels: 5, window, groups: 1, bias: false }.into(),
                vec![values[recent]],
            ),
            2 => (BatchNorm2d { channels: 5, eps: BatchNorm2d::EPS }.into(), vec![values[recent]]),
            3 => (Relu.into(), vec![values[recent]]),
            4 => (MaxPool2d { window }.into(), vec![values[recent]]),
            _ => (Add.into(), vec![values[recent], other]),
        };
        values.push(net.add(format!("node{index}"), op, &inputs).expect("all shapes are equal"));
    }
    net.finish().expect("three nodes at least")
}

#[test]
fn plans_of_random_graphs_are_correct() {
    let mut random = Random::new(8);
    for _ in 0..500 {
        let graph = random_graph(&mut random);
        check(&fused(&graph));
        check(&Plan::inspected(&graph));
        let names = some_names(&graph, random.below(4), &mut random);
        check(&Plan::new(&graph, &names).expect("names of the graph"));
    }
}

/// An unused branch does not run and does not prevent fusion.
#[test]
fn unused_branches_do_not_run() {
    let window = Window::square(3, 1, 1);
    let mut net = GraphBuilder::new(Shape::new(1, 4, 4, 4));
    let stem = Conv2d { in_channels: 4, out_channels: 4, window, groups: 1, bias: false };
    let stem = net.add("stem", stem, &[ValueRef::Input]).unwrap();
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
    let error = Plan::new(&resnet50(), &["layer9.0.conv1"]).expect_err("no such stage").to_string();
    assert_eq!(error, "the graph has no node \"layer9.0.conv1\": expected the name of one of its 175 nodes");
}
