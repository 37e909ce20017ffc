//! The algorithm of a layer must not change results beyond rounding: other kernels, weights in `f16`, batches, tuned algorithms.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::common::recorded::{self, top5};
use crate::common::{self, gpu, upload_file};
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::Executable;
use resnet_lens::graph::{Graph, Node};
use resnet_lens::ops::{AdapterClass, AdapterProfile, Algorithm, Gemm, GemmTile, WeightFormat};
use resnet_lens::plan::{AlgorithmSelection, Plan, TuningTable};
use resnet_lens::resnet::StridePlacement;
use resnet_lens::session::{Classification, Precision};
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use resnet_lens::{ResNetConfig, Session};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

/// Tolerances of probabilities: two computations in `f32`, and one with weights in `f16`.
const SAME: f32 = 1e-4;
const F16_WEIGHTS: f32 = 2e-2;

/// An image with edges and colours, different for every seed.
fn image(seed: u32) -> DecodedImage {
    let value = |i: u32| (i * (7 + seed) % 251 / (1 + i / (30_000 + 5000 * seed))) as u8;
    DecodedImage { width: 200, height: 150, rgb: (0..200 * 150 * 3).map(value).collect() }
}

async fn session(precision: Precision) -> Session {
    let session = crate::common::session().await;
    session.set_precision(precision);
    session.load(STARTER, common::starter_card()).await.expect("the starter model");
    session
}

fn assert_alike(what: &str, found: &Classification, expected: &Classification, tolerance: f32) {
    let classes = |answer: &Classification| answer.predictions.iter().map(|one| one.index).collect::<Vec<_>>();
    assert_eq!(classes(found), classes(expected), "{what}: the classes in order");
    assert!(!expected.predictions.is_empty(), "{what}: nothing to compare");
    for (a, b) in found.predictions.iter().zip(&expected.predictions) {
        let apart = (a.probability - b.probability).abs();
        assert!(apart <= tolerance, "{what}: {}: expected {}, found {}", a.label.name, b.probability, a.probability);
    }
}

#[test]
fn a_batch_gives_the_results_of_its_images() {
    pollster::block_on(async {
        let session = session(Precision::F32).await;
        let images: Vec<DecodedImage> = (0..3).map(image).collect();
        let together = session.classify_images(&images, 5).await.expect("it answers");
        assert_eq!(together.iter().map(|answer| answer.first_run).collect::<Vec<_>>(), [true; 3]);
        let again = session.classify_images(&images, 5).await.expect("it answers");
        assert_eq!(again.iter().map(|answer| answer.first_run).collect::<Vec<_>>(), [false; 3]);
        for (image, (once, twice)) in images.iter().zip(together.iter().zip(&again)) {
            let alone = session.classify_image(image, 5).await.expect("it answers");
            assert_alike("in a batch", once, &alone, SAME);
            assert_alike("in the second batch", twice, &alone, SAME);
        }
        let best = |answer: &Classification| answer.predictions[0].probability;
        assert!(
            (best(&together[0]) - best(&together[1])).abs() > SAME,
            "the images must differ for the comparison to mean anything"
        );
        assert_eq!(session.classify_images(&[], 5).await.expect("an empty batch").len(), 0);
        assert_eq!(session.classify_images(&images[..1], 5).await.expect("it answers").len(), 1);
    });
}

#[test]
fn weights_in_f16_take_half_the_memory() {
    pollster::block_on(async {
        let [wide, narrow] = [session(Precision::F32).await, session(Precision::F16).await];
        let [f32s, f16s] = [&wide, &narrow].map(|session| session.model().expect("it is loaded"));
        assert_eq!([f32s.precision, f16s.precision], [WeightFormat::F32, WeightFormat::F16]);
        let plain = f32s.parameters as u64 * 4;
        assert!(f32s.parameter_bytes >= plain, "{} bytes for {plain}", f32s.parameter_bytes);
        assert!(f16s.parameter_bytes * 100 < plain * 55, "{} bytes for {plain} in f32", f16s.parameter_bytes);
        let [a, b] = [wide.classify_image(&image(0), 5).await, narrow.classify_image(&image(0), 5).await];
        assert_alike("with weights in f16", &b.expect("it answers"), &a.expect("it answers"), F16_WEIGHTS);
    });
}

#[test]
fn precision_is_one_of_three_words() {
    assert_eq!("f16".parse::<Precision>().expect("a good word"), Precision::F16);
    let error = "f64".parse::<Precision>().expect_err("no such precision").to_string();
    assert_eq!(error, "precision: expected auto, f32 or f16, found \"f64\"");
}

#[test]
fn tuning_does_not_change_results() {
    pollster::block_on(async {
        let session = session(Precision::F32).await;
        let before = session.classify_image(&image(0), 5).await.expect("it answers");
        let mut progress = session.tune(0.0).await.expect("it measures");
        assert_eq!(progress.done, 1, "without a budget, one class of layers is measured");
        assert!(progress.total > 10, "{progress:?}");
        while progress.done < progress.total {
            progress = session.tune(1e3).await.expect("it measures");
        }
        let after = session.classify_image(&image(0), 5).await.expect("it answers");
        assert_alike("after tuning", &after, &before, SAME);

        let saved = session.tuning();
        let again = self::session(Precision::F32).await;
        assert_eq!(again.tuning_key(), session.tuning_key());
        again.restore_tuning(&saved).await.expect("what was saved");
        assert_eq!(again.tuning(), saved);
        assert_eq!(again.model().expect("loaded").dispatches, session.model().expect("loaded").dispatches);
        let rest = again.tune(0.0).await.expect("nothing is left to measure");
        assert_eq!((rest.done, rest.total), (0, 0), "restored measurements are not repeated");
        assert_alike("restored", &again.classify_image(&image(0), 5).await.expect("it answers"), &before, SAME);
    });
}

#[test]
fn unusable_saved_tuning_is_rejected_or_ignored() {
    pollster::block_on(async {
        let session = session(Precision::F32).await;
        let before = session.classify_image(&image(0), 5).await.expect("it answers");
        for text in ["", "{", "[1]", r#"{"a": 1}"#, r#"{"a": {"plain": "fast"}}"#, r#"{"a": [["plain", null]]}"#] {
            let error = session.restore_tuning(text).await.expect_err("no tuning").to_string();
            assert!(
                error.starts_with("the saved tuning: expected a JSON list of layer classes with their times, found "),
                "{error}"
            );
        }
        // Algorithms that no kernel supports, for classes of this network and of others.
        let graph = ResNetConfig { width: 16, inner: 16, classes: Some(107), ..ResNetConfig::resnet50() }
            .graph(1, 128, 128)
            .expect("large enough");
        let class = |node: &Node| AlgorithmSelection::default().class(&node.op, &graph.input_shapes(node), node.shape);
        let [odd, empty] = [GemmTile::new(3, 5, 3), GemmTile::new(0, 0, 0)].map(Gemm::Tiled);
        let no_parts = Algorithm::Split(GemmTile::new(8, 1, 1), 0);
        for algorithm in [Algorithm::Winograd(7, odd), Algorithm::Plain(empty), no_parts, Algorithm::Gemv(0)] {
            let classes = graph.nodes().iter().filter_map(class);
            let table: TuningTable = classes.map(|class| (class, vec![(algorithm, 1)])).collect();
            session.restore_tuning(&table.to_json()).await.expect("a valid table");
            let after = session.classify_image(&image(0), 5).await.expect("it answers");
            assert_alike("with unsupported algorithms", &after, &before, SAME);
        }
    });
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name)
}

/// A network's input and PyTorch's logits for it, computed in float64.
fn reference(image: &str) -> (HostTensor, Vec<f32>) {
    let input = recorded::npy(&data(&format!("reference/{image}-input-nchw.npy")));
    let json = std::fs::read(data(&format!("reference/resnet50-{image}.json"))).expect("the file is there");
    let reference: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let numbers = reference["logits"].as_array().expect("a list");
    let logits = numbers.iter().map(|logit| logit.as_f64().expect("a number") as f32).collect();
    (input.unwrap_or_else(|error| panic!("{error}")), logits)
}

/// Runs a network. Asserts that the five best classes are those of `logits`, and returns the largest error of a logit.
async fn largest_error(what: &str, run: &mut Executable, (input, logits): &(HostTensor, Vec<f32>)) -> f32 {
    let found = run.run(input).await.expect("the device runs");
    assert_eq!(top5(found.data()), top5(logits), "{what}");
    found.data().iter().zip(logits).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

async fn resnet50() -> (Graph, WeightFile<File>) {
    let weights = File::open(data("weights/resnet50-imagenet.f16.safetensors")).expect("the file is there");
    let file = WeightFile::open(weights).await.expect("a weight file");
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::Conv3x3).expect("a ResNet");
    (config.graph(1, 224, 224).expect("large enough"), file)
}

/// ResNet-50 on a photo with the predicted algorithms of each adapter class.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs ../shared/data; if it came after the first build: touch build.rs")]
fn resnet50_with_the_algorithms_of_every_adapter_class() {
    pollster::block_on(async {
        let chelsea = reference("chelsea");
        let (graph, file) = resnet50().await;
        for format in [WeightFormat::F32, WeightFormat::F16] {
            let parameters = upload_file(&gpu().await, &graph, &file, format).await;
            let subgroups = gpu().await.report().with_weights(format).subgroups;
            for target in [AdapterClass::SwiftShader, AdapterClass::Software, AdapterClass::Gpu] {
                let adapter = AdapterProfile { subgroups, ..AdapterProfile::new(target, format) };
                let plan = Plan::with_selection(&graph, &[""; 0], &AlgorithmSelection::predicted(adapter));
                let plan = plan.expect("no names");
                let slots = plan.slots().iter().sum::<usize>() * 4;
                let mut run = Executable::new(&gpu().await, plan, &parameters).await.expect("the device takes it");
                let error = largest_error(&format!("{target:?}, {format:?}"), &mut run, &chelsea).await;
                let bytes = parameters.bytes();
                println!("{target:?} with {format:?}: largest error of a logit {error:.1e}, {bytes} + {slots} bytes");
                assert!(
                    error <= if format == WeightFormat::F32 { 2e-3 } else { 3e-2 },
                    "{target:?}, {format:?}: {error}"
                );
                if format == WeightFormat::F16 {
                    assert!(bytes <= 55_000_000 && slots <= 15_000_000, "{target:?}: {bytes} + {slots} bytes");
                }
            }
        }
    });
}

/// ResNet-50 on photos with the predicted algorithms of a GPU with `shader-f16`.
#[test]
#[cfg_attr(not(shared_data), ignore = "needs ../shared/data; if it came after the first build: touch build.rs")]
fn resnet50_with_products_in_f16() {
    pollster::block_on(async {
        let gpu = gpu().await;
        let (graph, file) = resnet50().await;
        let parameters = upload_file(&gpu, &graph, &file, WeightFormat::F16).await;
        let adapter = AdapterProfile { target: AdapterClass::Gpu, ..gpu.report().with_weights(WeightFormat::F16) };
        let plan = Plan::with_selection(&graph, &[""; 0], &AlgorithmSelection::predicted(adapter)).expect("no names");
        assert_eq!(plan.compute_type(), adapter.arithmetic);
        let dispatches = plan.dispatches().count();
        assert!(dispatches <= 75, "{dispatches} dispatches");
        let mut run = Executable::new(&gpu, plan, &parameters).await.expect("the device takes it");
        for image in ["chelsea", "samoyed_dog"] {
            let error = largest_error(image, &mut run, &reference(image)).await;
            println!("{image}, products in {:?}: largest error of a logit {error:.1e}", adapter.arithmetic);
            assert!(error <= 3e-2, "{image}: {error}");
        }
    });
}

/// ResNet-50 on photos with cooperative matrices for every layer that they cover.
#[test]
#[cfg(feature = "cooperative-matrix")]
#[cfg_attr(not(shared_data), ignore = "needs ../shared/data; if it came after the first build: touch build.rs")]
fn resnet50_with_cooperative_matrices() {
    pollster::block_on(async {
        let gpu = gpu().await;
        let adapter = gpu.report().with_weights(WeightFormat::F16);
        let side = adapter.cooperative().expect("an adapter with cooperative matrices");
        let (graph, file) = resnet50().await;
        let parameters = upload_file(&gpu, &graph, &file, WeightFormat::F16).await;
        let mut choices = AlgorithmSelection::predicted(adapter);
        for node in graph.nodes() {
            let inputs = graph.input_shapes(node);
            let algorithm = Algorithm::Plain(Gemm::CooperativeMatrix(side));
            let class = choices.class(&node.op, &inputs, node.shape);
            let class = class.filter(|_| node.op.algorithms(&inputs, node.shape, adapter).contains(&algorithm));
            choices.tuned.extend(class.map(|class| (class, algorithm)));
        }
        let plan = Plan::with_selection(&graph, &[""; 0], &choices).expect("no names");
        let layers = plan.dispatches().filter(|planned| planned.dispatch.kernel.features.cooperative_matrix).count();
        assert_eq!(layers, 52, "all convolutions but the stem");
        let mut run = Executable::new(&gpu, plan, &parameters).await.expect("the device takes it");
        for image in ["chelsea", "samoyed_dog"] {
            let error = largest_error(image, &mut run, &reference(image)).await;
            println!("{image}, in matrices of {side} x {side}: largest error of a logit {error:.1e}");
            assert!(error <= 3e-2, "{image}: {error}");
        }
    });
}
