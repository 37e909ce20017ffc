//! Inspection of the starter model: drawings, statistics and probes match the values of its nodes.

use crate::common;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::lens::{
    Colormap, ColourMapping, Legend, Scale, Statistics, class_map, receptive_field, related_nodes,
};
use resnet_lens::ops::{Conv2d, Op, ParameterValues, Window};
use resnet_lens::preprocess::Preprocess;
use resnet_lens::session::{
    CanvasRole, ChannelRequest, ChannelTile, FiltersRequest, GridRequest, OverlayKind, OverlayRequest, Rectangle,
};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use resnet_lens::{ModelCard, ResNetConfig, Session};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

fn image() -> DecodedImage {
    let rgb = (0..200 * 150 * 3u32).map(|i| (i * 7 % 251 / (1 + i / 30_000)) as u8).collect();
    DecodedImage { width: 200, height: 150, rgb }
}

/// A session with the starter model, these nodes observed and an image classified.
async fn session(nodes: &[&str]) -> Session {
    let session = crate::common::session().await;
    session.load(STARTER, common::starter_card()).await.expect("the starter model");
    session.observe(nodes).await.expect("nodes of the network");
    session.classify_image(&image(), 1).await.expect("a classification");
    session
}

fn levels_apart(pixel: &[u8], [red, green, blue]: [f32; 3]) -> f32 {
    let expected = [red, green, blue, 1.0].map(|part| part * 255.0);
    pixel.iter().zip(expected).map(|(found, expected)| (f32::from(*found) - expected).abs()).fold(0.0, f32::max)
}

#[test]
fn a_grid_shows_the_channels_of_its_node() {
    pollster::block_on(async {
        let session = session(&["layer2.0.conv2", "layer2.0.relu_2"]).await;
        session.attach_offscreen_canvas(CanvasRole::Grid).await;
        let rectangle = |channel: usize| Rectangle { x: channel as f64 * 20.0, y: 0.4, width: 16.0, height: 16.0 };
        for (node, signed) in [("layer2.0.conv2", true), ("layer2.0.relu_2", false)] {
            let map = session.feature_map(node).await.expect("an observed node");
            let layer = Statistics::reference(&map).layer;
            let request = GridRequest {
                width: 200,
                height: 16,
                node: node.to_owned(),
                tiles: (0..10).map(|channel| ChannelTile { channel, rectangle: rectangle(channel) }).collect(),
                colour: ColourMapping { colormap: Colormap::Magma, scale: Scale::Layer, gamma: 0.5 },
                legend: true,
            };
            let bounds = session.draw_grid(&request).await.expect("a drawing").expect("requested bounds");
            let legend = Legend::new(layer.min, layer.max, signed);
            assert_eq!(
                (bounds.low, bounds.high, bounds.signed),
                (Some(legend.low), Some(legend.high), signed),
                "{node}"
            );
            let pixels = session.pixels(CanvasRole::Grid).await.expect("a drawing").data;
            assert_eq!((map.shape().h, map.shape().w), (16, 16), "one cell per pixel");
            for (channel, y, x) in (0..10).flat_map(|c| (0..256).map(move |at| (c, at / 16, at % 16))) {
                let at = (y * 200 + channel * 20 + x) * 4;
                let difference =
                    levels_apart(&pixels[at..at + 4], request.colour.paint(map.at(0, channel, y, x), legend));
                assert!(
                    difference <= 2.0,
                    "{node}: channel {channel}, row {y}, column {x}: {difference} levels of 255 difference"
                );
            }
            let (offscreen, same) = session.grid_pixels(&request).await.expect("no canvas needed");
            assert_eq!((offscreen.width, offscreen.height, offscreen.data), (200, 16, pixels), "{node}: offscreen");
            assert_eq!(same, Some(bounds), "{node}: the scale of the offscreen drawing");
            let without_legend = session.draw_grid(&GridRequest { legend: false, ..request }).await.expect("a drawing");
            assert_eq!(without_legend, None);
        }
    });
}

/// The head is linear: the mean of the class activation map plus the bias is the logit.
#[test]
fn the_class_activation_map_is_the_weighted_last_feature_map() {
    pollster::block_on(async {
        let session = session(&["fc"]).await;
        let last = "layer4.2.relu_2";
        session.observe(&["fc", last]).await.expect("nodes of the network");
        session.refresh().await.expect("the latest image");
        let [map, logits] =
            [session.feature_map(last).await.expect("an observed node"), session.feature_map("fc").await.unwrap()];
        let file = WeightFile::open(STARTER).await.expect("a weight file");
        let config = ResNetConfig::infer(&file.dims(), Default::default()).expect("a ResNet");
        let graph = config.graph(1, 128, 128).expect("large enough");
        let head = file.parameters(&graph.nodes()[graph.find("fc").unwrap()]).await.expect("the head");
        for class in [0, 3, config.classes.expect("a classifier") - 1] {
            let row = &head["weight"][class * map.shape().c..][..map.shape().c];
            let expected = class_map(&map, row);
            let found = session.class_activation_map(class).await.expect("a class activation map");
            let unit = expected.data().iter().fold(0f32, |most, value| most.max(value.abs()));
            for (found, expected) in found.data().iter().zip(expected.data()) {
                assert!((found - expected).abs() <= 1e-5 * unit, "class {class}: {found}, expected {expected}");
            }
            let mean = found.data().iter().sum::<f32>() / found.data().len() as f32;
            let logit = mean + head["bias"][class];
            assert!((logit - logits.data()[class]).abs() < 1e-4 * unit, "class {class}: {logit}");
        }
        session.attach_offscreen_canvas(CanvasRole::Overlay).await;
        let request = OverlayRequest {
            width: 64,
            height: 64,
            kind: OverlayKind::Cam,
            class: Some(3),
            node: None,
            channel: None,
            opacity: 0.8,
            colour: ColourMapping::default(),
            legend: true,
        };
        let bounds = session.draw_overlay(&request).await.expect("a drawing").expect("requested bounds");
        assert!(bounds.high > bounds.low);
        let pixels = session.pixels(CanvasRole::Overlay).await.expect("a drawing").data;
        let strongest = pixels.iter().skip(3).step_by(4).max();
        assert!(strongest.is_some_and(|alpha| (150..=204).contains(alpha)), "{strongest:?} of 0.8 · 255");
        let (offscreen, same) = session.overlay_pixels(&request).await.expect("no canvas needed");
        assert_eq!((offscreen.data, same), (pixels, Some(bounds)), "offscreen");
        let error =
            session.draw_overlay(&OverlayRequest { class: Some(107), ..request }).await.expect_err("no such class");
        assert_eq!(error.to_string(), "the class activation map: expected a class below 107, found 107");
    });
}

#[test]
fn statistics_belong_to_the_latest_image() {
    pollster::block_on(async {
        let session = session(&["layer1.0.relu"]).await;
        let before = session.statistics("layer1.0.relu").await.expect("an observed node");
        let white = DecodedImage { width: 8, height: 8, rgb: vec![255; 192] };
        session.classify_image(&white, 1).await.expect("a classification");
        let after = session.statistics("layer1.0.relu").await.expect("an observed node");
        assert_ne!(before, after, "another image has other statistics");
        let map = session.feature_map("layer1.0.relu").await.expect("an observed node");
        let expected = Statistics::reference(&map);
        assert_eq!((after.layer.min, after.layer.max), (expected.layer.min, expected.layer.max));
        let histogram = session.histogram("layer1.0.relu", 5, 32).await.expect("an observed node");
        let plane = &map.data()[5 * map.shape().h * map.shape().w..][..map.shape().h * map.shape().w];
        assert_eq!(histogram.counts.iter().sum::<u32>() as usize, plane.len());
        let width = (histogram.high - histogram.low) / 32.0;
        let first = plane.iter().filter(|value| **value < histogram.low + 0.999_9 * width).count();
        assert!(first <= histogram.counts[0] as usize, "{first} values are inside the first bin");
        assert_eq!([histogram.low, histogram.high], [expected.channels.min[5], expected.channels.max[5]]);
    });
}

/// The terms add up to the value, through normalisation and activation.
#[test]
fn the_terms_of_a_probe_add_up_to_its_value() {
    pollster::block_on(async {
        let file =
            WeightFile::open(&include_bytes!("../golden/resnet/bottleneck.safetensors")[..]).await.expect("weights");
        let config = ResNetConfig::infer(&file.dims(), Default::default()).expect("a ResNet");
        let session = crate::common::session().await;
        let mut card = ModelCard::torchvision("small");
        card.preprocess = Some(Preprocess { resize: 64, crop: 64, ..Preprocess::default() });
        session
            .load(&include_bytes!("../golden/resnet/bottleneck.safetensors")[..], card)
            .await
            .expect("the golden model");
        let graph = config.graph(1, 64, 64).expect("large enough");
        let nodes: Vec<&str> = ["conv1", "bn1", "relu", "conv3", "bn3", "conv2"]
            .map(|n| match n {
                "conv1" => "layer2.0.conv1",
                "bn1" => "layer2.0.bn1",
                "relu" => "layer2.0.relu",
                "conv3" => "layer2.0.conv3",
                "bn3" => "layer2.0.bn3",
                _ => "layer2.0.conv2",
            })
            .into();
        session.observe(&nodes).await.expect("nodes of the network");
        session.classify_image(&image(), 1).await.expect("a classification");
        for node in &nodes {
            let shape = graph.nodes()[graph.find(node).unwrap()].shape;
            let (channel, y, x) = (shape.c - 1, shape.h - 1, 1);
            let probe = session.probe(node, channel, y, x).await.expect("an observed node");
            assert_eq!(probe.value, session.feature_map(node).await.unwrap().at(0, channel, y, x));
            assert_eq!(probe.receptive_field, receptive_field(&graph, node, y, x).unwrap());
            if node.ends_with("conv2") {
                assert_eq!((probe.terms, probe.dot_product), (None, None), "terms are shown for 1x1 convolutions only");
                continue;
            }
            let (terms, sum) = (probe.terms.expect("1x1"), probe.dot_product.expect("1x1"));
            assert!(terms.len() <= 8 && terms.is_sorted_by(|a, b| a.product.abs() >= b.product.abs()), "{node}");
            let value = sum.sum * sum.scale + sum.shift;
            let value = if sum.activation.is_some() { value.max(0.0) } else { value };
            assert!(
                (value - probe.value).abs() <= 1e-4 * probe.value.abs().max(1.0),
                "{node}: {value}, {}",
                probe.value
            );
        }
        let error = session.probe("layer2.0.conv1", 0, 99, 0).await.expect_err("no such row").to_string();
        assert!(error.starts_with("layer2.0.conv1: expected a row below "), "{error}");
    });
}

/// Observing a node changes fusion and memory, but not the logits.
#[test]
fn observing_a_node_does_not_change_the_logits() {
    pollster::block_on(async {
        let session = session(&[]).await;
        let unobserved = session.feature_map("fc").await.expect("the output is always observed");
        let names: Vec<String> = session.layers().iter().map(|layer| layer.name.clone()).collect();
        assert_eq!(names.len(), 175);
        for name in names {
            session.observe(&[&name]).await.expect("a node of the network");
            session.refresh().await.expect("the latest image");
            let observed = session.feature_map("fc").await.expect("the output is always observed");
            common::assert_close(&name, &observed, &unobserved, 1e-4);
            session.statistics(&name).await.expect("an observed node");
        }
    });
}

#[test]
fn filters_are_drawn_as_rgb_images() {
    pollster::block_on(async {
        let session = session(&[]).await;
        session.attach_offscreen_canvas(CanvasRole::Filters).await;
        let rectangle = Rectangle { x: 0.0, y: 0.0, width: 7.0, height: 7.0 };
        let request = FiltersRequest {
            width: 7,
            height: 7,
            node: "conv1".to_owned(),
            tiles: vec![ChannelTile { channel: 2, rectangle }],
        };
        session.draw_filters(&request).await.expect("a drawing");
        let pixels = session.pixels(CanvasRole::Filters).await.expect("a drawing").data;
        let file = WeightFile::open(STARTER).await.expect("a weight file");
        let config = ResNetConfig::infer(&file.dims(), Default::default()).expect("a ResNet");
        let graph = config.graph(1, 128, 128).expect("large enough");
        let weight = &file.parameters(&graph.nodes()[0]).await.expect("the stem")["weight"];
        let filter = &weight[2 * 147..3 * 147];
        let largest = filter.iter().fold(0f32, |largest, weight| largest.max(weight.abs()));
        for at in 0..49 {
            let colour = [0, 1, 2].map(|channel| 0.5 + 0.5 * filter[channel * 49 + at] / largest);
            let difference = levels_apart(&pixels[at * 4..at * 4 + 4], colour);
            assert!(difference <= 2.0, "cell {at}: {difference} levels of 255 difference");
        }
        let request = FiltersRequest { node: "layer1.0.conv1".to_owned(), ..request };
        let error = session.draw_filters(&request).await.expect_err("16 input channels").to_string();
        assert!(error.contains("expected a convolution with 3 input channels"), "{error}");
    });
}

#[test]
fn invalid_requests_are_errors() {
    pollster::block_on(async {
        let session = session(&["relu"]).await;
        let request = ChannelRequest {
            width: 10,
            height: 10,
            node: "layer1.0.conv1".to_owned(),
            channel: 0,
            colour: ColourMapping::default(),
            legend: true,
        };
        let error = session.draw_channel(&request).await.expect_err("not observed").to_string();
        assert!(error.starts_with("layer1.0.conv1: its value was not kept"), "{error}");
        session.observe(&["layer1.0.conv1"]).await.expect("a node of the network");
        let error = session.draw_channel(&request).await.expect_err("not run").to_string();
        assert!(error.contains("expected an image to be classified since the observed nodes changed"), "{error}");
        session.refresh().await.expect("the latest image");
        let error = session.draw_channel(&request).await.expect_err("no canvas").to_string();
        assert_eq!(error, "the channel canvas: expected it to be attached, found none");
        session.attach_offscreen_canvas(CanvasRole::Channel).await;
        session.draw_channel(&request).await.expect("a drawing");
        let error = session.draw_channel(&ChannelRequest { channel: 99, ..request }).await.expect_err("16 channels");
        assert_eq!(error.to_string(), "expected a channel below 16, found 99");
    });
}

#[test]
fn related_nodes_follow_the_graph() {
    let graph = ResNetConfig::resnet50().graph(1, 224, 224).expect("the paper's network");
    let related = |node: &str| -> Vec<String> {
        let nodes = related_nodes(&graph, node).expect("a node of the network");
        nodes.into_iter().map(|node| format!("{}: {}", node.name, node.label)).collect()
    };
    let conv = ["layer1.0.conv2: before BN", "layer1.0.bn2: after BN", "layer1.0.relu_1: after ReLU"];
    for node in ["layer1.0.conv2", "layer1.0.bn2", "layer1.0.relu_1"] {
        assert_eq!(related(node), conv);
    }
    assert_eq!(related("layer1.0.bn3"), ["layer1.0.conv3: before BN", "layer1.0.bn3: after BN"]);
    let sum = [
        "layer1.0.bn3: F(x)",
        "layer1.0.downsample.1: projected x",
        "layer1.0.add: sum",
        "layer1.0.relu_2: after ReLU",
    ];
    assert_eq!(related("layer1.0.add"), sum);
    assert_eq!(related("layer1.0.relu_2"), sum);
    assert_eq!(related("layer1.1.add")[1], "layer1.0.relu_2: x");
    assert_eq!(related("maxpool"), ["maxpool: output"]);
}

/// A network of positive weights on an image with one bright pixel: a value is positive exactly if its receptive field contains the
/// pixel.
#[test]
fn a_value_depends_on_its_receptive_field_only() {
    let side = 18;
    let mut net = GraphBuilder::new(Shape::new(side * side, 1, side, side));
    let mut add = |name: &str, op: Op, input: ValueRef| net.add(name, op, &[input]).expect("matching shapes");
    let conv = |window| Conv2d { in_channels: 1, out_channels: 1, window, groups: 1, bias: false }.into();
    let stem = add("stem", conv(Window { kernel: [5, 3], stride: [2, 1], padding: [2, 0] }), ValueRef::Input);
    let pool = add("pool", resnet_lens::ops::MaxPool2d { window: Window::square(3, 2, 1) }.into(), stem);
    let inner = add("inner", conv(Window::square(3, 1, 1)), pool);
    net.add("sum", resnet_lens::ops::Add, &[inner, pool]).expect("equal shapes");
    let graph = net.finish().expect("four nodes");
    let ones = |node: &resnet_lens::graph::Node| -> ParameterValues {
        node.op.parameters().iter().map(|spec| (spec.name, vec![1.0; spec.len()])).collect()
    };
    let parameters: Vec<ParameterValues> = graph.nodes().iter().map(ones).collect();
    let input = HostTensor::from_fn(graph.input(), |n, _, y, x| f32::from(n == y * side + x));
    for (node, values) in graph.nodes().iter().zip(common::walk(&graph, &parameters, &input)) {
        for (y, x) in (0..node.shape.h).flat_map(|y| (0..node.shape.w).map(move |x| (y, x))) {
            let field = receptive_field(&graph, &node.name, y, x).expect("a position of the node");
            for pixel in 0..side * side {
                let [row, column] = [pixel / side, pixel % side].map(|position| position as i64);
                let inside = (field.y..field.y + field.height).contains(&row)
                    && (field.x..field.x + field.width).contains(&column);
                assert_eq!(
                    values.at(pixel, 0, y, x) > 0.0,
                    inside,
                    "{} at {y}, {x} of pixel {row}, {column}",
                    node.name
                );
            }
        }
    }
}

#[test]
fn a_receptive_field_may_exceed_the_image() {
    let graph: Graph = ResNetConfig::resnet50().graph(1, 224, 224).expect("the paper's network");
    let field = receptive_field(&graph, "conv1", 0, 0).expect("a position of the node");
    assert_eq!((field.x, field.y, field.width, field.height), (-3, -3, 7, 7));
    let field = receptive_field(&graph, "layer4.2.relu_2", 3, 3).expect("a position of the node");
    assert!(field.width > 224 && field.width == field.height && field.x < 0, "{field:?}");
    let whole = receptive_field(&graph, "fc", 0, 0).expect("a position of the node");
    assert!(whole.width > 224, "{whole:?}");
    assert!(receptive_field(&graph, "maxpool", 56, 0).is_err(), "it has 56 rows, the last is 55");
}
