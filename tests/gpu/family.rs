//! The family against PyTorch: deep, wide and grouped networks of torchvision with both stride placements; stems of 3x3 and of three
//! convolutions, shortcuts that pad or pool, grey images, no classifier, squeeze-and-excitation, group normalisation, anti-aliased
//! downsampling. Weights are generated from their names. The golden logits
//! come from `tools/make_family_golden.py`.

use std::collections::BTreeMap;

use crate::common::{Random, gpu, predicted};
use resnet_lens::ResNetConfig;
use resnet_lens::gpu::{Executable, Gpu, Parameters};
use resnet_lens::graph::Graph;
use resnet_lens::ops::{ParameterValues, WeightFormat};
use resnet_lens::plan::Plan;
use resnet_lens::resnet::{AntiAlias, Stem, StridePlacement};
use serde::Deserialize;

const GOLDEN: &str = include_str!("../golden/family.json");

/// How far a logit may be off, relative to the largest one.
const LOGIT: f32 = 1e-3;

#[derive(Deserialize)]
struct Golden {
    side: usize,
    networks: Vec<Answer>,
}

/// A network and PyTorch's logits.
#[derive(Deserialize)]
struct Answer {
    network: String,
    stride: StridePlacement,
    /// 0 for a network without a classifier, whose features are the answer.
    classes: usize,
    channels: Option<usize>,
    side: Option<usize>,
    logits: Vec<f32>,
}

fn config(answer: &Answer) -> ResNetConfig {
    let config = match answer.network.as_str() {
        "resnet18" => ResNetConfig::resnet18(),
        "resnet18_conv3x3" => ResNetConfig { stem: Stem::Conv3x3, ..ResNetConfig::resnet18() },
        "resnet50_conv3x3" => ResNetConfig { stem: Stem::Conv3x3, ..ResNetConfig::resnet50() },
        "resnet20_cifar10" => ResNetConfig::cifar10(3),
        "resnet56_cifar10" => ResNetConfig::cifar10(9),
        "resnet50d" => ResNetConfig::resnet50d(),
        "seresnet50" => ResNetConfig::seresnet50(),
        "resnetblur50" => ResNetConfig::resnetblur50(),
        "resnetaa50" => ResNetConfig { anti_alias: Some(AntiAlias::Average), ..ResNetConfig::resnet50() },
        "resnet50_gn" => ResNetConfig::resnet50_gn(),
        "resnet34" => ResNetConfig::resnet34(),
        "resnet50" => ResNetConfig::resnet50(),
        "resnet101" => ResNetConfig::resnet101(),
        "resnet152" => ResNetConfig::resnet152(),
        "wide_resnet50_2" => ResNetConfig::wide_resnet50_2(),
        "resnext50_32x4d" => ResNetConfig::resnext50_32x4d(),
        other => panic!("{other}: not in this table"),
    };
    let classes = (answer.classes > 0).then_some(answer.classes);
    ResNetConfig { stride: answer.stride, classes, in_channels: answer.channels.unwrap_or(3), ..config }
}

/// The random numbers of a tensor: seeded by the FNV-1a hash of its name.
fn random(name: &str) -> Random {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    Random::new(name.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// A parameter's values: those of the script that made the golden logits.
fn values(name: &str, dims: &[usize]) -> Vec<f32> {
    let fan_in: usize = dims.iter().skip(1).product();
    let most = (6.0 / fan_in as f32).sqrt();
    let (low, high) = match name.rsplit('.').next().expect("a name has a last part") {
        "running_var" => (0.5, 1.5),
        "running_mean" | "bias" => (-0.2, 0.2),
        _ if dims.len() == 1 => (0.3, 0.7),
        _ => (-most, most),
    };
    let mut random = random(name);
    (0..dims.iter().product()).map(|_| random.uniform(low, high)).collect()
}

/// The parameters on the GPU, and their dims by name.
fn upload(gpu: &Gpu, graph: &Graph) -> (Parameters, BTreeMap<String, Vec<usize>>) {
    let (mut uploaded, mut dims) = (Parameters::default(), BTreeMap::new());
    for node in graph.nodes() {
        let mut parameters = ParameterValues::new();
        for spec in node.op.parameters() {
            let name = format!("{}.{}", node.name, spec.name);
            parameters.insert(spec.name, values(&name, &spec.dims));
            dims.insert(name, spec.dims);
        }
        uploaded.insert(gpu, graph, &node.name, &parameters).unwrap_or_else(|error| panic!("{error}"));
    }
    (uploaded, dims)
}

#[test]
fn the_family_answers_as_pytorch_does() {
    let golden: Golden = serde_json::from_str(GOLDEN).expect("the script wrote JSON");
    pollster::block_on(async {
        let gpu = gpu().await;
        for answer in &golden.networks {
            let config = config(answer);
            let side = answer.side.unwrap_or(golden.side);
            let graph = config.graph(1, side, side).expect("large enough");
            let input = random("input").tensor(graph.input(), -1.0, 1.0);
            let (parameters, dims) = upload(&gpu, &graph);
            let inferred = ResNetConfig::infer(&dims, answer.stride).expect("a ResNet");
            // What the card of a model states is not in the tensors.
            let inferred = ResNetConfig { anti_alias: config.anti_alias, ..inferred };
            assert_eq!(inferred, config, "what is recognised");
            let plan = Plan::with_selection(&graph, &[""; 0], &predicted(&gpu, WeightFormat::F32)).expect("no names");
            let mut run = Executable::new(&gpu, plan, &parameters).await.expect("the plan fits the device");
            let found = run.run(&input).await.expect("the device runs");
            assert_eq!(found.data().len(), answer.logits.len());
            let largest = answer.logits.iter().fold(0f32, |largest, logit| largest.max(logit.abs()));
            let apart = found.data().iter().zip(&answer.logits).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
            println!("{}, {:?}: logits off by {:.1e} of {largest:.2}", config.name(), config.stride, apart / largest);
            assert!(apart <= LOGIT * largest, "{}: logits are off by {apart} of {largest}", config.name());
        }
    });
}
