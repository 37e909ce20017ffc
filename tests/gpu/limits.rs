//! No selected or offered algorithm needs a buffer above the device's limits.

use std::collections::BTreeMap;

use resnet_lens::ResNetConfig;
use resnet_lens::gpu::Needs;
use resnet_lens::graph::{Graph, Node};
use resnet_lens::ops::{AdapterClass, AdapterProfile, Algorithm, ComputeType, WeightFormat};
use resnet_lens::plan::{AlgorithmSelection, LayerClass, Plan, SelectedAlgorithms};

const LIMIT: u64 = AdapterProfile::DEFAULT_BUFFER_LIMIT;

fn wide_networks() -> [Graph; 2] {
    let wide50 = ResNetConfig::wide_resnet50_2();
    let wide101 = ResNetConfig { stages: vec![3, 4, 23, 3], ..wide50.clone() };
    [wide50, wide101].map(|config| config.graph(1, 224, 224).expect("large enough"))
}

/// The size of the largest buffer with these algorithms.
fn largest_buffer(graph: &Graph, adapter: AdapterProfile, tuned: SelectedAlgorithms) -> u64 {
    let selection = AlgorithmSelection { tuned, strict: false, ..AlgorithmSelection::predicted(adapter) };
    Needs::of(&Plan::with_selection(graph, &[""; 0], &selection).expect("no names")).largest_buffer
}

/// The algorithms that are offered for each layer class.
fn candidates(graph: &Graph, adapter: AdapterProfile) -> BTreeMap<LayerClass, Vec<Algorithm>> {
    let selection = AlgorithmSelection::predicted(adapter);
    let offered = |node: &Node| {
        let inputs = graph.input_shapes(node);
        let class = selection.class(&node.op, &inputs, node.shape)?;
        Some((class, selection.candidates(&node.op, &inputs, node.shape)))
    };
    graph.nodes().iter().filter_map(offered).collect()
}

fn adapters() -> Vec<AdapterProfile> {
    let classes = [AdapterClass::Any, AdapterClass::SwiftShader, AdapterClass::Software, AdapterClass::Gpu];
    let of = |target| {
        let f32s = AdapterProfile::new(target, WeightFormat::F32);
        let f16s = AdapterProfile { arithmetic: ComputeType::F16, ..AdapterProfile::new(target, WeightFormat::F16) };
        let subgroups = [f32s, f16s].map(|profile| AdapterProfile { subgroups: true, ..profile });
        [f32s, f16s, subgroups[0], subgroups[1], AdapterProfile { matrix_side: Some(16), ..f16s }]
    };
    classes.into_iter().flat_map(of).collect()
}

#[test]
fn every_offered_algorithm_fits_the_default_limits() {
    for graph in wide_networks() {
        for adapter in adapters() {
            let offered = candidates(&graph, adapter);
            assert!(
                offered.values().all(|algorithms| !algorithms.is_empty()),
                "{adapter:?}: a class without an algorithm"
            );
            let found = largest_buffer(&graph, adapter, SelectedAlgorithms::new());
            assert!(found <= LIMIT, "{adapter:?}: the predicted algorithms need {found} bytes");
            let most = offered.values().map(Vec::len).max().expect("a convolution");
            for round in 0..most {
                let choose = |(class, algorithms): (&LayerClass, &Vec<Algorithm>)| {
                    (class.clone(), algorithms[round % algorithms.len()])
                };
                let found = largest_buffer(&graph, adapter, offered.iter().map(choose).collect());
                assert!(found <= LIMIT, "{adapter:?}: the offered algorithms in position {round} need {found} bytes");
            }
        }
    }
}

/// The F(4x4, 3x3) weights of the last stage take 151 MB: offered and used only where buffers may be that large.
#[test]
fn transformed_weights_count() {
    let is_f4 = |algorithm: &Algorithm| matches!(algorithm, Algorithm::Winograd(4, _));
    let [graph, _] = wide_networks();
    let small = AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F32);
    let large = AdapterProfile { buffer_limit: 1 << 30, ..small };
    let (limited, offered) = (candidates(&graph, small), candidates(&graph, large));
    let f4 = |class: &LayerClass| offered[class].iter().copied().find(is_f4);
    let above: SelectedAlgorithms = offered
        .keys()
        .filter(|class| !limited[class].iter().any(is_f4))
        .filter_map(|class| Some((class.clone(), f4(class)?)))
        .collect();
    assert_eq!(above.keys().map(|class| class.input.c).collect::<Vec<_>>(), [1024], "the last stage only");
    assert_eq!(largest_buffer(&graph, large, above.clone()), 36 * 1024 * 1024 * 4);
    let found = largest_buffer(&graph, small, above);
    assert!(found <= LIMIT, "a table of another device makes this one need {found} bytes");
}
