//! Gradients of a session's network: norms by layer, Grad-CAM, and what leaves the current values as they are.

use crate::common::{self, relative_l2};
use resnet_lens::Session;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::{INPUT, Objective, Surgery};
use resnet_lens::ops::Role;
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::resnet::StridePlacement;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use resnet_lens::{Error, ResNetConfig};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");
const CLASS: usize = 5;

fn image() -> DecodedImage {
    DecodedImage { width: 130, height: 130, rgb: (0..130 * 130 * 3u32).map(|i| (i * 11 % 241) as u8).collect() }
}

async fn session() -> Session {
    let session = crate::common::session().await;
    session.load(STARTER, common::starter_card()).await.expect("the starter");
    session
}

fn norm(tensor: &HostTensor) -> f64 {
    tensor.data().iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

/// The last map and the weights of the logit, which define the class activation map.
async fn class_activation_map(session: &Session, layer: &str) -> HostTensor {
    session.observe(&[layer]).await.expect("a node");
    session.classify_image(&image(), 1).await.expect("runs");
    let map = session.feature_map(layer).await.expect("observed");
    let file = WeightFile::open(STARTER).await.expect("a weight file");
    let graph = ResNetConfig::infer(&file.dims(), StridePlacement::default()).expect("a ResNet").graph(1, 128, 128);
    let graph = graph.expect("large enough");
    let weight = &file.parameters(&graph.nodes()[graph.output()]).await.expect("weights")["weight"];
    let shape = map.shape();
    HostTensor::from_fn(resnet_lens::shape::Shape { c: 1, ..shape }, |n, _, y, x| {
        let sum: f32 = (0..shape.c).map(|c| map.at(n, c, y, x) * weight[CLASS * shape.c + c]).sum();
        sum.max(0.0) / (shape.h * shape.w) as f32
    })
}

#[test]
fn grad_cam_of_the_last_map_is_the_class_activation_map() {
    pollster::block_on(async {
        let session = session().await;
        let layers = session.layers();
        let last = layers.iter().rev().find(|layer| layer.role == Role::Activation).expect("a ReLU").name.clone();
        let expected = class_activation_map(&session, &last).await;
        let found = session.grad_cam(CLASS, &last, None).await.expect("runs");
        assert!(norm(&expected) > 0.0, "a map that is not zero");
        let error = relative_l2(&found, &expected);
        assert!(error <= 1e-4, "relative error {error:e}");
        assert_eq!(
            session.feature_map(&last).await.expect("observed").shape().h,
            expected.shape().h,
            "the values stay"
        );
    });
}

#[test]
fn norms_are_those_of_the_gradients_and_shortcuts_change_them() {
    pollster::block_on(async {
        let session = session().await;
        assert!(matches!(session.gradient_norms(CLASS, &[]).await, Err(Error::State(_))), "no image yet");
        session.classify_image(&image(), 1).await.expect("runs");
        let norms = session.gradient_norms(CLASS, &[]).await.expect("runs");
        let layers = session.layers();
        let convolutions: Vec<&str> =
            layers.iter().filter(|layer| layer.role == Role::Convolution).map(|layer| &*layer.name).collect();
        assert_eq!(norms.iter().map(|norm| &*norm.node).collect::<Vec<_>>(), convolutions);
        let logits = layers.last().expect("layers").name.clone();
        let gradients = session.gradients(&Objective::channel(logits, CLASS), &convolutions, None).await.expect("runs");
        for (found, gradient) in norms.iter().zip(&gradients) {
            let expected = norm(gradient);
            assert!((found.gradient - expected).abs() <= 1e-4 * expected, "{found:?}, {expected}");
        }
        // Without its branch a block's own convolutions do not reach the logit.
        let off: Vec<Surgery> = vec!["branch:layer1.0:0".parse().expect("an edit")];
        let cut = session.gradient_norms(CLASS, &off).await.expect("runs");
        assert!(cut.iter().all(|norm| norm.node != "layer1.0.conv1"), "{cut:?}");
        assert!(cut.iter().any(|norm| norm.node == "conv1"));
        let error = session.gradient_norms(9999, &[]).await.expect_err("no such class").to_string();
        assert!(error.contains("expected a channel below 107, found 9999"), "{error}");
        session.gradient_norms(CLASS, &[]).await.expect("an error leaves the session as it was");
    });
}

/// Every kernel of a backward pass agrees with the CPU reference on its sample.
#[test]
fn kernels_of_gradients_are_checked_before_they_are_used() {
    pollster::block_on(async {
        let gpu = crate::common::fresh_gpu().await;
        let file = WeightFile::open(STARTER).await.expect("a weight file");
        let graph = ResNetConfig::infer(&file.dims(), StridePlacement::default()).expect("a ResNet").graph(1, 64, 64);
        let graph = graph.expect("large enough");
        let logits = graph.nodes()[graph.output()].name.clone();
        let graph = graph.gradient(&Objective::channel(logits, 1), &[INPUT]).expect("a graph");
        let selection = AlgorithmSelection::predicted(gpu.report().with_weights(Default::default()));
        let plan = Plan::with_selection(&graph, &["grad(input)"], &selection).expect("a plan");
        let kinds: std::collections::BTreeSet<&str> =
            plan.steps().iter().map(|step| graph.nodes()[step.nodes[0]].op.kind()).collect();
        for kind in ["Conv2dGradient", "MaxPool2dGradient", "ReLUGradient", "LinearGradient", "BatchNorm2dGradient"] {
            assert!(kinds.contains(kind), "{kind} of {kinds:?}");
        }
        assert_eq!(gpu.check_kernels(&plan, &selection).await.expect("runs"), []);
    });
}
