//! Edited networks against PyTorch: logits of the CPU reference, of a fused plan and of an inspected one.
//!
//! The golden files come from `tools/make_surgery_golden.py`, which replaces the same modules of a torchvision ResNet.

use crate::common::{Random, assert_close, gpu, gpu_tests, terms, tolerance, upload, walk};
use resnet_lens::ResNetConfig;
use resnet_lens::gpu::{Activation, Executable, residual_sums};
use resnet_lens::graph::Surgery;
use resnet_lens::lens::ResidualSums;
use resnet_lens::ops::ParameterValues;
use resnet_lens::plan::Plan;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use safetensors::SafeTensors;

const WEIGHTS: &[u8] = include_bytes!("../golden/surgery-weights.safetensors");
const GOLDEN: &[u8] = include_bytes!("../golden/surgery.safetensors");

/// The edits of each case.
fn cases() -> Vec<Vec<Surgery>> {
    let texts = SafeTensors::read_metadata(GOLDEN).expect("a golden file").1.metadata().clone().expect("with metadata");
    serde_json::from_str(&texts["cases"]).expect("texts of edits")
}

fn tensor(name: &str) -> HostTensor {
    let file = SafeTensors::deserialize(GOLDEN).expect("a golden file");
    let view = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let dim = |axis: usize| view.shape().get(axis).copied().unwrap_or(1);
    let values = view.data().as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    HostTensor::new(Shape::new(dim(0), dim(1), dim(2), dim(3)), values).expect("as many as stated")
}

gpu_tests! {
    /// One quad, padding channels, fewer and more quads than invocations; all sums in one read-back.
    async fn residual_sums_equal_the_reference() {
        let (gpu, mut random) = (gpu().await, Random::new(61));
        let mut pairs = Vec::new();
        let mut expected = Vec::new();
        for (c, h, w) in [(1, 1, 1), (5, 3, 7), (64, 8, 8), (66, 40, 41)] {
            let [branch, shortcut] = [(-1.0, 1.0), (-0.5, 2.0)].map(|(low, high)| random.tensor(Shape::new(1, c, h, w), low, high));
            expected.push(ResidualSums::reference(&branch, &shortcut));
            let upload = async |tensor| Activation::upload(&gpu, tensor).await.expect("fits");
            pairs.push((upload(&branch).await, upload(&shortcut).await));
        }
        let found = residual_sums(&gpu, &pairs).await.expect("runs");
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-5 * expected.branch.max(expected.shortcut);
            assert!(near(found.branch, expected.branch), "{found:?}, {expected:?}");
            assert!(near(found.shortcut, expected.shortcut), "{found:?}, {expected:?}");
            assert!(near(found.product, expected.product), "{found:?}, {expected:?}");
        }
        pairs.push((pairs[0].0.clone(), pairs[1].1.clone()));
        assert!(residual_sums(&gpu, &pairs).await.is_err(), "other shapes");
    }

    async fn edited_networks_equal_pytorch() {
        let (gpu, input) = (gpu().await, tensor("input"));
        let file = WeightFile::open(WEIGHTS).await.expect("a weight file");
        let config = ResNetConfig::infer(&file.dims(), StridePlacement::default()).expect("a ResNet");
        let loaded = config.graph(1, input.shape().h, input.shape().w).expect("large enough");
        let mut parameters: Vec<ParameterValues> = Vec::new();
        for node in loaded.nodes() {
            parameters.push(file.parameters(node).await.expect("finite values"));
        }
        // The parameters are uploaded once: all edited graphs share them.
        let uploaded = upload(&gpu, &loaded, &parameters);
        let mut largest = 0f32;
        for (number, edits) in cases().iter().enumerate() {
            let what = || format!("{:?}", edits.iter().map(ToString::to_string).collect::<Vec<_>>());
            let graph = loaded.edit(edits).unwrap_or_else(|error| panic!("{error}"));
            let expected = tensor(&number.to_string());
            let allowed = tolerance(terms(&graph)[graph.output()]);
            let reference = walk(&graph, &parameters, &input).swap_remove(graph.output());
            assert_close(&format!("{} on the CPU", what()), &reference, &expected, allowed);
            for plan in [Plan::new(&graph, &[""; 0]).expect("no names"), Plan::inspected(&graph)] {
                let mut run = Executable::new(&gpu, plan, &uploaded).await.expect("fits");
                let found = run.run(&input).await.expect("runs");
                largest = largest.max(assert_close(&format!("{} on the GPU", what()), &found, &expected, allowed));
            }
        }
        println!("largest error {largest:e}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn residual_statistics_are_norms_and_a_cosine() {
    let statistics = ResidualSums { branch: 9.0, shortcut: 16.0, product: -6.0 }.statistics("layer1.0");
    let values = [statistics.branch, statistics.shortcut, statistics.ratio, statistics.cosine];
    assert_eq!((statistics.block.as_str(), values), ("layer1.0", [3.0, 4.0, 0.75, -0.5]));
    let none = ResidualSums::default().statistics("layer1.0");
    assert_eq!([none.ratio, none.cosine], [0.0, 0.0]);
}
