//! Selection of algorithms by measured times, without a GPU: the fastest ones within the budget of dispatches per image.

use resnet_lens::ResNetConfig;
use resnet_lens::graph::{Graph, Node};
use resnet_lens::ops::{AdapterClass, AdapterProfile, Algorithm, Gemm, Role, WeightFormat, Window};
use resnet_lens::plan::{AlgorithmSelection, LayerClass, Plan, TuningTable};

const PLAIN: Algorithm = Algorithm::Plain(Gemm::Direct8x8);
/// Three dispatches.
const LONG: Algorithm = Algorithm::Winograd(4, Gemm::Direct8x8);
/// Two dispatches.
const SHORT: Algorithm = Algorithm::Winograd(4, Gemm::Scalar);

fn adapter() -> AdapterProfile {
    AdapterProfile::new(AdapterClass::Any, WeightFormat::F32)
}

fn class(graph: &Graph, node: &Node) -> Option<LayerClass> {
    AlgorithmSelection::predicted(adapter()).class(&node.op, &graph.input_shapes(node), node.shape)
}

/// The 3x3 convolutions with stride 1, which have a Winograd algorithm: stage and class of each.
fn winograd_layers(graph: &Graph) -> Vec<(&str, LayerClass)> {
    let is = |node: &&Node| node.op.window() == Some(Window::square(3, 1, 1)) && node.op.role() == Role::Convolution;
    let layers = graph.nodes().iter().filter(is);
    layers.map(|node| (&node.name[..6], class(graph, node).expect("several algorithms"))).collect()
}

/// A table with 10 ms for the plain algorithm, and the milliseconds of `others` for each stage.
fn table(graph: &Graph, others: impl Fn(&str) -> Vec<(Algorithm, f64)>) -> TuningTable {
    let nanoseconds = |(algorithm, ms): (Algorithm, f64)| (algorithm, (ms * 1e6) as u64);
    let times = |stage: &str| [vec![(PLAIN, 10.0)], others(stage)].concat().into_iter().map(nanoseconds).collect();
    winograd_layers(graph).into_iter().map(|(stage, class)| (class, times(stage))).collect()
}

fn dispatches(graph: &Graph, selection: &AlgorithmSelection) -> usize {
    Plan::with_selection(graph, &[""; 0], selection).expect("no names").dispatches().count()
}

/// The algorithm of each stage.
fn selected(graph: &Graph, selection: &AlgorithmSelection) -> Vec<Algorithm> {
    let mut layers = winograd_layers(graph);
    layers.dedup_by_key(|(stage, _)| *stage);
    layers.iter().map(|(_, class)| selection.tuned[class]).collect()
}

fn resnet(config: ResNetConfig) -> Graph {
    config.graph(1, 224, 224).expect("a valid input size")
}

#[test]
fn the_fastest_algorithm_is_selected_if_it_is_clearly_faster() {
    let graph = resnet(ResNetConfig::resnet50());
    let ms = |stage: &str| if stage == "layer1" { 9.8 } else { 9.6 };
    let table = table(&graph, |stage| vec![(Algorithm::Plain(Gemm::Scalar), ms(stage))]);
    let selection = AlgorithmSelection::from_tuning(adapter(), &table, &graph);
    let faster = Algorithm::Plain(Gemm::Scalar);
    assert_eq!(selected(&graph, &selection), [PLAIN, faster, faster, faster], "2 % is within the margin");
    assert_eq!(dispatches(&graph, &selection), 56);
    let untuned = AlgorithmSelection::from_tuning(adapter(), &TuningTable::new(), &graph);
    assert_eq!(untuned, AlgorithmSelection::predicted(adapter()));
}

/// Winograd in 13 layers adds 26 dispatches, of which the budget allows 19.
#[test]
fn classes_that_save_least_time_per_dispatch_are_replaced() {
    let graph = resnet(ResNetConfig::resnet50());
    let ms = |stage: &str| match stage {
        "layer1" => 9.5,
        "layer2" => 8.5,
        "layer3" => 4.0,
        _ => 9.0,
    };
    let long = table(&graph, |stage| vec![(LONG, ms(stage))]);
    let selection = AlgorithmSelection::from_tuning(adapter(), &long, &graph);
    let expected = [PLAIN, LONG, LONG, PLAIN];
    assert_eq!(selected(&graph, &selection), expected, "3 layers save 0.25 ms per dispatch, 2 save 0.5 ms");
    assert_eq!(dispatches(&graph, &selection), 56 + 26 - 6 - 4);

    // One dispatch less costs 0.1 ms with SHORT, less than with PLAIN.
    let both = table(&graph, |stage| vec![(LONG, ms(stage)), (SHORT, ms(stage) + 0.1)]);
    let selection = AlgorithmSelection::from_tuning(adapter(), &both, &graph);
    assert!(selected(&graph, &selection).iter().all(|algorithm| *algorithm != PLAIN), "{selection:?}");
    assert!(dispatches(&graph, &selection) <= 75, "{selection:?}");
    assert!(selected(&graph, &selection).contains(&LONG), "no more classes are replaced than necessary");
}

#[test]
fn the_budget_grows_with_the_depth_of_the_network() {
    // In ResNet-152, 35 layers of one class add 70 dispatches; the budget is 158 and a third. All other classes fit.
    for (config, expected) in
        [(ResNetConfig::resnet18(), [LONG; 4]), (ResNetConfig::resnet152(), [LONG, LONG, PLAIN, LONG])]
    {
        let graph = resnet(config);
        let table = table(&graph, |stage| vec![(LONG, if stage == "layer3" { 2.0 } else { 8.0 })]);
        assert_eq!(selected(&graph, &AlgorithmSelection::from_tuning(adapter(), &table, &graph)), expected);
    }
}

#[test]
fn a_class_with_one_algorithm_keeps_it() {
    let graph = resnet(ResNetConfig::resnet50());
    let times = |times: &[(Algorithm, u64)]| -> TuningTable {
        winograd_layers(&graph).into_iter().map(|(_, class)| (class, times.to_vec())).collect()
    };
    let selection = AlgorithmSelection::from_tuning(adapter(), &times(&[(LONG, 1)]), &graph);
    assert_eq!(dispatches(&graph, &selection), 56 + 26);
    let selection = AlgorithmSelection::from_tuning(adapter(), &times(&[]), &graph);
    assert_eq!(selection, AlgorithmSelection::predicted(adapter()));
}

#[test]
fn classes_are_distinguished_by_every_property_of_layer_and_adapter() {
    let graph = resnet(ResNetConfig::resnet50());
    let node = &graph.nodes()[graph.find("layer1.0.conv2").expect("a node of ResNet-50")];
    let class = class(&graph, node).expect("several algorithms");
    assert_eq!((class.operator.as_str(), class.window), ("Conv2d", Some(Window::square(3, 1, 1))));
    assert_eq!((class.input.dims(), class.output.dims()), ([1, 64, 56, 56], [1, 64, 56, 56]));
    assert_eq!(class.parameters, [[64, 64, 3, 3]]);
    let inputs = graph.input_shapes(node);
    let on = |adapter| AlgorithmSelection::predicted(adapter).class(&node.op, &inputs, node.shape);
    assert_eq!(on(AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F32)), Some(class.clone()));
    assert_ne!(on(AdapterProfile::new(AdapterClass::Any, WeightFormat::F16)), Some(class));
    let relu = &graph.nodes()[graph.find("relu").expect("a node of ResNet-50")];
    assert_eq!(self::class(&graph, relu), None, "one algorithm");
}

#[test]
fn a_table_survives_its_file() {
    let graph = resnet(ResNetConfig::resnet50());
    let table = table(&graph, |_| vec![(LONG, 7.25), (SHORT, 9.0)]);
    assert_eq!(TuningTable::from_json(&table.to_json()).expect("its own text"), table);
    assert_eq!(TuningTable::from_json("[]").expect("an empty list"), TuningTable::new());
}

/// Earlier versions saved an object whose keys described the layers in words.
#[test]
fn a_table_of_an_earlier_version_is_ignored() {
    let earlier =
        r#"{"Conv2d 3x3 stride 1 padding 1, 1x64x56x56 to 1x64x56x56, f32 in f32": [[{"plain": "scalar"}, 913]]}"#;
    assert_eq!(TuningTable::from_json(earlier).expect("an outdated table"), TuningTable::new());
    for text in ["", "{", "7", r#"{"a": 1}"#, r#"[{"class": "a"}]"#] {
        let error = TuningTable::from_json(text).expect_err("no table").to_string();
        let expected = "the saved tuning: expected a JSON list of layer classes with their times, found another text: ";
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}
