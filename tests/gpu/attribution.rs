//! Attribution of the starter model's logits and its tests: Integrated Gradients, deletion curves, random layers, Grad-CAM in every run.

use std::ops::ControlFlow;

use crate::common::{self, relative_l2};
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::{INPUT, Objective, Surgery};
use resnet_lens::lens::{ColourMapping, Deletion, blurred};
use resnet_lens::session::{CanvasRole, OverlayKind, OverlayRequest, Precision, Progress};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::{Error, Session};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");
const CLASS: usize = 5;
const LAST: &str = "layer4.2.relu_2";

async fn session() -> Session {
    let session = crate::common::session().await;
    session.set_precision(Precision::F32);
    session.load(STARTER, common::starter_card()).await.expect("the starter");
    session
}

fn photo() -> DecodedImage {
    DecodedImage { width: 130, height: 130, rgb: (0..130 * 130 * 3u32).map(|i| (i * 11 % 241) as u8).collect() }
}

fn edits(texts: &[&str]) -> Vec<Surgery> {
    texts.iter().map(|text| text.parse().expect("an edit")).collect()
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn integrated_gradients_add_up_to_the_change_of_the_logit() {
    pollster::block_on(async {
        let session = session().await;
        session.classify_image(&photo(), 1).await.expect("runs");
        let mut calls = Vec::new();
        let mut record = |progress: Progress| {
            calls.push((progress.done, progress.total));
            ControlFlow::Continue(())
        };
        let found = session.integrated_gradients(CLASS, 64, None, &mut record).await.expect("runs").expect("complete");
        assert_eq!(calls.len(), 64);
        assert_eq!(calls.last(), Some(&(64, 64)));
        assert_eq!(found.map.shape(), Shape::new(1, 3, 128, 128));
        let sum: f64 = found.map.data().iter().map(|value| f64::from(*value)).sum();
        assert!((sum - found.sum).abs() <= 1e-3 * found.sum.abs(), "{sum}, {}", found.sum);
        let change = found.output - found.baseline;
        assert!(((found.sum - change).abs() / change.abs() - found.gap).abs() < 1e-9);
        assert!(found.gap <= 0.01, "gap {}", found.gap);
        let logits = session.feature_map("fc").await.expect("observed");
        assert!((f64::from(logits.data()[CLASS]) - found.output).abs() < 1e-4, "{found:?}");
        let two = session.integrated_gradients(CLASS, 2, None, &mut go_on).await.expect("runs").expect("complete");
        assert!(two.gap > found.gap, "{} is less exact than {}", two.gap, found.gap);
    });
}

#[test]
fn measurements_are_cancelled_and_leave_the_current_values() {
    pollster::block_on(async {
        let session = session().await;
        let none = session.integrated_gradients(CLASS, 8, None, &mut go_on).await;
        assert!(matches!(none, Err(Error::State(_))), "no image yet");
        session.classify_image(&photo(), 1).await.expect("runs");
        session.observe(&["layer1.0.conv1"]).await.expect("a node");
        session.refresh().await.expect("runs");
        let before = session.feature_map("layer1.0.conv1").await.expect("observed");
        let mut count = 0;
        let mut stop = |_: Progress| {
            count += 1;
            if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let cancelled = session.integrated_gradients(CLASS, 64, None, &mut stop).await.expect("no error");
        assert!(cancelled.is_none());
        assert_eq!(count, 3);
        let map = HostTensor::from_fn(Shape::new(1, 1, 2, 2), |_, _, y, x| (2 * y + x) as f32);
        let cancelled =
            session.deletion_curves(&map, CLASS, 10, &mut |_| ControlFlow::Break(())).await.expect("no error");
        assert!(cancelled.is_none());
        assert_eq!(session.feature_map("layer1.0.conv1").await.expect("observed"), before);
        let message = async |steps, class| {
            let error = session.integrated_gradients(class, steps, None, &mut go_on).await.expect_err("invalid");
            error.to_string()
        };
        assert!(message(1, CLASS).await.contains("expected at least two steps, found 1"));
        assert!(message(4, 900).await.contains("expected a channel below 107, found 900"));
        let message = async |map: &HostTensor, class, steps| {
            session.deletion_curves(map, class, steps, &mut go_on).await.expect_err("invalid").to_string()
        };
        assert!(message(&map, 107, 4).await.contains("expected a class below 107, found 107"));
        assert!(message(&map, CLASS, 0).await.contains("expected at least one step, found 0"));
        let channels = HostTensor::from_fn(Shape::new(1, 2, 2, 2), |_, _, _, _| 0.0);
        assert!(message(&channels, CLASS, 4).await.contains("expected one channel, found the shape 1x2x2x2"));
        let infinite = HostTensor::from_fn(Shape::new(1, 1, 1, 2), |_, _, _, x| if x == 1 { f32::NAN } else { 0.0 });
        assert!(message(&infinite, CLASS, 4).await.contains("expected finite values, found NaN at index 1"));
    });
}

/// Both curves run between the probabilities of the image, of the mean colour and of the blurred image, and a map of the right order
/// deletes more than the reverse.
#[test]
fn deletion_curves_follow_the_order_of_the_map() {
    pollster::block_on(async {
        let session = session().await;
        let top = session.classify_image(&photo(), 1).await.expect("runs").predictions.remove(0);
        let curves = async |map: &HostTensor| {
            session.deletion_curves(map, top.index, 8, &mut go_on).await.expect("runs").expect("complete")
        };
        let cam = session.grad_cam(top.index, LAST, None).await.expect("runs");
        let found = curves(&cam).await;
        assert_eq!(found.fractions, [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0]);
        for intact in [found.deletion[0], found.insertion[8]] {
            assert!((intact - top.probability).abs() < 1e-4, "{intact}, {}", top.probability);
        }
        let reversed = HostTensor::from_fn(cam.shape(), |n, c, y, x| -cam.at(n, c, y, x));
        let worse = curves(&reversed).await;
        let area = |curve: &[f32]| curve.iter().sum::<f32>() / curve.len() as f32;
        assert!(area(&found.deletion) < area(&worse.deletion), "{found:?}\n{worse:?}");
        assert!(area(&found.insertion) > area(&worse.insertion), "{found:?}\n{worse:?}");
    });
}

#[test]
fn pixels_are_exchanged_from_the_most_important_one_on() {
    let image = HostTensor::from_fn(Shape::new(1, 2, 4, 4), |_, c, y, x| (16 * c + 4 * y + x + 1) as f32);
    let map =
        HostTensor::from_fn(Shape::new(1, 1, 4, 4), |_, _, y, x| if y < 2 && x >= 2 { 2.0 } else { x as f32 - 3.0 });
    let deletion = Deletion::new(image.clone(), &map).expect("a map of one channel");
    assert_eq!(deletion.deleted(0.0), image);
    assert_eq!(deletion.deleted(1.0).data(), [0.0; 32]);
    let zeros = |tensor: &HostTensor| {
        let pixels = (0..16).filter(|pixel| tensor.data()[*pixel] == 0.0 && tensor.data()[16 + pixel] == 0.0);
        pixels.collect::<Vec<_>>()
    };
    assert_eq!(zeros(&deletion.deleted(0.25)), [2, 3, 6, 7], "the upper right quarter, of both channels");
    // A coarse map has its values at the centres of its cells.
    let coarse = HostTensor::new(Shape::new(1, 1, 1, 2), vec![0.0, 1.0]).expect("a map");
    let coarse = Deletion::new(image.clone(), &coarse).expect("a map of one channel");
    assert_eq!(zeros(&coarse.deleted(0.25)), [3, 7, 11, 15]);
    assert_eq!(zeros(&coarse.deleted(0.5)), [2, 3, 6, 7, 10, 11, 14, 15]);
    assert_eq!(deletion.inserted(1.0), image);
    assert_eq!(deletion.inserted(0.0), blurred(&image, 4.0 / 45.0));
    let uniform = HostTensor::from_fn(Shape::new(1, 1, 9, 7), |_, _, _, _| 2.5);
    for value in blurred(&uniform, 2.0).data() {
        assert!((value - 2.5).abs() < 1e-5, "{value}: a blur keeps a uniform image");
    }
}

#[test]
fn random_layers_change_maps_and_answers_and_leave_the_file_alone() {
    pollster::block_on(async {
        let session = session().await;
        let intact = session.classify_image(&photo(), 107).await.expect("runs");
        let cam = async |texts: Option<&[Surgery]>| session.grad_cam(CLASS, LAST, texts).await.expect("runs");
        let random = edits(&["randomise:layer4.0.conv1:7"]);
        let [own, first, again, other] = [
            cam(None).await,
            cam(Some(&random)).await,
            cam(Some(&random)).await,
            cam(Some(&edits(&["randomise:layer4.0.conv1:8"]))).await,
        ];
        assert_eq!(first, again, "equal seeds");
        assert!(relative_l2(&first, &own) > 0.1 && relative_l2(&first, &other) > 0.1);
        // The layers before are those of the file.
        let gradients = async |node: &str, texts: &[Surgery]| {
            let objective = Objective::channel("layer3.5.relu_2", 3);
            session.gradients(&objective, &[node], Some(texts)).await.expect("runs").remove(0)
        };
        assert_eq!(gradients(INPUT, &random).await, gradients(INPUT, &[]).await);
        // Weights read for inspection are those that run.
        let result = session.operate(&random, 107).await.expect("permitted").expect("an image");
        assert_ne!(result.predictions, intact.predictions);
        let found = session.class_contributions(CLASS).await.expect("a head");
        assert!((found.sum + found.bias - found.logit).abs() <= 1e-4 * found.logit.abs().max(1.0), "{found:?}");
        assert_eq!(session.model().expect("loaded").edits, random);
        let same = session.grad_cam(CLASS, LAST, None).await.expect("runs");
        assert_eq!(same, first, "the current edits");
        let back = session.operate(&[], 107).await.expect("permitted").expect("an image");
        assert_eq!(back.predictions, intact.predictions);
        let error = session.operate(&edits(&["randomise:nothing:1"]), 1).await.expect_err("no such node").to_string();
        assert!(error.contains("expected the name of a node of the network, found \"nothing\""), "{error}");
        let error = "randomise:fc:-1".parse::<Surgery>().expect_err("no seed").to_string();
        assert!(error.contains("expected a seed from 0 to 4294967295, found \"-1\""), "{error}");
    });
}

/// The overlay draws the map of every run; the nodes of the network keep their values, and nothing else is read back.
#[test]
fn grad_cam_is_computed_in_every_run() {
    pollster::block_on(async {
        let session = session().await;
        session.observe(&["layer1.0.conv1"]).await.expect("a node");
        let top = session.classify_image(&photo(), 1).await.expect("runs").predictions.remove(0).index;
        let before = session.feature_map("layer1.0.conv1").await.expect("observed");
        let request = |node: &str| OverlayRequest {
            width: 32,
            height: 32,
            kind: OverlayKind::GradCam,
            class: None,
            node: Some(node.to_owned()),
            channel: None,
            opacity: 1.0,
            colour: ColourMapping::default(),
            legend: true,
        };
        assert!(matches!(session.overlay_pixels(&request(LAST)).await, Err(Error::State(_))), "not computed");
        session.attach_offscreen_canvas(CanvasRole::Map).await;
        session.attribute(Some(LAST), None).await.expect("a node");
        let (drawn, bounds) = session.overlay_pixels(&request(LAST)).await.expect("computed");
        let largest = async |class| {
            let map = session.grad_cam(class, LAST, None).await.expect("runs");
            map.data().iter().fold(0f32, |most, value| most.max(*value))
        };
        let expected = largest(top).await;
        let bounds = bounds.expect("requested");
        assert!((bounds.high.expect("a value") - expected).abs() <= 1e-3 * expected, "{bounds:?}, {expected}");
        assert_eq!(session.feature_map("layer1.0.conv1").await.expect("observed"), before);
        assert!(session.overlay_pixels(&request("layer3.5.relu_2")).await.is_err(), "another layer");
        // A class instead of the most probable one.
        session.attribute(Some(LAST), Some(CLASS)).await.expect("a class");
        let (other, bounds) = session.overlay_pixels(&request(LAST)).await.expect("computed");
        let expected = largest(CLASS).await;
        assert!((bounds.expect("requested").high.expect("a value") - expected).abs() <= 1e-3 * expected);
        assert_ne!(other, drawn);
        let error = session.attribute(Some("nothing"), None).await.expect_err("no such node").to_string();
        assert!(error.contains("nothing"), "{error}");
        session.overlay_pixels(&request(LAST)).await.expect("an error leaves it as it was");
        // With edits, and where the logit does not depend on the layer.
        session.operate(&edits(&["branch:layer4.2:0"]), 1).await.expect("permitted");
        let edited = session.overlay_pixels(&request(LAST)).await.expect("computed").0;
        assert_ne!(edited, other);
        session.attribute(None, None).await.expect("nothing");
        assert!(session.overlay_pixels(&request(LAST)).await.is_err(), "not computed any more");
    });
}
