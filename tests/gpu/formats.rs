//! The same network in other containers, types and names gives the same logits.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::containers::{Tensor, read_safetensors, write_safetensors};
use crate::common::recorded::{self, top5};
use crate::common::torch_save::write_pth;
use crate::common::{gpu, predicted, upload_file};
use half::f16;
use resnet_lens::ResNetConfig;
use resnet_lens::gpu::Executable;
use resnet_lens::ops::{ParameterValues, WeightFormat};
use resnet_lens::plan::Plan;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;

/// As `ResNetForImageClassification` calls what torchvision calls `name`.
fn in_transformers(name: &str) -> String {
    let module = |kind: &str| if kind.starts_with("conv") { "convolution" } else { "normalization" };
    let below = |digit: &str| digit.parse::<usize>().expect("a number") - 1;
    match name.split('.').collect::<Vec<_>>()[..] {
        ["fc", parameter] => format!("classifier.1.{parameter}"),
        [stem, parameter] => format!("resnet.embedder.embedder.{}.{parameter}", module(stem)),
        [stage, block, "downsample", part, parameter] => {
            let module = if part == "0" { "convolution" } else { "normalization" };
            format!("resnet.encoder.stages.{}.layers.{block}.shortcut.{module}.{parameter}", below(&stage[5..]))
        }
        [stage, block, part, parameter] => {
            let (kind, number) = part.split_at(part.len() - 1);
            let (stage, layer) = (below(&stage[5..]), below(number));
            format!("resnet.encoder.stages.{stage}.layers.{block}.layer.{layer}.{}.{parameter}", module(kind))
        }
        _ => panic!("{name}: not a name of torchvision's"),
    }
}

const BASIC: &[u8] = include_bytes!("../golden/resnet/basic.safetensors");
const CHECKPOINT: &[u8] = include_bytes!("../golden/pytorch/checkpoint.pth");
const LEGACY: &[u8] = include_bytes!("../golden/pytorch/legacy.pth");
const EARLY: &[u8] = include_bytes!("../golden/pytorch/early.pth");
const CHANNELS_LAST: &[u8] = include_bytes!("../golden/pytorch/channels_last.pth");

/// What the engine makes of every parameter of a file.
async fn parameters(file: &[u8]) -> Vec<ParameterValues> {
    let file = WeightFile::open(file).await.unwrap_or_else(|error| panic!("{error}"));
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::Conv3x3).expect("a ResNet");
    let graph = config.graph(1, 32, 32).expect("large enough");
    file.check(&graph).expect("all its tensors and no others");
    let mut all = Vec::new();
    for node in graph.nodes() {
        all.push(file.parameters(node).await.expect("finite"));
    }
    all
}

/// Files that PyTorch itself has written; see `tools/make_pytorch_golden.py`.
#[test]
fn what_pytorch_writes_is_read_to_the_last_value() {
    pollster::block_on(async {
        let expected = parameters(BASIC).await;
        assert_eq!(parameters(CHECKPOINT).await, expected, "a checkpoint in an archive");
        assert_eq!(parameters(LEGACY).await, expected, "a file of PyTorch before 1.6");
        assert_eq!(parameters(EARLY).await, expected, "a file of PyTorch 0.1");
        let mut halves = expected;
        let round = |value: &mut f32| *value = f16::from_f32(*value).to_f32();
        halves.iter_mut().flat_map(|node| node.values_mut()).flatten().for_each(round);
        assert_eq!(parameters(CHANNELS_LAST).await, halves, "one storage, channels innermost, f16");
    });
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name)
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A network that PyTorch has run.
struct Known {
    tensors: Vec<Tensor>,
    input: HostTensor,
    logits: Vec<f32>,
}

impl Known {
    fn of_imagenet(network: &str) -> Self {
        let reference = read(&data(&format!("reference/{network}-chelsea.json")));
        let reference: serde_json::Value = serde_json::from_slice(&reference).expect("JSON");
        let logits = reference["logits"].as_array().expect("a list");
        Self {
            tensors: read_safetensors(&read(&data(&format!("weights/{network}-imagenet.f16.safetensors")))),
            input: recorded::npy(&data("reference/chelsea-input-nchw.npy")).unwrap_or_else(|error| panic!("{error}")),
            logits: logits.iter().map(|logit| logit.as_f64().expect("a number") as f32).collect(),
        }
    }

    /// Runs a file that holds the same network; no logit may be further off than `bound`, and the top 5 stay.
    async fn check(&self, what: &str, file: Vec<u8>, bound: f32) {
        let answer = run(file, &self.input).await;
        let apart = answer.data().iter().zip(&self.logits).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{what}: logits off by {apart:.1e}");
        assert!(apart <= bound, "{what}: logits are off by {apart}, expected at most {bound}");
        assert_eq!(top5(answer.data()), top5(&self.logits), "{what}: top 5");
    }
}

/// The logits of a weight file for a prepared input.
async fn run(file: Vec<u8>, input: &HostTensor) -> HostTensor {
    let Shape { n, h, w, .. } = input.shape();
    let file = WeightFile::open(file).await.unwrap_or_else(|error| panic!("{error}"));
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::Conv3x3).expect("a ResNet");
    let graph = config.graph(n, h, w).expect("large enough");
    file.check(&graph).expect("all its tensors and no others");
    let gpu = gpu().await;
    let parameters = upload_file(&gpu, &graph, &file, WeightFormat::F32).await;
    let plan = Plan::with_selection(&graph, &[""; 0], &predicted(&gpu, WeightFormat::F32)).expect("no names");
    Executable::new(&gpu, plan, &parameters).await.expect("fits").run(input).await.expect("the device runs")
}

/// Product-quantised files decode to the values of the dense ones, which were decoded by NumPy.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs ../shared/data; if it came after the first build: touch build.rs")]
fn product_quantised_networks_decode_to_the_dense_ones() {
    pollster::block_on(async {
        for (quantised, dense) in [("resnet18", "resnet18"), ("resnet50_large", "resnet50")] {
            let decoded = parameters(&read(&data(&format!("weights/pq/{quantised}.pth")))).await;
            let expected = parameters(&read(&data(&format!("weights/{dense}-imagenet.f16.safetensors")))).await;
            let apart = decoded.iter().zip(&expected).flat_map(|(decoded, expected)| {
                expected.iter().flat_map(|(name, values)| {
                    assert_eq!(decoded[name].len(), values.len());
                    decoded[name].iter().zip(values).map(|(a, b)| (a - b).abs() / b.abs().max(1e-3))
                })
            });
            let apart = apart.fold(0f32, f32::max);
            println!("{quantised}: parameters off by {apart:.1e}");
            // The dense files are f16: scale, shift and stem are rounded there.
            assert!(apart <= 5e-4, "{quantised}: parameters are off by {apart}");
        }
    });
}

/// CIFAR-10 networks with option A shortcuts, as their authors published them.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs ../shared/data; if it came after the first build: touch build.rs")]
fn published_cifar_networks_open() {
    pollster::block_on(async {
        for (file, name, count) in
            [("resnet20-12fca82f", "ResNet-20", 269_722), ("resnet56-4bfd9763", "ResNet-56", 853_018)]
        {
            let file = WeightFile::open(read(&data(&format!("weights/cifar/{file}.th")))).await.expect("a weight file");
            let config = ResNetConfig::infer(&file.dims(), StridePlacement::default()).expect("a ResNet");
            let graph = config.graph(1, 32, 32).expect("large enough");
            file.check(&graph).expect("all its tensors and no others");
            assert_eq!((config.name().as_str(), graph.parameter_count()), (name, count));
        }
    });
}

/// How far logits may be off by `f32` arithmetic; the files were `f16`, so neither that nor `f32` rounds their values.
const F32: f32 = 2e-3;
/// Rounding weights to `f16` may cost 3e-2; `bf16` has three bits less.
const BF16: f32 = 8.0 * 3e-2;

/// Both networks in every container, under every name and in every type, so that each path of the readers runs once.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs ../shared/data; if it came after the first build: touch build.rs")]
fn imagenet_networks_answer_alike_however_they_are_kept() {
    let cases = [("F16", F32), ("F32", F32), ("BF16", BF16)];
    pollster::block_on(async {
        for network in ["resnet18", "resnet50"] {
            let known = Known::of_imagenet(network);
            for (dtype, bound) in cases {
                let tensors: Vec<Tensor> = known.tensors.iter().map(|tensor| tensor.cast(dtype)).collect();
                let renamed = |tensor: &Tensor| Tensor { name: in_transformers(&tensor.name), ..tensor.clone() };
                let theirs = write_safetensors(&tensors.iter().map(renamed).collect::<Vec<_>>());
                known.check(&format!("{network}, {dtype}, transformers' names"), theirs, bound).await;
                known.check(&format!("{network}, {dtype}, PyTorch's file"), write_pth(&tensors), bound).await;
            }
        }
    });
}
