//! Edits of a session's network: classification, batches, observed nodes, and failures without effect.

use std::ops::ControlFlow;

use crate::common;
use resnet_lens::Session;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::Surgery;
use resnet_lens::lens::ResidualSums;
use resnet_lens::session::Classification;

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

fn image(seed: u32) -> DecodedImage {
    let rgb = (0..130 * 130 * 3u32).map(|i| (i * seed % 241) as u8).collect();
    DecodedImage { width: 130, height: 130, rgb }
}

async fn session() -> Session {
    let session = crate::common::session().await;
    session.load(STARTER, common::starter_card()).await.expect("the starter");
    session
}

fn edits(texts: &[&str]) -> Vec<Surgery> {
    texts.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// The classes and their probabilities, rounded.
fn answer(classification: &Classification) -> Vec<(usize, i32)> {
    let rounded = |probability: f32| (probability * 1e4).round() as i32;
    classification.predictions.iter().map(|one| (one.index, rounded(one.probability))).collect()
}

/// Whether two lists of classes and probabilities are equal up to rounding.
fn equal(one: &Classification, other: &Classification) -> bool {
    let pairs = answer(one).into_iter().zip(answer(other));
    pairs.into_iter().all(|((a, p), (b, q))| a == b && (p - q).abs() <= 2)
}

#[test]
fn edits_change_the_answer_and_no_edits_restore_it() {
    pollster::block_on(async {
        let session = session().await;
        let off = edits(&["branch:layer1.0:0"]);
        assert!(session.operate(&off, 3).await.expect("a permitted edit").is_none(), "no image yet");
        assert_eq!(session.model().expect("a model").edits, off);
        let edited = session.classify_image(&image(11), 3).await.expect("runs");
        let intact = session.operate(&[], 3).await.expect("no edits").expect("an image");
        assert!(!equal(&edited, &intact), "{edited:?}");
        let again = session.operate(&off, 3).await.expect("a permitted edit").expect("an image");
        assert!(equal(&again, &edited), "{again:?}, {edited:?}");
        assert_eq!((again.image.width, again.image.height), (130, 130));
        // Batches follow the edits, too.
        let batch = session.classify_images(&[image(7), image(11)], 3).await.expect("runs");
        assert!(equal(&batch[1], &edited), "{:?}, {edited:?}", batch[1]);
        let layers = session.layers();
        session.operate(&[], 3).await.expect("no edits");
        assert_eq!(session.layers(), layers, "no shape has changed");
    });
}

#[test]
fn a_failed_edit_has_no_effect() {
    pollster::block_on(async {
        let session = session().await;
        let kept = edits(&["lesion:conv1:0"]);
        session.operate(&kept, 1).await.expect("a permitted edit");
        session.observe(&["conv1", "conv1@intact"]).await.expect("nodes of the edited network");
        let before = session.classify_image(&image(11), 3).await.expect("runs");
        let reads = session.feature_map("conv1").await.expect("observed");
        let error = session.operate(&edits(&["skip:layer1.0", "skip:layer7.0"]), 1).await.expect_err("no such block");
        assert!(error.to_string().starts_with("the edit \"skip:layer7.0\": expected one of the blocks"), "{error}");
        assert_eq!(session.model().expect("a model").edits, kept);
        assert_eq!(session.feature_map("conv1").await.expect("still observed"), reads);
        let after = session.classify_image(&image(11), 3).await.expect("runs");
        assert!(equal(&before, &after), "{before:?}, {after:?}");
    });
}

/// The lesion's channel is zero, the others are those of the intact value; a node that is observed stays so.
#[test]
fn values_of_edited_networks_can_be_read() {
    pollster::block_on(async {
        let session = session().await;
        session.observe(&["conv1"]).await.expect("a node");
        session.classify_image(&image(11), 1).await.expect("runs");
        let intact = session.feature_map("conv1").await.expect("observed");
        session.operate(&edits(&["lesion:conv1:1", "branch:layer1.0:0"]), 1).await.expect("permitted");
        let statistics = session.statistics("conv1").await.expect("still observed");
        assert_eq!([statistics.channels.min[1], statistics.channels.max[1]], [0.0, 0.0]);
        assert!(statistics.channels.max[0] > 0.0);
        let lesioned = session.feature_map("conv1").await.expect("observed");
        let pixels = intact.shape().h * intact.shape().w;
        for (channel, (before, after)) in
            intact.data().chunks_exact(pixels).zip(lesioned.data().chunks_exact(pixels)).enumerate()
        {
            let same = before.iter().zip(after).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(if channel == 1 { after.iter().all(|value| *value == 0.0) } else { same }, "channel {channel}");
        }
        // The branch is computed on request, although nothing uses it.
        let branch = session.feature_map("layer1.0.bn3").await.expect("it still is a node");
        assert!(branch.data().iter().any(|value| *value != 0.0));
        let sum = session.feature_map("layer1.0.add").await.expect("a node");
        let shortcut = session.feature_map("layer1.0.downsample.1").await.expect("a node");
        assert_eq!(sum, shortcut, "an addition without its branch is its shortcut");
    });
}

/// Norms and cosine are those of the values that can be read; the current values stay.
#[test]
fn residual_statistics_are_those_of_the_operands() {
    pollster::block_on(async {
        let session = session().await;
        let error = session.residual_statistics().await.expect_err("no image");
        assert!(error.to_string().contains("expected an image to be classified before, found none"), "{error}");
        session.observe(&["conv1"]).await.expect("a node");
        session.classify_image(&image(11), 1).await.expect("runs");
        // A factor does not change the measured branch of its own block.
        session.operate(&edits(&["branch:layer1.1:0", "shortcut:layer1.1:0.5"]), 1).await.expect("permitted");
        let kept = session.feature_map("conv1").await.expect("observed");
        let statistics = session.residual_statistics().await.expect("an image");
        session.statistics("conv1").await.expect("still observed and current");
        assert_eq!(session.feature_map("conv1").await.expect("observed"), kept);
        let blocks: std::collections::BTreeSet<String> =
            session.layers().iter().filter_map(|layer| layer.block.clone()).collect();
        assert!(statistics.iter().map(|found| &found.block).eq(&blocks));
        for (block, shortcut) in [("layer1.0", "layer1.0.downsample.1"), ("layer1.1", "layer1.0.relu_2")] {
            let branch = session.feature_map(&format!("{block}.bn3")).await.expect("a node");
            let shortcut = session.feature_map(shortcut).await.expect("a node");
            let expected = ResidualSums::reference(&branch, &shortcut).statistics(block);
            let found = statistics.iter().find(|found| found.block == block).expect("of every block");
            let pairs = [
                (found.branch, expected.branch),
                (found.shortcut, expected.shortcut),
                (found.ratio, expected.ratio),
                (found.cosine, expected.cosine),
            ];
            assert!(expected.branch > 0.0 && expected.shortcut > 0.0);
            for (found, expected) in pairs {
                assert!((found - expected).abs() <= 1e-3 * expected.abs().max(1.0), "{block}: {found}, {expected}");
            }
        }
    });
}

/// The importance of a block is what `operate` gives without its branch.
#[test]
fn block_importance_is_the_probability_without_the_branch() {
    pollster::block_on(async {
        let session = session().await;
        let intact = session.classify_image(&image(11), 1).await.expect("runs").predictions[0].clone();
        let mut reports = Vec::new();
        let mut report = |progress: resnet_lens::session::ImportanceProgress<'_>| {
            reports.push((progress.done, progress.total, progress.latest.clone()));
            ControlFlow::Continue(())
        };
        let effects = session.block_importance(None, &mut report).await.expect("an image").expect("not cancelled");
        assert_eq!(effects.len(), reports.len());
        assert_eq!(reports.last().map(|(done, total, _)| (*done, *total)), Some((effects.len(), effects.len())));
        let first = &effects[0];
        let without = edits(&[&format!("branch:{}:0", first.block)]);
        let classes = session.labels().len();
        let answer = session.operate(&without, classes).await.expect("permitted").expect("an image");
        assert_eq!(answer.predictions[0].index, first.top);
        let found = answer.predictions.iter().find(|one| one.index == intact.index).expect("all classes");
        assert!((found.probability - first.probability).abs() < 1e-4, "{found:?}, {first:?}");
        assert!((first.probability - intact.probability - first.change).abs() < 1e-4, "{intact:?}, {first:?}");
        let cancelled = session.block_importance(Some(3), &mut |_| ControlFlow::Break(())).await.expect("an image");
        assert_eq!(cancelled, None);
        let error =
            session.block_importance(Some(classes), &mut |_| ControlFlow::Continue(())).await.expect_err("none");
        assert!(error.to_string().contains(&format!("expected a class below {classes}, found {classes}")), "{error}");
    });
}

#[test]
fn other_networks_can_be_compared() {
    pollster::block_on(async {
        let session = session().await;
        session.observe(&["layer1.0.relu_2"]).await.expect("a node");
        let intact = session.classify_image(&image(11), 3).await.expect("runs");
        let value = session.feature_map("layer1.0.relu_2").await.expect("observed");
        let edited = session.operate(&edits(&["shortcut:layer1.0:0"]), 3).await.expect("permitted").expect("an image");
        let changed = session.feature_map("layer1.0.relu_2").await.expect("observed");
        assert_ne!(changed, value);
        let (map, result) = session.compare_intact("layer1.0.relu_2", 3).await.expect("an image");
        common::assert_close("the intact value", &map, &value, 1e-4);
        assert!(equal(&result, &intact), "{result:?}, {intact:?}");
        assert_eq!(session.feature_map("layer1.0.relu_2").await.expect("observed"), changed, "the current value stays");

        // The reference has no edits; a node that it does not have is no error.
        let error = session.compare_reference(&image(11), "conv1", 3).await.expect_err("no reference");
        assert_eq!(error.to_string(), "the reference: expected a prepared model, found none");
        let prepared = session.prepare(STARTER, common::starter_card(), &mut |_| ()).await.expect("the starter");
        let reference = session.use_reference(prepared).await;
        assert_eq!(reference.edits, []);
        let (map, result) = session.compare_reference(&image(11), "layer1.0.relu_2", 3).await.expect("a reference");
        common::assert_close("the reference's value", &map.expect("it has the node"), &value, 1e-4);
        assert!(equal(&result, &intact), "{result:?}, {intact:?}");
        let (map, _) = session.compare_reference(&image(11), "layer9.0.conv1", 3).await.expect("a reference");
        assert_eq!(map, None);
        let again = session.classify_image(&image(11), 3).await.expect("runs");
        assert!(equal(&again, &edited), "{again:?}, {edited:?}");
        session.drop_reference().await;
        let error = session.compare_reference(&image(11), "conv1", 3).await.expect_err("the reference is gone");
        assert_eq!(error.to_string(), "the reference: expected a prepared model, found none");
    });
}
