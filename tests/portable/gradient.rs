//! Gradients against PyTorch's autograd in float64: the CPU reference, an inspected plan and fused plans, natively and in the browser.
//!
//! The golden files come from `tools/make_gradient_golden.py`.

use std::collections::HashMap;

use crate::common::layers::chain;
use crate::common::{gpu, gpu_tests, relative_l2, upload, walk};
use resnet_lens::ResNetConfig;
use resnet_lens::gpu::Executable;
use resnet_lens::graph::{Graph, GraphBuilder, INPUT, Objective, ValueRef, gradient_name};
use resnet_lens::ops::{
    AvgPool2d, BatchNorm2d, BlurPool2d, ChannelGate, Conv2d, GlobalAvgPool2d, GroupNorm, Linear, MaxPool2d, Op,
    ParameterValues, Relu, Scale, Silu, Softmax, Window, ZeroPadShortcut,
};
use resnet_lens::plan::Plan;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use safetensors::SafeTensors;
use serde::Deserialize;

/// Values are stored as `f32`, and sums of both passes round in `f32`.
const TOLERANCE: f64 = 1e-5;

const BASIC: [&[u8]; 3] = [
    include_bytes!("../golden/resnet/basic.safetensors"),
    include_bytes!("../golden/resnet/basic-conv3x3.nodes.safetensors"),
    include_bytes!("../golden/gradient/basic.safetensors"),
];
const BOTTLENECK: [&[u8]; 3] = [
    include_bytes!("../golden/resnet/bottleneck.safetensors"),
    include_bytes!("../golden/resnet/bottleneck-conv3x3.nodes.safetensors"),
    include_bytes!("../golden/gradient/bottleneck.safetensors"),
];
const CHAINS: &[u8] = include_bytes!("../golden/gradient/chains.safetensors");
const GATE: &[u8] = include_bytes!("../golden/gradient/gate.safetensors");

/// The tensors of a golden file.
fn tensors(bytes: &[u8]) -> HashMap<String, HostTensor> {
    let file = SafeTensors::deserialize(bytes).expect("a golden file");
    let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        let dim = |axis: usize| view.shape().get(axis).copied().unwrap_or(1);
        let values = view.data().as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        let shape = Shape::new(dim(0), dim(1), dim(2), dim(3));
        Some((name, HostTensor::new(shape, values).ok()?))
    };
    file.tensors().into_iter().filter_map(tensor).collect()
}

fn text(bytes: &[u8], key: &str) -> String {
    let (_, metadata) = SafeTensors::read_metadata(bytes).expect("a golden file");
    metadata.metadata().as_ref().expect("with texts")[key].clone()
}

/// A step of a case of `chains.safetensors`; each kind has its own members.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Step {
    Conv2d { r#in: usize, out: usize, size: usize, stride: usize, padding: usize, groups: usize },
    MaxPool { size: usize, stride: usize, padding: usize },
    Relu,
    Silu,
    BatchNorm { channels: usize },
    GroupNorm { channels: usize, groups: usize },
    AvgPool2d { size: usize },
    AvgPool,
    BlurPool,
    Linear { r#in: usize, out: usize },
    Softmax,
    ZeroPad { channels: usize, stride: usize },
    Scale { factor: f32 },
}

impl Step {
    fn op(&self) -> Op {
        match *self {
            Self::Conv2d { r#in: in_channels, out: out_channels, size, stride, padding, groups } => {
                let window = Window::square(size, stride, padding);
                Conv2d { in_channels, out_channels, window, groups, bias: false }.into()
            }
            Self::MaxPool { size, stride, padding } => {
                MaxPool2d { window: Window::square(size, stride, padding) }.into()
            }
            Self::Relu => Relu.into(),
            Self::Silu => Silu.into(),
            Self::BatchNorm { channels } => BatchNorm2d { channels, eps: BatchNorm2d::EPS }.into(),
            Self::GroupNorm { channels, groups } => GroupNorm { groups, channels, eps: GroupNorm::EPS }.into(),
            Self::AvgPool2d { size } => AvgPool2d { side: size }.into(),
            Self::AvgPool => GlobalAvgPool2d.into(),
            Self::BlurPool => BlurPool2d.into(),
            Self::Linear { r#in: in_features, out: out_features } => Linear { in_features, out_features }.into(),
            Self::Softmax => Softmax.into(),
            Self::ZeroPad { channels, stride } => ZeroPadShortcut { channels, stride }.into(),
            Self::Scale { factor } => Scale { factor, channel: None }.into(),
        }
    }
}

#[derive(Deserialize)]
struct Case {
    operators: Vec<Step>,
    channel: usize,
}

/// A network, what its gradients are compared with, by name of the node, and the values that they are computed from.
struct Network {
    what: String,
    graph: Graph,
    parameters: Vec<ParameterValues>,
    input: HostTensor,
    objective: Objective,
    expected: Vec<(String, HostTensor)>,
}

impl Network {
    /// Compares all gradients by the CPU reference and by an inspected plan, then some by fused plans.
    async fn check(&self) -> f64 {
        let Self { what, graph, parameters, input, objective, expected } = self;
        let names: Vec<&str> = expected.iter().map(|(name, _)| &**name).collect();
        let extended = graph.gradient(objective, &names).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(extended.nodes()[extended.output()], graph.nodes()[graph.output()]);
        let gpu = gpu().await;
        let uploaded = upload(&gpu, graph, parameters);
        let mut inspected = Executable::new(&gpu, Plan::inspected(&extended), &uploaded).await.expect("fits");
        inspected.run(input).await.expect("runs");
        let values = walk(&extended, parameters, input);
        let mut worst = 0f64;
        let mut compare = |plan: &str, name: &str, found: &HostTensor, expected: &HostTensor| {
            let error = relative_l2(found, expected);
            assert!(error <= TOLERANCE, "{what}, {plan}, gradient of {name}: relative error {error:e}");
            worst = worst.max(error);
        };
        for (name, expected) in expected {
            let node = gradient_name(name);
            compare("CPU", name, &values[extended.find(&node).expect("a node")], expected);
            compare("inspected", name, &inspected.read(&node).await.expect("observed"), expected);
        }
        for (name, expected) in expected.iter().step_by(7).chain(expected.last()) {
            let node = gradient_name(name);
            let plan = Plan::new(&extended, &[&node]).expect("a node");
            let mut fused = Executable::new(&gpu, plan, &uploaded).await.expect("fits");
            fused.run(input).await.expect("runs");
            compare("fused", name, &fused.read(&node).await.expect("observed"), expected);
        }
        worst
    }
}

async fn residual([weights, nodes, gradients]: [&[u8]; 3]) -> Network {
    let file = WeightFile::open(weights).await.expect("a weight file");
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::default()).expect("a ResNet");
    let input = tensors(nodes).remove(INPUT).expect("an input");
    let Shape { n, h, w, .. } = input.shape();
    let graph = config.graph(n, h, w).expect("large enough");
    let mut parameters = Vec::new();
    for node in graph.nodes() {
        parameters.push(file.parameters(node).await.expect("finite values"));
    }
    let channel = text(gradients, "channel").parse().expect("a number");
    let expected: Vec<(String, HostTensor)> = tensors(gradients).into_iter().collect();
    assert_eq!(expected.len(), graph.nodes().len() + 1, "a gradient of every node and of the input");
    Network {
        what: "ResNet".to_owned(),
        graph,
        parameters,
        input,
        objective: Objective::channel("fc", channel),
        expected,
    }
}

fn chains() -> Vec<Network> {
    let cases: HashMap<String, Case> = serde_json::from_str(&text(CHAINS, "cases")).expect("cases");
    let tensors = tensors(CHAINS);
    let network = |(number, case): (String, Case)| {
        let input = tensors[&format!("{number}.input")].clone();
        let graph = chain(input.shape(), case.operators.iter().map(Step::op));
        let parameters = |(index, step): (usize, &Step)| {
            let values = |name: &str| tensors[&format!("{number}.{index}.{name}")].data().to_vec();
            step.op().parameters().iter().map(|spec| (spec.name, values(spec.name))).collect()
        };
        let mut expected = vec![(INPUT.to_owned(), tensors[&format!("{number}.gradient.input")].clone())];
        for (index, node) in graph.nodes().iter().enumerate() {
            expected.push((node.name.clone(), tensors[&format!("{number}.gradient.{index}")].clone()));
        }
        let objective = Objective::channel(graph.nodes()[graph.output()].name.clone(), case.channel);
        let parameters = case.operators.iter().enumerate().map(parameters).collect();
        let names: Vec<&str> = graph.nodes().iter().map(|node| &*node.name).collect();
        Network { what: format!("case {number}, {}", names.join(" ")), graph, parameters, input, objective, expected }
    };
    cases.into_iter().map(network).collect()
}

/// Squeeze-and-excitation between two convolutions.
fn gated() -> Network {
    let tensors = tensors(GATE);
    let input = tensors[INPUT].clone();
    let mut net = GraphBuilder::new(input.shape());
    let conv = |i, o, side: usize| Conv2d {
        in_channels: i,
        out_channels: o,
        window: Window::square(side, 1, side / 2),
        groups: 1,
        bias: true,
    };
    let x = net.add("before", conv(3, 5, 3), &[ValueRef::Input]).expect("fits");
    let mut gate = net.add("pool", GlobalAvgPool2d, &[x]).expect("fits");
    gate = net.add("fc1", conv(5, 2, 1), &[gate]).expect("fits");
    gate = net.add("act", Relu, &[gate]).expect("fits");
    gate = net.add("fc2", conv(2, 5, 1), &[gate]).expect("fits");
    let gated = net.add("gate", ChannelGate, &[x, gate]).expect("fits");
    net.add("after", conv(5, 3, 3), &[gated]).expect("fits");
    let graph = net.finish().expect("nodes");
    let parameters = graph.nodes().iter().map(|node| {
        let values = |name: &str| tensors[&format!("{}.{name}", node.name)].data().to_vec();
        node.op.parameters().iter().map(|spec| (spec.name, values(spec.name))).collect()
    });
    let parameters = parameters.collect();
    let names = [INPUT, "before", "pool", "fc1", "act", "fc2", "gate", "after"];
    let expected = names.map(|name| (name.to_owned(), tensors[&format!("gradient.{name}")].clone())).into();
    let objective = Objective::channel("after", 1);
    Network { what: "squeeze-and-excitation".to_owned(), graph, parameters, input, objective, expected }
}

gpu_tests! {
    async fn gradients_of_operators_equal_pytorch() {
        for network in chains() {
            network.check().await;
        }
        println!("squeeze-and-excitation: largest error {:e}", gated().check().await);
    }

    async fn gradients_of_basic_blocks_equal_pytorch() {
        println!("largest error {:e}", residual(BASIC).await.check().await);
    }

    async fn gradients_of_bottlenecks_equal_pytorch() {
        println!("largest error {:e}", residual(BOTTLENECK).await.check().await);
    }

    /// The class is chosen on the GPU, for each image its own.
    async fn the_largest_logit_is_an_objective() {
        let network = residual(BASIC).await;
        let Network { graph, parameters, input, .. } = &network;
        let uploaded = upload(&gpu().await, graph, parameters);
        let largest = Objective { node: "fc".to_owned(), channel: None, position: None };
        let logits = &walk(graph, parameters, input)[graph.output()];
        let gradient = async |objective: &Objective| {
            let extended = graph.gradient(objective, &["conv1"]).expect("dependent");
            let node = gradient_name("conv1");
            let plan = Plan::new(&extended, &[&node]).expect("a node");
            let mut run = Executable::new(&gpu().await, plan, &uploaded).await.expect("fits");
            run.run(input).await.expect("runs");
            run.read(&node).await.expect("observed")
        };
        let found = gradient(&largest).await;
        let length = found.data().len() / logits.shape().n;
        for image in 0..logits.shape().n {
            let class = (0..logits.shape().c).max_by(|a, b| logits.at(image, *a, 0, 0).total_cmp(&logits.at(image, *b, 0, 0)));
            let expected = gradient(&Objective::channel("fc", class.expect("classes"))).await;
            let part = image * length..(image + 1) * length;
            assert_eq!(found.data()[part.clone()], expected.data()[part], "image {image}, class {class:?}");
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod graphs {
    use super::*;

    #[test]
    fn only_what_the_objective_depends_on_has_a_gradient() {
        let graph = pollster::block_on(residual(BASIC)).graph;
        let error =
            |objective: Objective, of: &str| graph.gradient(&objective, &[of]).expect_err("an error").to_string();
        assert_eq!(
            error(Objective::channel("layer1.0.conv1", 0), "layer2.0.conv1"),
            "the gradient of layer1.0.conv1: expected a value that it depends on, found \"layer2.0.conv1\""
        );
        assert_eq!(error(Objective::channel("fc", 6), "conv1"), "grad(fc): expected a channel below 6, found 6");
        let far = Objective { position: Some([99, 0]), ..Objective::channel("layer1.0.conv1", 0) };
        assert_eq!(
            error(far, "conv1"),
            "grad(layer1.0.conv1): expected a position on a map of 8x8, found row 99, column 0"
        );
        let largest = Objective { channel: None, ..Objective::channel("layer1.0.conv1", 0) };
        assert!(error(largest, "conv1").starts_with("grad(layer1.0.conv1): expected an input of shape"));
        assert!(error(Objective::channel("nothing", 0), "conv1").contains("no node \"nothing\""));
        assert!(error(Objective::channel("fc", 0), "nothing").contains("no node \"nothing\""));
        let second = graph.gradient(&Objective::channel("fc", 0), &["fc"]).expect("a graph");
        let error = second.gradient(&Objective::channel("grad(fc)", 0), &["fc"]).expect_err("no second derivative");
        assert_eq!(error.to_string(), "grad(fc): expected an operator that has a gradient, found OneHot");
    }

    /// Without an observed gradient the plan is the one of the network alone.
    #[test]
    fn the_backward_pass_is_planned_only_where_it_is_observed() {
        let graph = pollster::block_on(residual(BASIC)).graph;
        let extended = graph.gradient(&Objective::channel("fc", 1), &[INPUT]).expect("a graph");
        let dispatches =
            |graph: &Graph, observed: &[&str]| Plan::new(graph, observed).expect("nodes").dispatches().count();
        assert_eq!(dispatches(&extended, &[]), dispatches(&graph, &[]));
        assert!(dispatches(&extended, &["grad(input)"]) > 2 * dispatches(&graph, &[]));
        assert_eq!(extended.blocks(), graph.blocks());
        assert_eq!(extended.parameter_count(), graph.parameter_count());
    }
}
