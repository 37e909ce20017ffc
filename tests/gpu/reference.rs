//! Pretrained networks against PyTorch in float64: statistics of every node, every logit, predictions for 300 photos.
//!
//! Weights, photos and references are not part of the repository but in `../shared/data`. If `build.rs` does not find them, these
//! tests are ignored. `cargo test --test gpu reference -- --nocapture` prints the errors.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::common::recorded::{self, top5};
use crate::common::{gpu, predicted, upload_file};
use async_lock::Mutex;
use resnet_lens::gpu::{Activation, ClassActivationMap, Executable, StatisticsPass};
use resnet_lens::graph::Graph;
use resnet_lens::lens::{ClassifierHead, class_map};
use resnet_lens::ops::{Operator, ParameterValues, Relu, Role, WeightFormat};
use resnet_lens::plan::Plan;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use resnet_lens::{ModelCard, ResNetConfig};
use serde::Deserialize;

/// Tolerances of a node's mean, standard deviation and first values, in units of its root mean square, and of its L2 norm, relative.
/// Single values have larger rounding errors than sums over a whole feature map.
const NODE: f64 = 1e-4;
const FIRST: f64 = 1e-3;
/// Tolerance of a logit. The logits of these networks range from about -15 to 15.
const LOGIT: f32 = 2e-3;
/// Tolerance of a logit between the fused and the inspected plan.
const FUSED: f32 = 1e-4;

/// Runs large networks one at a time: two at once would need twice the memory and distort the times.
static TURN: Mutex<()> = Mutex::new(());

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name)
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The values of one run in PyTorch.
#[derive(Deserialize)]
struct Reference {
    nodes: BTreeMap<String, Statistics>,
    logits: Vec<f32>,
    /// Class index first.
    top5: Vec<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
struct Statistics {
    shape: Vec<usize>,
    mean: f64,
    /// The sample standard deviation: divided by `count - 1`.
    std: f64,
    min: f64,
    max: f64,
    l2: f64,
    first8: Vec<f64>,
}

/// Whether the recorded value is the one after the ReLU. torchvision's ReLUs work in place, so their inputs were overwritten before
/// the statistics were computed. This is visible where a ReLU is the only consumer of a node.
fn rectified_in_place(graph: &Graph, node: usize) -> bool {
    let consumers = &graph.consumers()[node];
    matches!(consumers[..], [only] if graph.nodes()[only].op.role() == Role::Activation)
}

/// Compares a node and returns the errors of L2 norm, mean, standard deviation and first values.
fn check_node(name: &str, found: &HostTensor, expected: &Statistics) -> [f64; 4] {
    let shape = found.shape().dims();
    assert!(shape.starts_with(&expected.shape), "{name}: shape {shape:?}, expected {:?}", expected.shape);
    let values = || found.data().iter().map(|value| f64::from(*value));
    let count = found.data().len() as f64;
    let mean = values().sum::<f64>() / count;
    let std = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let l2 = values().map(|value| value * value).sum::<f64>().sqrt();
    let rms = expected.l2 / count.sqrt();
    let first = values().zip(&expected.first8).map(|(found, expected)| (found - expected).abs() / rms);
    let errors = [
        (l2 - expected.l2).abs() / expected.l2,
        (mean - expected.mean).abs() / rms,
        (std - expected.std).abs() / rms,
        first.fold(0.0, f64::max),
    ];
    for (what, error, bound) in [("l2", 0, NODE), ("mean", 1, NODE), ("std", 2, NODE), ("the first values", 3, FIRST)] {
        let error = errors[error];
        assert!(error <= bound, "{name}: {what}: expected an error of at most {bound:e}, found {error:e}");
    }
    errors
}

/// Compares the statistics computed on the GPU and returns the largest error: mean and standard deviation in units of the root mean
/// square, minimum and maximum in units of the largest magnitude.
async fn check_gpu_statistics(name: &str, activation: &Activation, expected: &Statistics) -> f64 {
    let measure = StatisticsPass::new(activation).await.expect("the device takes it");
    measure.run();
    let found = measure.read().await.expect("the device answers").layer;
    let rms = expected.l2 / (activation.shape().len() as f64).sqrt();
    let most = expected.min.abs().max(expected.max.abs());
    let errors = [
        (f64::from(found.mean) - expected.mean).abs() / rms,
        (f64::from(found.std) - expected.std).abs() / rms,
        (f64::from(found.min) - expected.min).abs() / most,
        (f64::from(found.max) - expected.max).abs() / most,
    ];
    let largest = errors.into_iter().fold(0.0, f64::max);
    assert!(largest <= NODE, "{name}: mean, deviation, least and largest are off by {errors:?}, bound {NODE:e}");
    largest
}

/// Compares the class activation maps of the five most probable classes with the CPU reference, and their means with the recorded
/// logits. Returns the largest error in units of the map's largest magnitude.
async fn check_class_maps(run: &Executable, head: &ParameterValues, reference: &Reference) -> f64 {
    let graph = run.graph();
    let map = run.activation(&graph.nodes()[ClassifierHead::of(graph).expect("a head").map].name).expect("observed");
    let values = map.read().await.expect("the device answers");
    let channels = values.shape().c;
    let weight = HostTensor::new(Shape::new(head["bias"].len(), channels, 1, 1), head["weight"].clone());
    let weight = Activation::upload(run.gpu(), &weight.expect("one row per class")).await.expect("the device takes it");
    let mut largest = 0f64;
    for class in top5(&reference.logits) {
        let class_activation_map = ClassActivationMap::new(&map, &weight, class).await.expect("the device takes it");
        class_activation_map.run();
        let found = class_activation_map.map().read().await.expect("the device answers");
        let expected = class_map(&values, &head["weight"][class * channels..][..channels]);
        let most = expected.data().iter().fold(0f32, |most, value| most.max(value.abs()));
        let pairs = found.data().iter().zip(expected.data());
        let error = pairs.map(|(found, expected)| f64::from((found - expected).abs() / most)).fold(0.0, f64::max);
        assert!(error <= FIRST, "class map of {class}: off by {error:e} of its largest magnitude");
        let logit = found.data().iter().sum::<f32>() / found.data().len() as f32 + head["bias"][class];
        let error_of_logit = (logit - reference.logits[class]).abs();
        assert!(
            error_of_logit <= FIRST as f32 * most,
            "class map of {class}: its mean is {error_of_logit} off the logit"
        );
        largest = largest.max(error);
    }
    largest
}

/// Compares logits and returns the largest error.
fn check_logits(what: &str, found: &HostTensor, expected: &[f32], bound: f32) -> f32 {
    assert_eq!(found.data().len(), expected.len(), "{what}: number of logits");
    let errors = found.data().iter().zip(expected).map(|(found, expected)| (found - expected).abs());
    let (class, error) = errors.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).expect("there are logits");
    assert!(error <= bound, "{what}: logit {class}: expected {}, found {}", expected[class], found.data()[class]);
    error
}

/// Runs a weight file on a recorded input with the inspected and the fused plan, and compares all recorded values.
async fn check_network(weights: &Path, npy: &Path, recorded: &Path) {
    let _turn = TURN.lock().await;
    let reference: Reference = serde_json::from_slice(&read(recorded)).expect("a valid reference");
    let input = recorded::npy(npy).unwrap_or_else(|error| panic!("{error}"));
    let file = WeightFile::open(File::open(weights).expect("the file is there")).await.expect("a weight file");
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::Conv3x3).expect("a ResNet");
    let graph = config.graph(1, input.shape().h, input.shape().w).expect("large enough");
    file.check(&graph).expect("all its tensors");
    let gpu = gpu().await;
    let parameters = upload_file(&gpu, &graph, &file, WeightFormat::F32).await;

    let selection = predicted(&gpu, WeightFormat::F32);
    let names: Vec<&str> = graph.nodes().iter().map(|node| node.name.as_str()).collect();
    let plan = Plan::with_selection(&graph, &names, &selection).expect("its own names");
    let mut inspected = Executable::new(&gpu, plan, &parameters).await.expect("fits");
    let all = inspected.run(&input).await.expect("the device runs");
    assert_eq!(graph.nodes().len(), reference.nodes.len(), "number of nodes");
    let (mut largest, mut measured) = ([0f64; 4], 0f64);
    for (index, node) in graph.nodes().iter().enumerate() {
        let expected = reference.nodes.get(&node.name).unwrap_or_else(|| panic!("{}: not in the reference", node.name));
        let mut value = inspected.read(&node.name).await.expect("every node is observed");
        let rectified = rectified_in_place(&graph, index);
        if rectified {
            value = Relu.reference(&[&value], &ParameterValues::new());
        }
        let errors = check_node(&node.name, &value, expected);
        let activation =
            if rectified { Activation::upload(&gpu, &value).await } else { inspected.activation(&node.name) };
        let activation = activation.expect("every node is observed");
        measured = measured.max(check_gpu_statistics(&node.name, &activation, expected).await);
        largest = std::array::from_fn(|i| largest[i].max(errors[i]));
    }
    let inspected_error = check_logits("inspected plan", &all, &reference.logits, LOGIT);
    let expected: Vec<usize> =
        reference.top5.iter().map(|entry| entry[0].as_u64().expect("an index") as usize).collect();
    assert_eq!(top5(all.data()), expected, "top 5 of the inspected plan");
    let head = &graph.nodes()[graph.output()];
    let maps = check_class_maps(&inspected, &file.parameters(head).await.expect("finite"), &reference).await;
    drop(inspected);

    let plan = Plan::with_selection(&graph, &[""; 0], &selection).expect("no names");
    let mut fused = Executable::new(&gpu, plan, &parameters).await.expect("fits");
    let answer = fused.run(&input).await.expect("the device runs");
    let error = check_logits("fused plan", &answer, &reference.logits, LOGIT);
    assert_eq!(top5(answer.data()), expected, "top 5 of the fused plan");
    let fused_error = check_logits("fused against inspected plan", &answer, all.data(), FUSED);

    let mut times = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        fused.run(&input).await.expect("the device runs");
        times.push(started.elapsed().as_millis());
    }
    let [file, record] = [weights, recorded].map(|path| path.file_stem().unwrap_or_default().to_string_lossy());
    println!("{} of {file} against {record}: largest errors over {} nodes:", config.name(), graph.nodes().len());
    println!(
        "  l2 {:.1e}, mean {:.1e}, std {:.1e}, first values {:.1e}",
        largest[0], largest[1], largest[2], largest[3]
    );
    println!("  logits {inspected_error:.1e} inspected, {error:.1e} fused, {fused_error:.1e} between the two");
    println!("  measured on the GPU {measured:.1e}; class maps {maps:.1e}");
    println!("  warm runs in ms: {times:?} on {}", gpu.report().name);
}

/// The number of photos with PyTorch's first class, and the number of photos. Uses every `step`th photo.
async fn agreement(step: usize) -> (usize, usize) {
    let _turn = TURN.lock().await;
    let session = crate::common::session().await;
    let weights = File::open(data("weights/resnet50-imagenet.f16.safetensors")).expect("the file is there");
    session.load(weights, ModelCard::torchvision("ResNet-50")).await.expect("a ResNet-50");
    let table = String::from_utf8(read(&data("images/imagenet256/predictions.csv"))).expect("text");
    let (mut equal, mut seen) = (0, 0);
    for line in table.lines().skip(1).step_by(step) {
        // file, class_index, resnet50_top5, resnet50_p, resnet50_margin …
        let cells: Vec<&str> = line.split(',').collect();
        let expected: usize = cells[2].split(' ').next().and_then(|index| index.parse().ok()).expect("an index");
        let photo = read(&data("images/imagenet256").join(cells[0]));
        let found = session.classify(&photo, 1).await.expect("a photo").predictions[0].index;
        seen += 1;
        if found == expected {
            equal += 1;
        } else {
            println!("{}: PyTorch's class is {expected} with a margin of {}, found {found}", cells[0], cells[4]);
        }
    }
    println!("{equal} of {seen} photos have PyTorch's class");
    (equal, seen)
}

/// Declares tests that need the shared data, with a reason where they are ignored.
macro_rules! shared_data_tests {
    ($($(#[$meta:meta])* fn $name:ident() { $body:expr })*) => {$(
        $(#[$meta])*
        #[test]
        #[cfg_attr(not(shared_data), ignore = "needs ../shared/data; if it came after the first build: touch build.rs")]
        fn $name() {
            pollster::block_on($body);
        }
    )*};
}

fn of_imagenet(network: &str, image: &str) -> impl Future<Output = ()> {
    let [weights, npy, recorded] = [
        data(&format!("weights/{network}-imagenet.f16.safetensors")),
        data(&format!("reference/{image}-input-nchw.npy")),
        data(&format!("reference/{network}-{image}.json")),
    ];
    async move { check_network(&weights, &npy, &recorded).await }
}

shared_data_tests! {
    fn resnet50_on_a_cat() { of_imagenet("resnet50", "chelsea") }

    fn resnet50_on_a_dog() { of_imagenet("resnet50", "samoyed_dog") }

    fn resnet18_on_a_cat() { of_imagenet("resnet18", "chelsea") }

    fn resnet18_on_a_dog() { of_imagenet("resnet18", "samoyed_dog") }

    /// The bundled model.
    fn starter_on_a_cat() {
        async {
            let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/assets/starter.safetensors");
            let [npy, recorded] = ["starter/chelsea-input-nchw.npy", "starter/reference-chelsea.json"].map(data);
            check_network(&bundled, &npy, &recorded).await;
        }
    }

    fn twenty_photos() {
        async {
            let (equal, seen) = agreement(15).await;
            assert!(seen == 20 && equal >= 19, "{equal} of {seen} photos agree with PyTorch, expected at least 19 of 20");
        }
    }
}

#[test]
#[ignore = "takes minutes, and needs ../shared/data: cargo test --release --test gpu reference -- --ignored --nocapture"]
fn three_hundred_photos() {
    pollster::block_on(async {
        let (equal, seen) = agreement(1).await;
        assert!(
            seen == 300 && equal >= 298,
            "{equal} of {seen} photos agree with PyTorch, expected at least 298 of 300"
        );
    });
}
