//! Thumbnails: they match the values of the steps, and plans stay fused.

use crate::common::{self, Random, gpu};
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::Executable;
use resnet_lens::graph::Graph;
use resnet_lens::lens::{Colormap, ColourMapping, Legend, Scale};
use resnet_lens::ops::ParameterValues;
use resnet_lens::plan::Plan;
use resnet_lens::resnet::Block;
use resnet_lens::session::{CanvasRole, ChannelTile, GridRequest, MapRequest, NodeTile, Rectangle};
use resnet_lens::{ResNetConfig, Session};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

/// Feature maps of 75 x 61 values, not divisible by cells of 2 x 2, and of 640 channels, more than one slice.
fn graph() -> Graph {
    let config =
        ResNetConfig { block: Block::Bottleneck, stages: vec![1, 2], width: 80, inner: 80, ..ResNetConfig::resnet50() };
    config.graph(1, 150, 122).expect("large enough")
}

#[test]
fn thumbnails_are_mean_magnitudes() {
    pollster::block_on(async {
        let (gpu, graph, mut random) = (gpu().await, graph(), Random::new(51));
        let parameters: Vec<ParameterValues> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
        let parameters = common::upload(&gpu, &graph, &parameters);
        let input = random.tensor(graph.input(), -1.0, 1.0);
        let mut inspected =
            Executable::new(&gpu, Plan::inspected(&graph), &parameters).await.expect("a working device");
        inspected.run(&input).await.expect("a working device");
        for plan in [Plan::new(&graph, &[""; 0]).expect("no names"), Plan::inspected(&graph)] {
            let dispatches = plan.dispatches().count();
            let plan = plan.with_thumbnails();
            assert_eq!(plan.dispatches().count(), dispatches, "thumbnails do not change the network's dispatches");
            let mut run = Executable::new(&gpu, plan, &parameters).await.expect("a working device");
            run.run(&input).await.expect("a working device");
            let thumbnail_atlas = run.thumbnail_atlas().expect("requested");
            thumbnail_atlas.run();
            let (mut largest, mut magnitude) = (0f32, 0f32);
            for (number, step) in run.plan().steps().iter().enumerate() {
                let name = &graph.nodes()[step.nodes[step.nodes.len() - 1]].name;
                let value = inspected.read(name).await.expect("an observed node");
                let expected = thumbnail_atlas.thumbnails()[number].reference(&value);
                let found = thumbnail_atlas.read(number).await.expect("a working device");
                assert_eq!(found.len(), expected.len(), "{name}");
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() <= 1e-4 * expected.abs().max(0.1), "{name}: {found}, {expected}");
                }
                largest = expected.iter().copied().fold(largest, f32::max);
                magnitude = value.data().iter().fold(magnitude, |largest, value| largest.max(value.abs()));
            }
            let range = thumbnail_atlas.cell_range().read().await.expect("a working device");
            assert!((range - largest).abs() <= 1e-4 * largest, "the largest cell: {range}, expected {largest}");
            let range = thumbnail_atlas.value_range().read().await.expect("a working device");
            assert!((range - magnitude).abs() <= 1e-4 * magnitude, "the largest value: {range}, expected {magnitude}");
        }
    });
}

#[test]
fn every_node_has_a_step() {
    let graph = graph();
    let plan = Plan::new(&graph, &[""; 0]).expect("no names");
    for (index, node) in graph.nodes().iter().enumerate() {
        assert!(plan.step_of(index).is_some(), "{}", node.name);
    }
    assert_eq!(plan.step_of(graph.find("flatten").unwrap()), plan.step_of(graph.find("avgpool").unwrap()));
    assert!(plan.thumbnail_dispatches().is_empty(), "computed only on request");
}

fn image() -> DecodedImage {
    let rgb = (0..130 * 130 * 3u32).map(|i| (i * 11 % 241) as u8).collect();
    DecodedImage { width: 130, height: 130, rgb }
}

async fn session() -> Session {
    let session = crate::common::session().await;
    let card = common::starter_card();
    session.load(STARTER, card).await.expect("the starter model");
    session
}

#[test]
fn the_map_is_drawn_without_observing_nodes() {
    pollster::block_on(async {
        let session = session().await;
        session.attach_offscreen_canvas(CanvasRole::Map).await;
        session.classify_image(&image(), 1).await.expect("a classification");
        let rectangle = |x: f64| Rectangle { x, y: 0.0, width: 16.0, height: 16.0 };
        let nodes = ["layer2.0.conv1", "layer2.1.relu_2", "layer2.1.conv3"];
        let tiles = nodes.iter().enumerate();
        let tiles = tiles.map(|(i, node)| NodeTile { node: (*node).to_owned(), rectangle: rectangle(i as f64 * 16.0) });
        let request = MapRequest { width: 48, height: 16, tiles: tiles.collect(), colour: ColourMapping::default() };
        let before = session.bytes_read_back();
        session.draw_map(&request).await.expect("a drawing");
        // The first drawing plans again and runs the image again, which reads back the logits.
        assert_eq!(session.bytes_read_back() - before, 108 * 4);
        session.draw_map(&request).await.expect("a drawing");
        assert_eq!(session.bytes_read_back() - before, 108 * 4);
        let pixels = session.pixels(CanvasRole::Map).await.expect("a drawing");
        let (width, left) = (48 * 4, |tile: usize, x: usize| (tile * 16 + x) * 4);
        let shown = session.feature_map("layer2.1.relu_2").await.expect("a node of the network");
        let cells: Vec<f32> = (0..256)
            .map(|at| {
                (0..shown.shape().c).map(|c| shown.at(0, c, at / 16, at % 16).abs()).sum::<f32>()
                    / shown.shape().c as f32
            })
            .collect();
        let [low, high] = [f32::min, f32::max].map(|f| cells.iter().copied().reduce(f).expect("256 of them"));
        let legend = Legend { low, high, signed: false };
        for (at, cell) in cells.iter().enumerate() {
            let start = at / 16 * width + left(1, at % 16);
            let found = &pixels.data[start..start + 3];
            let expected = request.colour.paint(*cell, legend).map(|part| part * 255.0);
            let difference = found.iter().zip(expected).map(|(f, e)| (f32::from(*f) - e).abs()).fold(0.0, f32::max);
            assert!(difference <= 2.0, "cell {at}: {found:?}, expected {expected:?}");
            let fused = at / 16 * width + left(2, at % 16);
            assert_eq!(found, &pixels.data[fused..fused + 3], "a convolution shows the value that its step stores");
        }
        let tiles = vec![NodeTile { node: "layer9".to_owned(), rectangle: rectangle(0.0) }];
        let error = session.draw_map(&MapRequest { tiles, ..request }).await.expect_err("no such node").to_string();
        assert!(error.contains("the graph has no node \"layer9\""), "{error}");
    });
}

/// With the network's scale, equal magnitudes have equal colours in all layers.
#[test]
fn all_layers_share_the_scale_of_the_network() {
    pollster::block_on(async {
        let session = session().await;
        let nodes = ["layer1.0.relu", "layer3.0.conv1", "conv1"];
        session.observe(&nodes).await.expect("nodes of the network");
        session.attach_offscreen_canvas(CanvasRole::Grid).await;
        session.classify_image(&image(), 1).await.expect("a classification");
        let mut bounds = Vec::new();
        for node in nodes {
            let rectangle = Rectangle { x: 0.0, y: 0.0, width: 8.0, height: 8.0 };
            let request = GridRequest {
                width: 8,
                height: 8,
                node: node.to_owned(),
                tiles: vec![ChannelTile { channel: 3, rectangle }],
                colour: ColourMapping { colormap: Colormap::Grey, scale: Scale::Network, gamma: 1.0 },
                legend: true,
            };
            bounds.push(session.draw_grid(&request).await.expect("a drawing").expect("requested"));
        }
        let largest = session.feature_map("conv1").await.expect("an observed node");
        let largest = largest.data().iter().fold(0f32, |largest, value| largest.max(value.abs()));
        let high = bounds[0].high.expect("a common bound");
        assert!(bounds.iter().all(|bounds| bounds.high == Some(high)), "{bounds:?}");
        assert!(high >= largest, "{high} is not the largest magnitude: conv1 has {largest}");
        assert_eq!((bounds[0].low, bounds[0].signed, bounds[1].low), (Some(0.0), false, Some(-high)));
    });
}
