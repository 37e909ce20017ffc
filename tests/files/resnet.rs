//! The ResNet family against the figures that the paper and torchvision publish: what a wrong block, stride or head would change.

use std::collections::{BTreeMap, BTreeSet};

use resnet_lens::ResNetConfig;
use resnet_lens::graph::{Graph, Node};
use resnet_lens::ops::{Conv2d, Op};
use resnet_lens::resnet::{Block, Normalisation, Shortcut, Stem, StridePlacement};

fn family() -> [ResNetConfig; 7] {
    [
        ResNetConfig::resnet18(),
        ResNetConfig::resnet34(),
        ResNetConfig::resnet50(),
        ResNetConfig::resnet101(),
        ResNetConfig::resnet152(),
        ResNetConfig::wide_resnet50_2(),
        ResNetConfig::resnext50_32x4d(),
    ]
}

fn of_imagenet(config: &ResNetConfig) -> Graph {
    config.graph(1, 224, 224).expect("the paper's networks fit ImageNet's images")
}

/// The nodes whose names begin with `prefix`.
fn inside<'a>(graph: &'a Graph, prefix: &'a str) -> impl Iterator<Item = &'a Node> {
    graph.nodes().iter().filter(move |node| node.name.starts_with(prefix))
}

fn convolution(graph: &Graph, name: &str) -> Conv2d {
    match graph.nodes()[graph.find(name).expect("a node of the network")].op {
        Op::Conv2d(conv) => conv,
        ref other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn names_tell_the_depth() {
    let names: Vec<String> = family().iter().map(ResNetConfig::name).collect();
    let wide = ["Wide ResNet-50-2", "ResNeXt-50 32x4d"];
    assert_eq!(names, [&["ResNet-18", "ResNet-34", "ResNet-50", "ResNet-101", "ResNet-152"][..], &wide].concat());
}

/// Published beside torchvision's weights.
#[test]
fn parameter_counts_are_torchvisions() {
    let counts: Vec<usize> = family().iter().map(|config| of_imagenet(config).parameter_count()).collect();
    assert_eq!(counts, [11_689_512, 21_797_672, 25_557_032, 44_549_160, 60_192_808, 68_883_240, 25_028_904]);
}

/// torchvision states 1.81, 3.66, 4.09, 7.80, 11.51, 11.40 and 4.23 "GFLOPS", each a multiply-accumulate.
#[test]
fn multiply_accumulates_are_torchvisions() {
    let macs = |graph: &Graph| -> u64 { graph.nodes().iter().map(|node| node.op.macs(node.shape)).sum() };
    let billions: Vec<String> =
        family().iter().map(|config| format!("{:.2}", macs(&of_imagenet(config)) as f64 / 1e9)).collect();
    assert_eq!(billions, ["1.81", "3.66", "4.09", "7.80", "11.51", "11.40", "4.23"]);
    assert_eq!(macs(&of_imagenet(&ResNetConfig::resnet50())), 4_089_184_256);
}

#[test]
fn resnet50_has_torchvisions_175_names() {
    let graph = of_imagenet(&ResNetConfig::resnet50());
    let names: BTreeSet<&str> = graph.nodes().iter().map(|node| node.name.as_str()).collect();
    assert_eq!((graph.nodes().len(), names.len()), (175, 175));
    let block: Vec<&str> = inside(&graph, "layer3.0.").map(|node| &node.name["layer3.0.".len()..]).collect();
    let expected = [
        "conv1",
        "bn1",
        "relu",
        "conv2",
        "bn2",
        "relu_1",
        "conv3",
        "bn3",
        "downsample.0",
        "downsample.1",
        "add",
        "relu_2",
    ];
    assert_eq!(block, expected);
    let outside: Vec<&str> =
        graph.nodes().iter().map(|node| node.name.as_str()).filter(|name| !name.contains('.')).collect();
    assert_eq!(outside, ["conv1", "bn1", "relu", "maxpool", "avgpool", "flatten", "fc"]);
}

/// 50 = 1 + 9 + 12 + 18 + 9 + 1, projections not counted (table 1 of the paper).
#[test]
fn resnet50_has_50_weighted_layers() {
    let graph = of_imagenet(&ResNetConfig::resnet50());
    let weighted = |prefix: &str| {
        let nodes = inside(&graph, prefix).filter(|node| !node.name.contains("downsample"));
        nodes.filter(|node| matches!(node.op, Op::Conv2d(_) | Op::Linear(_))).count()
    };
    assert_eq!(["conv1", "layer1", "layer2", "layer3", "layer4", "fc"].map(weighted), [1, 9, 12, 18, 9, 1]);
    let projections: Vec<&str> =
        graph.nodes().iter().map(|node| node.name.as_str()).filter(|name| name.ends_with("downsample.0")).collect();
    assert_eq!(projections.len(), 4, "one a stage: {projections:?}");
}

#[test]
fn maps_halve_and_filters_double() {
    for (config, filters) in
        [(ResNetConfig::resnet50(), [256, 512, 1024, 2048]), (ResNetConfig::resnet34(), [64, 128, 256, 512])]
    {
        let graph = of_imagenet(&config);
        for (stage, (side, channels)) in [56, 28, 14, 7].into_iter().zip(filters).enumerate() {
            let prefix = format!("layer{}.", stage + 1);
            let last = inside(&graph, &prefix).last().expect("a stage has nodes");
            assert_eq!([last.shape.c, last.shape.h, last.shape.w], [channels, side, side], "{}", last.name);
        }
        assert_eq!(graph.nodes()[graph.output()].shape.dims(), [1, 1000, 1, 1]);
    }
}

/// Which convolution halves the map: the paper's figure against torchvision's "v1.5". Basic blocks have only one position.
#[test]
fn stride_sits_where_the_configuration_says() {
    for (stride, expected) in [(StridePlacement::Conv3x3, [1, 2, 1, 2]), (StridePlacement::FirstConv1x1, [2, 1, 1, 2])]
    {
        let graph = of_imagenet(&ResNetConfig { stride, ..ResNetConfig::resnet50() });
        for stage in 2..=4 {
            let convs = ["conv1", "conv2", "conv3", "downsample.0"]
                .map(|conv| convolution(&graph, &format!("layer{stage}.0.{conv}")));
            assert_eq!(convs.map(|conv| conv.window.stride[0]), expected, "{stride:?}, layer{stage}.0");
            assert_eq!(convolution(&graph, &format!("layer{stage}.1.conv2")).window.stride, [1, 1]);
        }
        let basic = of_imagenet(&ResNetConfig { stride, ..ResNetConfig::resnet18() });
        assert_eq!(convolution(&basic, "layer2.0.conv1").window.stride, [2, 2]);
        assert_eq!(convolution(&basic, "layer2.0.conv2").window.stride, [1, 1]);
    }
}

/// The tensors of a weight file: dims by name.
type Tensors = BTreeMap<String, Vec<usize>>;

fn tensors(graph: &Graph) -> Tensors {
    let of_node = |node: &Node| {
        let name = node.name.clone();
        node.op.parameters().into_iter().map(move |spec| (format!("{name}.{}", spec.name), spec.dims))
    };
    graph.nodes().iter().flat_map(of_node).collect()
}

#[test]
fn a_network_is_recognised_by_its_tensors() {
    let odd = ResNetConfig {
        block: Block::Bottleneck,
        stages: vec![1, 12, 3],
        stem: Stem::Deep { channels: [3, 7] },
        shortcut: Shortcut::AvgPoolProjection,
        width: 5,
        inner: 5,
        groups: 1,
        conv_bias: true,
        classes: Some(1),
        in_channels: 4,
        stride: StridePlacement::FirstConv1x1,
        normalisation: Normalisation::Batch,
        squeeze: vec![3, 2, 1],
        anti_alias: None,
    };
    let grouped = ResNetConfig { normalisation: Normalisation::GROUP, squeeze: vec![4; 4], ..ResNetConfig::resnet18() };
    let small = ResNetConfig { stem: Stem::Conv3x3, in_channels: 1, ..ResNetConfig::resnet18() };
    let backbone = ResNetConfig { classes: None, ..ResNetConfig::resnet50() };
    let others = [
        odd,
        grouped,
        small,
        backbone,
        ResNetConfig::seresnet50(),
        ResNetConfig::resnet50d(),
        ResNetConfig::cifar10(3),
        ResNetConfig::cifar10(9),
    ];
    for config in family().into_iter().chain(others) {
        let graph = config.graph(1, 32, 32).expect("large enough");
        let inferred = ResNetConfig::infer(&tensors(&graph), config.stride).expect("a ResNet's tensors");
        assert_eq!(inferred, config);
    }
}

#[test]
fn other_tensors_are_refused_by_name() {
    let whole = tensors(&ResNetConfig::resnet18().graph(1, 32, 32).expect("large enough"));
    let refused = |change: &dyn Fn(&mut Tensors)| {
        let mut tensors = whole.clone();
        change(&mut tensors);
        ResNetConfig::infer(&tensors, StridePlacement::default()).expect_err("no ResNet").to_string()
    };
    for name in ["conv1.weight", "fc.weight", "layer1.0.conv1.weight"] {
        let error = refused(&|tensors| assert!(tensors.remove(name).is_some()));
        assert!(error.contains(&format!("expected a tensor {name}, found none among the ")), "{error}");
    }
    let error = refused(&|tensors| tensors.insert("fc.weight".to_owned(), vec![1000]).map_or((), drop));
    assert_eq!(error, "fc.weight: expected 2 dims of at least 1, found 1000");
    let error = refused(&|tensors| tensors.insert("conv1.weight".to_owned(), vec![64, 0, 7, 7]).map_or((), drop));
    assert_eq!(error, "conv1.weight: expected 4 dims of at least 1, found 64x0x7x7");
}

/// Tensors of other networks, under the names that torchvision, timm and transformers give them.
#[test]
fn unsupported_networks_are_named() {
    let plain = tensors(&ResNetConfig::resnet50().graph(1, 32, 32).expect("large enough"));
    let cases: [(&str, &[usize], &str); 9] = [
        ("layer1.0.se.conv.weight", &[1, 1, 5], "efficient channel attention"),
        ("layer2.0.aa.filt", &[128, 1, 3, 3], "an anti-aliased ResNet"),
        ("layer2.0.conv3.0.filt", &[128, 1, 3, 3], "an anti-aliased ResNet"),
        ("layer1.0.cbam.fc1.weight", &[16, 256, 1, 1], "an attention module"),
        ("layer2.0.bn1.weight", &[256], "a pre-activation ResNet"),
        ("stages.0.blocks.0.norm1.weight", &[64], "a pre-activation ResNet"),
        ("features.0.weight", &[64, 3, 3, 3], "a VGG, an AlexNet"),
        ("patch_embed.proj.weight", &[768, 3, 16, 16], "a vision transformer"),
        ("model.rpn.head.conv.weight", &[256, 256, 3, 3], "a detector of objects"),
    ];
    for (name, dims, words) in cases {
        let mut tensors = plain.clone();
        tensors.insert(name.to_owned(), dims.to_vec());
        let error = ResNetConfig::infer(&tensors, StridePlacement::default()).expect_err("no plain ResNet").to_string();
        let expected = format!(
            "{name}: expected a tensor of a ResNet, wide ResNet or ResNeXt as torchvision has them, found one of "
        );
        assert!(error.starts_with(&expected) && error.contains(words), "{error}");
    }
}

#[test]
fn classes_and_pictures_are_free() {
    for classes in [1, 2, 107, 21_843] {
        let config = ResNetConfig { classes: Some(classes), ..ResNetConfig::resnet18() };
        assert_eq!(
            config.graph(3, 40, 57).expect("any size").nodes().last().expect("nodes").shape.dims(),
            [3, classes, 1, 1]
        );
    }
    // The paddings carry even a single pixel through to the head, in PyTorch as well.
    assert!(ResNetConfig::resnet152().graph(1, 1, 1).is_ok());
}

#[test]
fn nonsense_is_refused_in_a_sentence() {
    let base = ResNetConfig::resnet50;
    let cases = [
        (ResNetConfig { classes: Some(0), ..base() }, "classes of a ResNet: expected at least 1, found 0"),
        (ResNetConfig { width: 0, ..base() }, "width of a ResNet: expected at least 1, found 0"),
        (ResNetConfig { width: 65_537, ..base() }, "width of a ResNet: expected at most 65536, found 65537"),
        (ResNetConfig { inner: 0, ..base() }, "inner width of a ResNet: expected at least 1, found 0"),
        (ResNetConfig { groups: 0, ..base() }, "groups of a ResNet: expected at least 1, found 0"),
        (ResNetConfig { groups: 2, ..ResNetConfig::resnet18() }, "groups of basic blocks: expected 1, found 2"),
        (
            ResNetConfig { groups: 48, ..base() },
            "layer1.0.conv2: expected channel counts divisible by 48 groups, found 64 to 64 channels",
        ),
        (ResNetConfig { in_channels: 0, ..base() }, "in_channels of a ResNet: expected at least 1, found 0"),
        (
            ResNetConfig { stages: vec![], ..base() },
            "stages of a ResNet: expected 1 to 8 of at least one block, found []",
        ),
        (
            ResNetConfig { stages: vec![3, 0, 6], ..base() },
            "stages of a ResNet: expected 1 to 8 of at least one block, found [3, 0, 6]",
        ),
    ];
    for (config, sentence) in cases {
        assert_eq!(config.graph(1, 224, 224).expect_err(sentence).to_string(), sentence);
    }
    let error = base().graph(1, 0, 224).expect_err("no rows").to_string();
    assert_eq!(error, "conv1: expected a map that a window of 7x7 stride 2 padding 3 fits on, found 1x3x0x224");
    let side = 1 << 28;
    let error = base().graph(1, side, side).expect_err("more than there is").to_string();
    assert_eq!(error, "conv1: expected an output that fits in memory, found the shape 1x64x134217728x134217728");
    let error = base().graph(0, 224, 224).expect_err("no image").to_string();
    assert_eq!(error, "conv1: expected an output with at least one value, found the shape 0x64x112x112");
}
