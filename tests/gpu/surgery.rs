//! Edits of a session's network: classification, batches, observed nodes, and failures without effect.

use crate::common;
use resnet_lens::Session;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::Surgery;
use resnet_lens::session::Classification;

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

fn image(seed: u32) -> DecodedImage {
    let rgb = (0..130 * 130 * 3u32).map(|i| (i * seed % 241) as u8).collect();
    DecodedImage { width: 130, height: 130, rgb }
}

async fn session() -> Session {
    let session = Session::open().await.expect("a GPU");
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
