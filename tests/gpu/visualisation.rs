//! Feature visualisation and gradients of untrained networks.

use crate::common;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::Executable;
use resnet_lens::graph::{INPUT, Objective, gradient_name};
use resnet_lens::plan::Plan;
use resnet_lens::session::{GradientNorm, SeededRequest, VisualisationRequest};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::initial_network;
use resnet_lens::{Error, ResNetConfig};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

#[test]
fn a_visualisation_raises_its_channel_and_leaves_the_model_alone() {
    pollster::block_on(async {
        let session = crate::common::session().await;
        let request = |node: &str, channel, seed| VisualisationRequest { node: node.to_owned(), channel, seed };
        let early = session.begin_visualisation(request("layer2.1.relu_2", 5, 1)).await;
        assert!(matches!(early, Err(Error::State(_))), "no model yet");
        session.load(STARTER, common::starter_card()).await.expect("the starter");
        assert!(matches!(session.advance_visualisation(1).await, Err(Error::State(_))), "none has begun");
        let image = DecodedImage { width: 8, height: 8, rgb: (0..192).map(|i| (i * 7 % 256) as u8).collect() };
        let answer = session.classify_image(&image, 3).await.expect("runs").predictions;

        let run = async |seed, steps| {
            let begun = session.begin_visualisation(request("layer2.1.relu_2", 5, seed)).await.expect("a channel");
            assert_eq!((begun.step, begun.activation), (0, begun.initial));
            assert_eq!((begun.pixels.width, begun.pixels.height), (128, 128));
            session.advance_visualisation(steps / 2).await.expect("runs");
            let between = session.classify_image(&image, 3).await.expect("runs").predictions;
            assert_eq!(between, answer, "the model can be used between steps");
            let done = session.advance_visualisation(steps / 2).await.expect("runs");
            assert_eq!((done.step, done.initial), (steps, begun.initial));
            done
        };
        let [first, again, other] = [run(1, 24).await, run(1, 24).await, run(2, 4).await];
        assert_eq!(first.pixels, again.pixels, "equal seeds");
        assert_ne!(first.pixels, other.pixels, "another seed");
        assert!(first.activation > 10.0 * first.initial.max(1e-3), "{} from {}", first.activation, first.initial);
        for (node, channel) in [("nothing", 0), ("layer2.1.relu_2", 9999)] {
            assert!(session.begin_visualisation(request(node, channel, 1)).await.is_err(), "{node} {channel}");
        }
        session.begin_visualisation(request("fc", 3, 1)).await.expect("a logit");
        session.end_visualisation().await;
        assert!(matches!(session.advance_visualisation(1).await, Err(Error::State(_))), "ended");
    });
}

fn norm(tensor: &HostTensor) -> f64 {
    tensor.data().iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

/// The ratio of the gradient's norms at the first and the last convolution.
fn growth(norms: &[GradientNorm]) -> f64 {
    norms[0].gradient / norms[norms.len() - 1].gradient
}

#[test]
fn untrained_networks_depend_on_depth_shortcuts_and_normalisation() {
    pollster::block_on(async {
        let session = crate::common::session().await;
        let norms = async |depth, shortcuts, normalised, seed| {
            let request = SeededRequest { depth, shortcuts, normalised, seed };
            session.seeded_norms(&request).await.expect("a depth")
        };
        let plain = norms(20, false, false, 3).await;
        assert_eq!(plain.len(), 19, "one per convolution");
        assert_eq!(plain[0].node, "conv1");
        assert_eq!(norms(20, false, false, 3).await, plain, "equal seeds");
        assert_ne!(norms(20, false, false, 4).await, plain, "another seed");
        let [shallow, deep] = [20, 56].map(|depth| norms(depth, false, false, 3));
        assert!(growth(&deep.await) < growth(&shallow.await), "a plain network's gradient vanishes with depth");
        let [plain, residual] = [false, true].map(|shortcuts| norms(56, shortcuts, true, 3));
        let [plain, residual] = [growth(&plain.await), growth(&residual.await)];
        assert!(plain > 1e3 && residual < 100.0, "with normalisation: plain {plain:e}, residual {residual:e}");
        for depth in [0, 14, 21, 158] {
            let request = SeededRequest { depth, shortcuts: true, normalised: false, seed: 1 };
            let error = session.seeded_norms(&request).await.expect_err("no such network").to_string();
            assert!(error.contains(&format!("from 20 to 152, found {depth}")), "{error}");
        }
    });
}

/// Parameters before training: their moments, and normalisations that give each channel mean 0 and variance 1.
#[test]
fn initial_parameters_are_those_of_he_et_al() {
    pollster::block_on(async {
        let graph = ResNetConfig::cifar10(3).graph(1, 32, 32).expect("large enough");
        let image = HostTensor::from_fn(Shape::new(1, 3, 32, 32), |_, c, y, x| ((c + 3 * y + 7 * x) % 11) as f32 - 5.0);
        let parameters = initial_network(&graph, 9, Some(&image));
        let weights = &parameters[graph.find("layer3.1.conv1").expect("a node")]["weight"];
        let variance = weights.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / weights.len() as f64;
        let expected = 2.0 / (64.0 * 9.0);
        assert!((variance / expected - 1.0).abs() < 0.05, "{variance}, {expected}");
        let values = graph.reference(&parameters, &image);
        let normalised = &values[graph.find("layer2.0.bn1").expect("a node")];
        let map = normalised.shape().h * normalised.shape().w;
        for channel in normalised.data().chunks_exact(map) {
            let mean = channel.iter().sum::<f32>() / map as f32;
            let variance = channel.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / map as f32;
            assert!(mean.abs() < 1e-3 && (variance - 1.0).abs() < 1e-2, "mean {mean}, variance {variance}");
        }
        // The same gradient on the GPU as by the CPU reference.
        let graph = graph.gradient(&Objective::channel("fc", 0), &[INPUT]).expect("a graph");
        let expected = graph.reference(&parameters, &image).pop().expect("nodes");
        let gpu = crate::common::fresh_gpu().await;
        let uploaded = common::upload(&gpu, &graph, &parameters);
        let plan = Plan::new(&graph, &[gradient_name(INPUT)]).expect("a plan");
        let mut executable = Executable::new(&gpu, plan, &uploaded).await.expect("fits");
        executable.run(&image).await.expect("runs");
        let found = executable.read(&gradient_name(INPUT)).await.expect("observed");
        assert!(norm(&expected) > 0.0);
        assert!(common::relative_l2(&found, &expected) < 1e-4);
    });
}
