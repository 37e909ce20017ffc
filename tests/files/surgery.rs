//! Edits of a network: their text, what they change in the graph, and the sentence for each that the network does not permit.

use crate::plan::check_listing;
use crate::symbolic_plan::check;
use resnet_lens::graph::{Graph, GraphBuilder, Surgery, ValueRef};
use resnet_lens::ops::{Add, Relu, Role};
use resnet_lens::plan::Plan;
use resnet_lens::shape::Shape;
use resnet_lens::{ResNetConfig, Result};

/// Texts of edits that ResNet-50 permits.
const EDITS: [&[&str]; 17] = [
    &["branch:layer3.1:0"],
    &["branch:layer3.0:0"],
    &["branch:layer2.1:0.25"],
    &["shortcut:layer3.1:0"],
    &["shortcut:layer4.0:1.5"],
    &["branch:layer1.1:0.5", "shortcut:layer1.1:2"],
    &["branch:layer1.0:0", "shortcut:layer1.0:0"],
    &["skip:layer2.0"],
    &["skip:layer4.2"],
    &["repeat:layer3.1:2"],
    &["repeat:layer4.2:8:0.5", "branch:layer4.2:0"],
    &["swap:layer3.1:layer3.4"],
    &["reverse:layer3.1:layer3.5"],
    &["lesion:layer1.0.conv1:63"],
    &["lesion:fc:999", "lesion:fc:0", "lesion:flatten:7", "lesion:avgpool:3"],
    &["stride:1x1"],
    &["stride:3x3"],
];

fn resnet50() -> Graph {
    ResNetConfig::resnet50().graph(1, 224, 224).expect("the paper's network")
}

fn edits(texts: &[&str]) -> Vec<Surgery> {
    texts.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn edit(graph: &Graph, texts: &[&str]) -> Result<Graph> {
    graph.edit(&edits(texts))
}

/// The name of a node's input.
fn input<'a>(graph: &'a Graph, node: &str, index: usize) -> &'a str {
    match graph.nodes()[graph.find(node).unwrap()].inputs[index] {
        ValueRef::Input => "input",
        ValueRef::Node(index) => &graph.nodes()[index].name,
    }
}

#[test]
fn a_text_is_the_edit() {
    for text in EDITS.iter().copied().flatten() {
        let edit: Surgery = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(edit.to_string(), *text);
        assert_eq!(serde_json::to_string(&edit).unwrap(), format!("{text:?}"));
        assert_eq!(serde_json::from_str::<Surgery>(&format!("{text:?}")).unwrap(), edit);
    }
    for (text, same) in [("branch:a:-0", "branch:a:0"), ("branch:a:0.50", "branch:a:0.5"), ("skip:a", "skip:a")] {
        assert_eq!(text.parse::<Surgery>().unwrap().to_string(), same);
    }
}

#[test]
fn a_text_of_no_edit_is_an_error() {
    let forms = "branch:BLOCK:FACTOR, shortcut:BLOCK:FACTOR, skip:BLOCK, repeat:BLOCK:STEPS, repeat:BLOCK:STEPS:FACTOR, \
                 swap:BLOCK:BLOCK, reverse:FIRST:LAST, lesion:NODE:CHANNEL, stride:1x1, stride:3x3 or randomise:NODE:SEED";
    let unknown = |text: &str| format!("the edit {text:?}: expected {forms}, found another text");
    let cases = [
        ("branch:a:3", "the edit \"branch:a:3\": expected a factor from 0 to 2, found \"3\"".to_owned()),
        ("branch:a:NaN", "the edit \"branch:a:NaN\": expected a factor from 0 to 2, found \"NaN\"".to_owned()),
        ("shortcut:a:-1", "the edit \"shortcut:a:-1\": expected a factor from 0 to 2, found \"-1\"".to_owned()),
        ("repeat:a:1", "the edit \"repeat:a:1\": expected 2 to 8 steps, found \"1\"".to_owned()),
        ("repeat:a:9:1", "the edit \"repeat:a:9:1\": expected 2 to 8 steps, found \"9\"".to_owned()),
        ("repeat:a:2:inf", "the edit \"repeat:a:2:inf\": expected a factor from 0 to 2, found \"inf\"".to_owned()),
        ("lesion:a:-1", "the edit \"lesion:a:-1\": expected the index of a channel, found \"-1\"".to_owned()),
        ("branch::0", format!("the edit \"branch::0\": expected {forms}, found an empty part")),
        ("", format!("the edit \"\": expected {forms}, found an empty part")),
        ("stride:5x5", unknown("stride:5x5")),
        ("skip:a:b", unknown("skip:a:b")),
        ("remove:a", unknown("remove:a")),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Surgery>().unwrap_err().to_string(), expected);
    }
    let long = format!("skip:a:{}", "b".repeat(1000)).parse::<Surgery>().unwrap_err().to_string();
    assert!(long.len() < 400, "{long}");
    assert!(serde_json::from_str::<Surgery>("\"skip\"").is_err());
}

#[test]
fn an_edit_that_does_not_fit_is_an_error() {
    let cases: [(&[&str], &str); 11] = [
        (
            &["skip:layer9.0"],
            "the edit \"skip:layer9.0\": expected one of the blocks layer1.0 to layer4.2, found \"layer9.0\"",
        ),
        (
            &["branch:conv1:0"],
            "the edit \"branch:conv1:0\": expected one of the blocks layer1.0 to layer4.2, found \"conv1\"",
        ),
        (
            &["repeat:layer3.0:2"],
            "the edit \"repeat:layer3.0:2\": expected a block whose shortcut is the identity, found one with a projection",
        ),
        (
            &["swap:layer2.1:layer3.1"],
            "the edit \"swap:layer2.1:layer3.1\": expected blocks with inputs and outputs of one shape, found layer2.1 from \
             1x512x28x28 to 1x512x28x28 and layer3.1 from 1x1024x14x14 to 1x1024x14x14",
        ),
        (
            &["reverse:layer3.0:layer3.2"],
            "the edit \"reverse:layer3.0:layer3.2\": expected blocks with inputs and outputs of one shape, found layer3.0 from \
             1x512x28x28 to 1x1024x14x14 and layer3.1 from 1x1024x14x14 to 1x1024x14x14",
        ),
        (
            &["swap:layer3.1:layer3.1"],
            "the edit \"swap:layer3.1:layer3.1\": expected two different blocks, found \"layer3.1\" twice",
        ),
        (
            &["reverse:layer3.5:layer3.1"],
            "the edit \"reverse:layer3.5:layer3.1\": expected a block and a later one, found them in another order",
        ),
        (
            &["lesion:layer3.6.conv1:0"],
            "the edit \"lesion:layer3.6.conv1:0\": expected the name of a node of the network, found \"layer3.6.conv1\"",
        ),
        (&["lesion:conv1:64"], "the edit \"lesion:conv1:64\": expected a channel below 64, found 64"),
        (
            &["lesion:conv1@intact:0"],
            "the edit \"lesion:conv1@intact:0\": expected the name of a node of the network, found \"conv1@intact\"",
        ),
        (
            &["branch:layer1.0:0", "skip:layer1.3"],
            "the edit \"skip:layer1.3\": expected one of the blocks layer1.0 to layer4.2, found \"layer1.3\"",
        ),
    ];
    let graph = resnet50();
    for (texts, expected) in cases {
        assert_eq!(edit(&graph, texts).unwrap_err().to_string(), expected);
    }
    let basic = ResNetConfig::resnet18().graph(1, 64, 64).expect("large enough");
    assert_eq!(
        edit(&basic, &["stride:1x1"]).unwrap_err().to_string(),
        "the edit \"stride:1x1\": expected a network with bottleneck blocks of stride 2, found none in this one"
    );
    // Numbers that a text cannot have.
    let block = || "layer3.1".to_owned();
    let wrong = [
        Surgery::Branch { block: block(), factor: f32::NAN },
        Surgery::Shortcut { block: block(), factor: -0.5 },
        Surgery::Repeat { block: block(), steps: 0, factor: None },
        Surgery::Repeat { block: block(), steps: 2, factor: Some(3.0) },
        Surgery::Stride { kernel: 7 },
    ];
    for edit in wrong {
        assert!(graph.edit(std::slice::from_ref(&edit)).is_err(), "{edit}");
    }
}

/// Every node keeps its name, its parameters and its operator's kind, and every plan of the edited graph reads what it should.
#[test]
fn every_node_keeps_its_name() {
    let graph = resnet50();
    for texts in EDITS {
        let edited = edit(&graph, texts).unwrap_or_else(|error| panic!("{error}"));
        for (index, node) in graph.nodes().iter().enumerate() {
            let found = &edited.nodes()[edited.find(&node.name).unwrap_or_else(|error| panic!("{texts:?}: {error}"))];
            let moved = texts == ["stride:1x1"] && node.shape != found.shape;
            assert!(!moved || node.name.contains(".0."), "{texts:?}: {}", node.name);
            assert!(moved || found.shape == node.shape, "{texts:?}: {}", node.name);
            assert_eq!(found.parameters, index, "{texts:?}: {}", node.name);
        }
        assert_eq!(edited.nodes()[edited.output()].name, "fc");
        for node in edited.nodes() {
            let owner = &graph.nodes()[node.parameters];
            assert!(node.op.parameters().is_empty() || node.op.parameters() == owner.op.parameters(), "{}", node.name);
        }
        let names: Vec<&str> = edited.blocks().iter().map(|block| &block.name[..]).collect();
        assert!(names.iter().eq(graph.blocks().iter().map(|block| &block.name)), "{names:?}");
        check(&Plan::new(&edited, &[""; 0]).unwrap());
        check(&Plan::inspected(&edited));
        for block in edited.blocks() {
            let nodes = &edited.nodes()[block.nodes.clone()];
            check(&Plan::new(&edited, &nodes.iter().map(|node| &node.name).collect::<Vec<_>>()).unwrap());
        }
    }
}

#[test]
fn no_edits_change_nothing() {
    let graph = resnet50();
    assert_eq!(graph.edit(&[]).unwrap(), graph);
    assert_eq!(edit(&graph, &["branch:layer3.1:0", "branch:layer3.1:1", "stride:3x3"]).unwrap(), graph);
    assert_eq!(edit(&graph, &["swap:layer3.1:layer3.2", "swap:layer3.2:layer3.1"]).unwrap(), graph);
    assert_eq!(edit(&graph, &["reverse:layer3.1:layer3.3", "reverse:layer3.1:layer3.3"]).unwrap(), graph);
    assert_eq!(graph.blocks().len(), 16);
    assert_eq!(graph.blocks().iter().filter(|block| block.is_identity()).count(), 12);
}

/// A branch that is switched off is not computed unless it is observed.
#[test]
fn a_branch_without_effect_is_not_computed() {
    let graph = resnet50();
    let steps =
        |texts: &[&str], observed: &[&str]| Plan::new(&edit(&graph, texts).unwrap(), observed).unwrap().steps().len();
    let intact = steps(&[], &[]);
    // Three convolutions less, and one dispatch for the ReLU.
    assert_eq!(steps(&["branch:layer3.1:0"], &[]), intact - 2);
    assert_eq!(steps(&["branch:layer3.1:0"], &["layer3.1.bn3"]), intact + 1);
    assert_eq!(steps(&["skip:layer3.1"], &[]), intact - 3);
}

#[test]
fn the_order_is_that_of_the_edits() {
    let graph = resnet50();
    let edited = edit(&graph, &["reverse:layer3.1:layer3.5"]).unwrap();
    assert_eq!(input(&edited, "layer3.5.conv1", 0), "layer3.0.relu_2");
    assert_eq!(input(&edited, "layer3.1.conv1", 0), "layer3.2.relu_2");
    assert_eq!(input(&edited, "layer3.1.add", 1), "layer3.2.relu_2");
    assert_eq!(input(&edited, "layer4.0.conv1", 0), "layer3.1.relu_2");
    assert_eq!(input(&edited, "layer4.0.downsample.0", 0), "layer3.1.relu_2");
    // The second edit moves the block at the place where the first one has put it.
    let edited = edit(&graph, &["swap:layer3.1:layer3.2", "swap:layer3.1:layer3.3"]).unwrap();
    let order = ["layer3.2", "layer3.3", "layer3.1", "layer3.4"];
    for (former, next) in order.iter().zip(&order[1..]) {
        assert_eq!(input(&edited, &format!("{next}.conv1"), 0), format!("{former}.relu_2"));
    }
}

#[test]
fn steps_share_parameters() {
    let graph = resnet50();
    let edited = edit(&graph, &["repeat:layer3.1:3", "lesion:layer3.1.conv2:5"]).unwrap();
    assert_eq!(input(&edited, "layer3.1@1.conv1", 0), "layer3.0.relu_2");
    assert_eq!(input(&edited, "layer3.1@2.conv1", 0), "layer3.1@1.relu_2");
    assert_eq!(input(&edited, "layer3.1.conv1", 0), "layer3.1@2.relu_2");
    assert_eq!(input(&edited, "layer3.1@1.bn2", 0), "layer3.1@1.conv2");
    assert_eq!(input(&edited, "layer3.1@1.conv2", 0), "layer3.1@1.conv2@intact");
    let owner = graph.find("layer3.1.conv3").unwrap();
    for name in ["layer3.1@1.conv3", "layer3.1@2.conv3", "layer3.1.conv3"] {
        assert_eq!(edited.nodes()[edited.find(name).unwrap()].parameters, owner);
    }
}

#[test]
fn a_stride_moves_within_a_bottleneck() {
    let graph = resnet50();
    let moved = edit(&graph, &["stride:1x1"]).unwrap();
    let stride = |graph: &Graph, name: &str| graph.nodes()[graph.find(name).unwrap()].op.window().unwrap().stride;
    for (name, v1, v15) in [("layer2.0.conv1", [2, 2], [1, 1]), ("layer2.0.conv2", [1, 1], [2, 2])] {
        assert_eq!([stride(&moved, name), stride(&graph, name)], [v1, v15], "{name}");
    }
    assert_eq!(stride(&moved, "layer1.0.conv2"), [1, 1]);
    assert_eq!(edit(&graph, &["stride:1x1", "stride:3x3"]).unwrap(), graph);
}

/// Other nodes take the output of a block, none of the values inside.
#[test]
fn a_block_has_one_input_and_one_output() {
    let blocks = |read: usize, input: usize| {
        let mut net = GraphBuilder::new(Shape::new(1, 4, 3, 3));
        let stem = [net.add("a", Relu, &[ValueRef::Input]).unwrap(), ValueRef::Input];
        let before = net.add("b", Relu, &[stem[0]]).unwrap();
        let branch = net.add("s.0.relu", Relu, &[[before, stem[1]][input]]).unwrap();
        let sum = net.add("s.0.add", Add, &[branch, before]).unwrap();
        net.add("c", Relu, &[[sum, branch][read]]).unwrap();
        net.finish().unwrap().blocks().len()
    };
    assert_eq!([blocks(0, 0), blocks(1, 0), blocks(0, 1)], [1, 0, 0]);
}

/// Lesions and factors stand between a node and its consumers.
#[test]
fn additional_nodes_have_names_of_their_own() {
    let texts =
        ["lesion:conv1:1", "lesion:conv1:9", "branch:layer1.1:0.5", "shortcut:layer1.1:0.25", "shortcut:layer1.2:0"];
    let edited = edit(&resnet50(), &texts).unwrap();
    let chain = ["bn1", "conv1", "conv1@lesion1", "conv1@intact", "input"];
    for pair in chain.windows(2) {
        assert_eq!(input(&edited, pair[0], 0), pair[1]);
    }
    assert_eq!(input(&edited, "layer1.1.add", 0), "layer1.1.branch@scaled");
    assert_eq!(input(&edited, "layer1.1.add", 1), "layer1.1.shortcut@scaled");
    assert_eq!(input(&edited, "layer1.2.add", 0), "layer1.2.bn3");
    assert!(edited.nodes()[edited.find("layer1.2.add").unwrap()].op.is_view());
    let block = &edited.blocks()[1];
    assert_eq!(block.branch, ValueRef::Node(edited.find("layer1.1.bn3").unwrap()), "before the factor");
    assert_eq!(block.shortcut, ValueRef::Node(edited.find("layer1.0.relu_2").unwrap()));
    assert_eq!(edited.nodes()[block.add].op.role(), Role::Add);
}

/// One edit of each kind in ResNet-26, so that a change of the edited graph is visible in review.
#[test]
fn an_edited_listing_equals_its_golden_file() {
    let config = ResNetConfig { stages: vec![2, 3, 2, 2], ..ResNetConfig::resnet50() };
    let graph = config.graph(1, 64, 64).expect("large enough");
    let texts = [
        "stride:1x1",
        "branch:layer1.0:0",
        "branch:layer1.1:0.5",
        "swap:layer2.1:layer2.2",
        "repeat:layer2.1:2",
        "shortcut:layer3.0:0",
        "lesion:layer3.1.conv2:3",
        "skip:layer4.1",
    ];
    check_listing("plan-edited.txt", &Plan::new(&edit(&graph, &texts).unwrap(), &[""; 0]).unwrap());
}
