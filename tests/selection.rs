//! What is chosen by what was measured, without a GPU: the fastest, as long as an image takes few dispatches.
#![cfg(not(target_arch = "wasm32"))]

use resnet_lens::ResNetConfig;
use resnet_lens::graph::{Graph, Node};
use resnet_lens::ops::{AdapterClass, AdapterProfile, Algorithm, Gemm, Role, WeightFormat, Window};
use resnet_lens::plan::{AlgorithmSelection, Plan, TuningTable};

const PLAIN: Algorithm = Algorithm::Plain(Gemm::Direct8x8);
/// Three dispatches, and two.
const LONG: Algorithm = Algorithm::Winograd(4, Gemm::Direct8x8);
const SHORT: Algorithm = Algorithm::Winograd(4, Gemm::Scalar);

fn adapter() -> AdapterProfile {
    AdapterProfile::new(AdapterClass::Any, WeightFormat::F32)
}

fn class(graph: &Graph, node: &Node) -> Option<String> {
    AlgorithmSelection::of(adapter()).class(&node.op, &graph.input_shapes(node), node.shape)
}

/// Convolutions of 3x3 with stride 1, which can be transformed: the stage of each and its class.
fn transformable(graph: &Graph) -> Vec<(&str, String)> {
    let is = |node: &Node| node.op.window() == Some(Window::square(3, 1, 1)) && node.op.role() == Role::Convolution;
    let found = graph.nodes().iter().filter(|node| is(node));
    found.map(|node| (&node.name[..6], class(graph, node).expect("it knows several ways"))).collect()
}

/// TuningTable of 10 ms, and what `others` take in a stage, in milliseconds.
fn times(graph: &Graph, others: impl Fn(&str) -> Vec<(Algorithm, f64)>) -> TuningTable {
    let nanoseconds = |(way, ms): (Algorithm, f64)| (way, (ms * 1e6) as u64);
    let all = |stage: &str| [vec![(PLAIN, 10.0)], others(stage)].concat().into_iter().map(nanoseconds).collect();
    transformable(graph).into_iter().map(|(stage, class)| (class, all(stage))).collect()
}

fn dispatches(graph: &Graph, choices: &AlgorithmSelection) -> usize {
    Plan::with(graph, &[""; 0], choices).expect("no names").calls().count()
}

/// The ways of the four stages.
fn chosen(graph: &Graph, choices: &AlgorithmSelection) -> Vec<Algorithm> {
    let mut layers = transformable(graph);
    layers.dedup_by_key(|(stage, _)| *stage);
    layers.iter().map(|(_, class)| choices.measured[class]).collect()
}

fn resnet(config: ResNetConfig) -> Graph {
    config.graph(1, 224, 224).expect("large enough")
}

#[test]
fn the_fastest_is_chosen_where_it_is_clearly_faster() {
    let graph = resnet(ResNetConfig::resnet50());
    let ms = |stage: &str| if stage == "layer1" { 9.8 } else { 9.6 };
    let times = times(&graph, |stage| vec![(Algorithm::Plain(Gemm::Scalar), ms(stage))]);
    let choices = AlgorithmSelection::settled(adapter(), &times, &graph);
    let faster = Algorithm::Plain(Gemm::Scalar);
    assert_eq!(chosen(&graph, &choices), [PLAIN, faster, faster, faster], "2 % may be chance");
    assert_eq!(dispatches(&graph, &choices), 56);
    assert_eq!(AlgorithmSelection::settled(adapter(), &TuningTable::new(), &graph), AlgorithmSelection::of(adapter()));
}

/// 13 layers transformed are 26 dispatches more, of which 19 are allowed.
#[test]
fn those_that_gain_least_by_their_dispatches_give_way() {
    let graph = resnet(ResNetConfig::resnet50());
    let ms = |stage: &str| match stage {
        "layer1" => 9.5,
        "layer2" => 8.5,
        "layer3" => 4.0,
        _ => 9.0,
    };
    let long = times(&graph, |stage| vec![(LONG, ms(stage))]);
    let choices = AlgorithmSelection::settled(adapter(), &long, &graph);
    assert_eq!(chosen(&graph, &choices), [PLAIN, LONG, LONG, PLAIN], "3 layers gain 0.25 ms a dispatch, 2 gain 0.5 ms");
    assert_eq!(dispatches(&graph, &choices), 56 + 26 - 6 - 4);

    // A little slower in one dispatch less is the cheaper way out: 0.1 ms a dispatch.
    let both = times(&graph, |stage| vec![(LONG, ms(stage)), (SHORT, ms(stage) + 0.1)]);
    let choices = AlgorithmSelection::settled(adapter(), &both, &graph);
    assert!(chosen(&graph, &choices).iter().all(|way| *way != PLAIN), "{choices:?}");
    assert!(dispatches(&graph, &choices) <= 75, "{choices:?}");
    assert!(chosen(&graph, &choices).contains(&LONG), "no more is given back than has to be");
}

#[test]
fn deeper_networks_may_have_more_and_small_ones_all() {
    // 35 of ResNet-152's layers are alike: 70 dispatches, where a third more than 158 is allowed. Without them all others fit.
    for (config, expected) in
        [(ResNetConfig::resnet18(), [LONG; 4]), (ResNetConfig::resnet152(), [LONG, LONG, PLAIN, LONG])]
    {
        let graph = resnet(config);
        let times = times(&graph, |stage| vec![(LONG, if stage == "layer3" { 2.0 } else { 8.0 })]);
        assert_eq!(chosen(&graph, &AlgorithmSelection::settled(adapter(), &times, &graph)), expected);
    }
}

/// What cannot be chosen differently stays, however many dispatches that are.
#[test]
fn what_has_no_other_way_stays() {
    let graph = resnet(ResNetConfig::resnet50());
    let only: TuningTable = transformable(&graph).into_iter().map(|(_, class)| (class, vec![(LONG, 1)])).collect();
    let choices = AlgorithmSelection::settled(adapter(), &only, &graph);
    assert_eq!(dispatches(&graph, &choices), 56 + 26);
    let nothing: TuningTable = transformable(&graph).into_iter().map(|(_, class)| (class, Vec::new())).collect();
    assert_eq!(AlgorithmSelection::settled(adapter(), &nothing, &graph), AlgorithmSelection::of(adapter()));
}
