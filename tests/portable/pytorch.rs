//! The CPU reference and the GPU against PyTorch, natively and in the browser: single operators, and every node of tiny
//! ResNets of both block kinds and both stride placements.
//!
//! The golden files come from `tools/make_resnet_golden.py`. Without them reference and kernel could be wrong alike.

use std::collections::{BTreeMap, HashMap};

use crate::common::layers::chain;
use crate::common::{assert_close, gpu, gpu_tests, own_terms, terms, tolerance, upload, walk};
use half::{bf16, f16};
use resnet_lens::ResNetConfig;
use resnet_lens::gpu::Executable;
use resnet_lens::graph::Graph;
use resnet_lens::ops::{
    Add, BatchNorm2d, ChannelGate, Conv2d, GlobalAvgPool2d, GroupNorm, Linear, MaxPool2d, Op, ParameterValues, Relu,
    Scale, Silu, Softmax, Window,
};
use resnet_lens::plan::Plan;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

const OPS: &[u8] = include_bytes!("../golden/ops.safetensors");
const BASIC: &[u8] = include_bytes!("../golden/resnet/basic.safetensors");
const BASIC_NODES: &[u8] = include_bytes!("../golden/resnet/basic-conv3x3.nodes.safetensors");
const BOTTLENECK: &[u8] = include_bytes!("../golden/resnet/bottleneck.safetensors");
const BOTTLENECK_NODES: &[u8] = include_bytes!("../golden/resnet/bottleneck-conv3x3.nodes.safetensors");
const FIRST_CONV_NODES: &[u8] = include_bytes!("../golden/resnet/bottleneck-first-conv1x1.nodes.safetensors");

/// A golden file: named tensors of `f32`, and texts.
struct Golden {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    texts: HashMap<String, String>,
}

impl Golden {
    fn open(bytes: &[u8]) -> Self {
        let file = SafeTensors::deserialize(bytes).expect("a golden file is valid");
        let texts = SafeTensors::read_metadata(bytes).expect("valid, too").1.metadata().clone().unwrap_or_default();
        let tensor = |(name, view): (String, TensorView<'_>)| (name, (view.shape().to_vec(), floats(view.data())));
        let tensors = file.tensors().into_iter().filter(|(_, view)| view.dtype() == Dtype::F32).map(tensor).collect();
        Self { tensors, texts }
    }

    /// A map of rank 4, or a vector of rank 2.
    fn activation(&self, name: &str) -> HostTensor {
        let (dims, values) = &self.tensors[name];
        let extent = |axis: usize| dims.get(axis).copied().unwrap_or(1);
        HostTensor::new(Shape::new(extent(0), extent(1), extent(2), extent(3)), values.clone())
            .expect("as many as stated")
    }

    /// A text that holds JSON, such as a list of names.
    fn json<T: for<'de> Deserialize<'de>>(&self, name: &str) -> T {
        serde_json::from_str(&self.texts[name]).expect("the script wrote JSON")
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// The settings of a case of `ops.safetensors`; each operator has its own.
#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    size: usize,
    #[serde(default)]
    stride: usize,
    #[serde(default)]
    padding: usize,
    #[serde(default)]
    eps: f64,
    /// None where there are no groups.
    #[serde(default)]
    groups: Option<usize>,
    #[serde(default)]
    factor: f32,
    #[serde(default)]
    channel: Option<usize>,
}

/// The operators of a case, from the first part of its name, its settings and the dimensions of its weight.
fn operators_of(case: &str, settings: &Settings, golden: &Golden) -> Vec<Op> {
    let dims = |tensor: &str| golden.tensors[&format!("{case}.{tensor}")].0.clone();
    let window = |size| Window::square(size, settings.stride, settings.padding);
    let op = match case.split('.').next().expect("a name has a first part") {
        "conv2d" | "conv2d_silu" => {
            let [out_channels, inputs, size, _] = dims("weight")[..] else { panic!("{case}: rank of the weight") };
            let groups = settings.groups.unwrap_or(1);
            Conv2d { in_channels: inputs * groups, out_channels, window: window(size), groups, bias: false }.into()
        }
        "batchnorm" => BatchNorm2d { channels: dims("weight")[0], eps: settings.eps }.into(),
        "groupnorm" => {
            let groups = settings.groups.expect("groups");
            GroupNorm { groups, channels: dims("weight")[0], eps: settings.eps }.into()
        }
        "channelgate" => ChannelGate.into(),
        "maxpool" => MaxPool2d { window: window(settings.size) }.into(),
        "relu" => Relu.into(),
        "silu" => Silu.into(),
        "add" => Add.into(),
        "avgpool" => GlobalAvgPool2d.into(),
        "linear" => Linear { in_features: dims("weight")[1], out_features: dims("weight")[0] }.into(),
        "softmax" => Softmax.into(),
        "scale" => Scale { factor: settings.factor, channel: settings.channel }.into(),
        other => panic!("{case}: no operator is called {other}"),
    };
    if case.starts_with("conv2d_silu.") { vec![op, Silu.into()] } else { vec![op] }
}

/// How much larger than the result an operator's terms may be: x · scale + shift takes off again what it has added, and
/// rounds as the larger one does.
fn cancelled(op: &Op, parameters: &ParameterValues) -> f32 {
    let Op::BatchNorm2d(BatchNorm2d { channels, eps }) = op else { return 1.0 };
    let value = |name: &str, c: usize| f64::from(parameters[name][c]);
    let shift = |c| value("running_mean", c) * value("weight", c) / (value("running_var", c) + eps).sqrt();
    (0..*channels).map(|c| shift(c).abs() as f32).fold(1.0, f32::max)
}

/// A network read from a weight file, and the parameters of its nodes.
struct Network {
    config: ResNetConfig,
    graph: Graph,
    parameters: Vec<ParameterValues>,
}

async fn network(weights: &[u8], stride: StridePlacement, input: Shape) -> Network {
    let file = WeightFile::open(weights).await.expect("a weight file");
    let config = ResNetConfig::infer(&file.dims(), stride).expect("a ResNet");
    let graph = config.graph(input.n, input.h, input.w).expect("an image that is large enough");
    file.check(&graph).expect("all tensors and no others");
    let mut parameters = Vec::new();
    for node in graph.nodes() {
        parameters.push(file.parameters(node).await.expect("finite values"));
    }
    Network { config, graph, parameters }
}

/// Every node of a tiny ResNet against PyTorch, on the CPU and on the GPU; then the fused plan's answer.
async fn check_network(weights: &[u8], nodes: &[u8]) {
    let golden = Golden::open(nodes);
    let quoted = |name: &str| serde_json::Value::String(golden.texts[name].clone());
    let stride = serde_json::from_value(quoted("stride")).expect("a stride placement");
    let input = golden.activation("input");
    let Network { config, graph, parameters } = network(weights, stride, input.shape()).await;

    let block = serde_json::from_value(quoted("block")).expect("a block");
    let (stages, width, classes) = (golden.json("stages"), golden.json("width"), golden.json("classes"));
    assert_eq!(
        config,
        ResNetConfig { block, stages, width, inner: width, classes: Some(classes), stride, ..ResNetConfig::resnet50() },
        "what is inferred"
    );
    let names: Vec<&str> = graph.nodes().iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, golden.json::<Vec<String>>("nodes"), "names in the order of execution");

    let gpu = gpu().await;
    let uploaded = upload(&gpu, &graph, &parameters);
    let mut inspected = Executable::new(&gpu, Plan::inspected(&graph), &uploaded).await.expect("fits");
    let answer = inspected.run(&input).await.expect("the device runs");
    let terms = terms(&graph);
    let mut largest = [0f32; 2];
    for (index, reference) in walk(&graph, &parameters, &input).iter().enumerate() {
        let name = names[index];
        let expected = golden.activation(name);
        let on_gpu = inspected.read(name).await.expect("every node is observed");
        let tolerance = tolerance(terms[index]);
        largest[0] = largest[0].max(assert_close(&format!("{name} on the CPU"), reference, &expected, tolerance));
        largest[1] = largest[1].max(assert_close(&format!("{name} on the GPU"), &on_gpu, &expected, tolerance));
    }

    let mut fused =
        Executable::new(&gpu, Plan::new(&graph, &[""; 0]).expect("no names"), &uploaded).await.expect("fits");
    let fused = fused.run(&input).await.expect("the device runs");
    let apart = assert_close("fused against inspected", &fused, &answer, 1e-4);
    println!(
        "{block:?}, {stride:?}: error of CPU {:e}, GPU {:e}; fused against inspected {apart:e}",
        largest[0], largest[1]
    );
}

/// The bytes of a weight file with its values in another type.
fn converted(weights: &[u8], dtype: Dtype, convert: fn(f32) -> [u8; 2]) -> Vec<u8> {
    let file = SafeTensors::deserialize(weights).expect("a golden file is valid");
    let tensors = file.tensors().into_iter().filter(|(_, view)| view.dtype() == Dtype::F32);
    let halve = |view: &TensorView<'_>| -> Vec<u8> { floats(view.data()).into_iter().flat_map(convert).collect() };
    let halves: Vec<_> = tensors.map(|(name, view)| (name, view.shape().to_vec(), halve(&view))).collect();
    let view = |shape: &[usize], data| TensorView::new(dtype, shape.to_vec(), data).expect("two bytes a value");
    let views = halves.iter().map(|(name, shape, data)| (name, view(shape, data)));
    safetensors::serialize(views, None).expect("it can be written")
}

async fn check_copy(dtype: Dtype, convert: fn(f32) -> [u8; 2], rounded: fn(f32) -> f32) {
    let input = Golden::open(BASIC_NODES).activation("input").shape();
    let original = network(BASIC, StridePlacement::default(), input).await;
    let copy = network(&converted(BASIC, dtype, convert), StridePlacement::default(), input).await;
    assert_eq!(copy.config, original.config, "{dtype:?}");
    for (copied, values) in copy.parameters.iter().zip(&original.parameters) {
        for (name, values) in values {
            let expected: Vec<f32> = values.iter().copied().map(rounded).collect();
            assert_eq!(copied[name], expected, "{dtype:?}: {name}");
        }
    }
}

gpu_tests! {
    /// `ops.safetensors`: each operator on its own.
    async fn operators() {
        let golden = Golden::open(OPS);
        let cases: BTreeMap<String, Settings> = golden.json("cases");
        let mut kinds: Vec<&str> = Vec::new();
        for (case, settings) in &cases {
            let ops = operators_of(case, settings, &golden);
            kinds.extend(ops.iter().map(|op| op.kind()));
            let tensor = |name: &str| golden.activation(&format!("{case}.{name}"));
            let input = tensor("input");
            let values = |name: &str| golden.tensors[&format!("{case}.{name}")].1.clone();
            let op = &ops[0];
            let parameters: ParameterValues = op.parameters().iter().map(|spec| (spec.name, values(spec.name))).collect();

            let mut inputs = vec![&input];
            let other = (op.arity() == 2).then(|| tensor("other"));
            inputs.extend(&other);
            let expected = tensor("output");
            let allowed = tolerance(own_terms(op, input.shape(), expected.shape())) * cancelled(op, &parameters);
            let mut reference = op.reference(&inputs, &parameters);
            for activation in &ops[1..] {
                reference = activation.reference(&[&reference], &ParameterValues::new());
            }
            assert_close(&format!("{case} on the CPU"), &reference, &expected, allowed);

            // A graph has one input: tests/portable/ops.rs compares operators with two against their reference.
            if op.arity() == 1 {
                let graph = chain(input.shape(), ops);
                let gpu = gpu().await;
                let mut all = vec![parameters];
                all.resize(graph.nodes().len(), ParameterValues::new());
                let uploaded = upload(&gpu, &graph, &all);
                let fused = Plan::new(&graph, &[""; 0]).expect("no names");
                assert_eq!(fused.steps().len(), 1, "{case}: an activation is fused");
                for plan in [Plan::inspected(&graph), fused] {
                    let mut run = Executable::new(&gpu, plan, &uploaded).await.expect("fits");
                    let found = run.run(&input).await.expect("runs");
                    assert_close(&format!("{case} on the GPU"), &found, &expected, allowed);
                }
            }
        }
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds, [
            "AdaptiveAvgPool2d", "Add", "BatchNorm2d", "ChannelGate", "Conv2d", "GroupNorm", "Linear", "MaxPool2d", "ReLU", "Scale", "SiLU",
            "Softmax",
        ]);
    }

    async fn basic_blocks() {
        check_network(BASIC, BASIC_NODES).await;
    }

    /// Stride in the 3x3 convolution, as in torchvision.
    async fn bottlenecks() {
        check_network(BOTTLENECK, BOTTLENECK_NODES).await;
    }

    /// Stride in the first 1x1 convolution, as in the paper: the same weights, other maps.
    async fn bottlenecks_of_the_paper() {
        check_network(BOTTLENECK, FIRST_CONV_NODES).await;
    }

    /// f16 and bf16 copies of a file load to exactly the rounded values; the copies lack `num_batches_tracked`, too.
    async fn half_precision_weights() {
        check_copy(Dtype::F16, |value| f16::from_f32(value).to_le_bytes(), |value| f16::from_f32(value).to_f32()).await;
        check_copy(Dtype::BF16, |value| bf16::from_f32(value).to_le_bytes(), |value| bf16::from_f32(value).to_f32()).await;
    }
}
