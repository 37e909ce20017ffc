//! The contributions of channels to a logit: they and the bias add up to the CPU reference's logit.

use crate::common::containers::{Tensor, write_safetensors};
use crate::common::{self, Random};
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::Graph;
use resnet_lens::ops::{ParameterSpec, ParameterValues};
use resnet_lens::preprocess::Preprocess;
use resnet_lens::session::ClassContributions;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::{ModelCard, ResNetConfig, Session};

const SIDE: usize = 64;

/// A narrow ResNet-50 with seeded parameters.
fn network(classes: Option<usize>) -> (Graph, Vec<ParameterValues>, Vec<u8>) {
    let config = ResNetConfig { width: 8, classes, ..ResNetConfig::resnet50() };
    let graph = config.graph(1, SIDE, SIDE).expect("large enough");
    let mut random = Random::new(17);
    let parameters: Vec<ParameterValues> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
    let tensors = graph.nodes().iter().zip(&parameters).flat_map(|(node, values)| {
        let tensor = |spec: ParameterSpec| {
            let name = format!("{}.{}", node.name, spec.name);
            Tensor::of(&name, "F32", spec.dims.clone(), values[spec.name].iter().copied())
        };
        node.op.parameters().into_iter().map(tensor)
    });
    let file = write_safetensors(&tensors.collect::<Vec<_>>());
    (graph, parameters, file)
}

fn image() -> DecodedImage {
    let rgb = (0..SIDE * SIDE * 3).map(|i| (i * 7 % 251) as u8).collect();
    DecodedImage { width: SIDE as u32, height: SIDE as u32, rgb }
}

async fn session(file: Vec<u8>) -> Session {
    let session = crate::common::session().await;
    let mut card = ModelCard::torchvision("seeded");
    card.preprocess = Some(Preprocess { resize: SIDE as u32, crop: SIDE as u32, ..Preprocess::default() });
    session.load(file, card).await.expect("a ResNet");
    session
}

#[test]
fn contributions_and_bias_add_up_to_the_logit_of_the_cpu_reference() {
    pollster::block_on(async {
        const CLASSES: usize = 13;
        let (graph, parameters, file) = network(Some(CLASSES));
        let session = session(file).await;
        let error = session.class_contributions(0).await.expect_err("no image yet").to_string();
        assert!(error.contains("expected an image to be classified"), "{error}");
        session.classify_image(&image(), 1).await.expect("a classification");
        let input = HostTensor::new(
            Shape::new(1, 3, SIDE, SIDE),
            Preprocess { resize: SIDE as u32, crop: SIDE as u32, ..Preprocess::default() }.normalised(&image()),
        );
        let values = common::walk(&graph, &parameters, &input.expect("the input's shape"));
        let value = |name: &str| &values[graph.find(name).expect("a node of a ResNet-50")];
        let weight = &parameters[graph.find("fc").expect("the head")]["weight"];
        for class in [0, 5, CLASSES - 1] {
            let found = session.class_contributions(class).await.expect("a classified image");
            let ClassContributions { map, count, positive, negative, sum, bias, logit } = found;
            assert_eq!((map.as_str(), count), ("layer4.2.relu_2", 256));
            assert_eq!((positive.len(), negative.len()), (8, 4));
            assert!(positive.is_sorted_by(|a, b| a.product >= b.product) && positive[7].product > 0.0);
            assert!(negative.is_sorted_by(|a, b| a.product <= b.product) && negative[3].product < 0.0);
            let reference = value("fc").data()[class];
            let close = |found: f32, expected: f32| (found - expected).abs() <= 1e-4 * expected.abs().max(1.0);
            assert!(close(sum + bias, reference), "class {class}: {sum} + {bias}, expected {reference}");
            assert!(close(logit, reference), "class {class}: {logit}, expected {reference}");
            for term in positive.iter().chain(&negative) {
                assert_eq!(term.weight, weight[class * count + term.channel]);
                assert!(close(term.value, value("avgpool").data()[term.channel]), "channel {}", term.channel);
                assert_eq!(term.product, term.value * term.weight);
            }
            let products = (0..count).map(|c| value("avgpool").data()[c] * weight[class * count + c]);
            let largest = products.fold(f32::MIN, f32::max);
            assert!(close(positive[0].product, largest), "{}, expected {largest}", positive[0].product);
        }
        let error = session.class_contributions(CLASSES).await.expect_err("no such class").to_string();
        assert_eq!(error, "the contributions: expected a class below 13, found 13");
    });
}

/// The probe of the linear layer shows the same arithmetic.
#[test]
fn a_probe_of_the_linear_layer_has_the_terms_of_its_logit() {
    pollster::block_on(async {
        let (_, _, file) = network(Some(3));
        let session = session(file).await;
        session.observe(&["fc"]).await.expect("a node of the network");
        session.classify_image(&image(), 1).await.expect("a classification");
        let probe = session.probe("fc", 2, 0, 0).await.expect("an observed node");
        let [terms, contributions] = [probe.terms.expect("terms"), {
            let found = session.class_contributions(2).await.expect("a classified image");
            [found.positive, found.negative].concat()
        }];
        let largest = contributions.iter().map(|term| term.product.abs()).fold(0.0, f32::max);
        assert_eq!(terms[0].product.abs(), largest);
        let dot_product = probe.dot_product.expect("a dot product");
        assert_eq!((dot_product.count, dot_product.activation), (256, None));
        assert!((dot_product.sum - probe.value).abs() <= 1e-4 * probe.value.abs().max(1.0));
    });
}

#[test]
fn a_network_without_classifier_has_no_contributions() {
    pollster::block_on(async {
        let (_, _, file) = network(None);
        let session = session(file).await;
        session.classify_image(&image(), 1).await.expect("a run");
        let error = session.class_contributions(0).await.expect_err("no classes").to_string();
        let expected =
            "expected a network that ends with global average pooling and one linear layer, found another network";
        assert_eq!(error, format!("the contributions: {expected}"));
    });
}
