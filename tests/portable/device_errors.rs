//! An operation that fails on the device fails alone: the model in use still answers, with the same values.

use crate::common::{gpu_tests, starter_card};
use resnet_lens::Session;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::{DeviceErrorKind, FrameSource};
use resnet_lens::session::{CanvasRole, ChannelTile, GridRequest, Rectangle};
use resnet_lens::{Error, Result};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

/// The node that these tests observe and draw.
const NODE: &str = "layer2.0.relu_2";

fn image(seed: u8) -> DecodedImage {
    DecodedImage { width: 40, height: 30, rgb: (0..40 * 30 * 3_u32).map(|i| (i * 7 % 251) as u8 ^ seed).collect() }
}

async fn session() -> Session {
    let session = crate::common::session().await;
    session.load(STARTER, starter_card()).await.expect("the starter model");
    session
}

/// The likeliest classes of an image with the bits of their probabilities.
async fn answer(session: &Session) -> Vec<(usize, u32)> {
    let answer = session.classify_image(&image(0), 5).await.expect("the model in use answers");
    answer.predictions.iter().map(|class| (class.index, class.probability.to_bits())).collect()
}

/// How many sections of device calls `operation` consists of.
async fn sections(session: &Session, operation: &mut impl AsyncFnMut(&Session) -> Result<()>) -> usize {
    session.inject_error(usize::MAX, DeviceErrorKind::Validation);
    operation(session).await.expect("it works without an error");
    usize::MAX - session.withdraw_error().expect("an error in the far future")
}

/// Makes `operation` fail in its first, second, middle and last section by each kind of error, and asks the model each time.
/// Returns how often the operation failed.
async fn fail(what: &str, session: &Session, mut operation: impl AsyncFnMut(&Session) -> Result<()>) -> usize {
    let expected = answer(session).await;
    // The first time, new kernels are checked, too: an error then rejects a kernel, and another one is used.
    operation(session).await.expect("it works without an error");
    let sections = sections(session, &mut operation).await;
    assert!(sections > 0, "{what}: no call of the device is in a scope");
    let mut failures = 0;
    for kind in [DeviceErrorKind::OutOfMemory, DeviceErrorKind::Validation, DeviceErrorKind::Internal] {
        for section in [0, 1, sections / 2, sections - 1] {
            session.inject_error(section, kind);
            let outcome = operation(session).await;
            session.withdraw_error();
            if let Err(error) = outcome {
                let sentence = error.to_string();
                assert!(matches!(error, Error::Gpu(_)), "{what}, {kind:?} in section {section}: {sentence}");
                assert!(sentence.starts_with("cannot ") && !sentence.contains('\n'), "{what}, {kind:?}: {sentence}");
                failures += 1;
            }
            assert_eq!(answer(session).await, expected, "{what}, {kind:?} in section {section} of {sections}");
        }
    }
    println!("{what}: {sections} sections, {failures} failures");
    failures
}

gpu_tests! {
    async fn a_model_that_cannot_be_prepared_leaves_the_one_in_use() {
        let prepare = async |session: &Session| {
            session.prepare(STARTER, starter_card(), &mut |_| ()).await.map(drop)
        };
        // Chromium requests pipelines ahead of time in a section whose errors the later, synchronous request repeats: an injected
        // error of that section alone fails nothing.
        let least = if cfg!(target_arch = "wasm32") { 9 } else { 12 };
        assert!(fail("prepare", &session().await, prepare).await >= least);
    }

    async fn a_batch_that_does_not_fit_leaves_the_model() {
        let mut size = 1;
        let batch = async |session: &Session| {
            // Another size each time, for which buffers are allocated.
            size += 1;
            let images: Vec<_> = (0..size).map(image).collect();
            session.classify_images(&images, 1).await.map(drop)
        };
        assert!(fail("batch", &session().await, batch).await >= 6);
    }

    /// A candidate that fails is not selected, and the tuner continues without it.
    async fn an_algorithm_that_fails_leaves_the_model() {
        let session = session().await;
        let expected = answer(&session).await;
        let mut failures = 0;
        for (section, kind) in [
            (0, DeviceErrorKind::OutOfMemory),
            (1, DeviceErrorKind::Validation),
            (2, DeviceErrorKind::Internal),
            (3, DeviceErrorKind::OutOfMemory),
            (4, DeviceErrorKind::Validation),
            (9, DeviceErrorKind::Internal),
        ] {
            session.inject_error(section, kind);
            failures += usize::from(session.tune(0.0).await.is_err());
            assert_eq!(session.withdraw_error(), None, "the error in section {section} was not caused");
            assert_eq!(answer(&session).await, expected, "{kind:?} in section {section}");
        }
        assert!(failures > 0, "an error of the upload is one of the step");
    }

    async fn a_frame_that_cannot_be_taken_leaves_the_model() {
        let mut side = 20;
        let frame = async |session: &Session| {
            // Another size each time, for which textures and buffers are allocated.
            side += 1;
            let rgba = vec![7; (side * side * 4) as usize];
            let frame = FrameSource::Pixels { width: side, height: side, rgba: &rgba };
            session.classify_frame(&frame, false, 1).await.map(drop)
        };
        assert!(fail("frame", &session().await, frame).await >= 6);
    }

    async fn a_node_that_cannot_be_shown_leaves_the_model() {
        let session = session().await;
        session.attach_offscreen_canvas(CanvasRole::Grid).await;
        let mut side = 20;
        let look = async |session: &Session| {
            side += 1;
            // Observing nothing in between takes the node's buffers away.
            session.observe(&[""; 0]).await?;
            session.observe(&[NODE]).await?;
            session.refresh().await?;
            let rectangle = Rectangle { x: 0.0, y: 0.0, width: 8.0, height: 8.0 };
            let tiles = vec![ChannelTile { channel: 1, rectangle }];
            let node = NODE.to_owned();
            let request = GridRequest { width: side, height: side, node, tiles, colour: Default::default(), legend: true };
            session.draw_grid(&request).await.map(drop)
        };
        assert!(fail("look", &session, look).await >= 6);
    }

    /// A driver that does not compile a kernel: another algorithm takes its place, the model's notes name the kernel, and the next
    /// attempt compiles it.
    async fn a_kernel_that_does_not_compile_is_named() {
        let load = async |session: &Session| session.load(STARTER, starter_card()).await.map(drop);
        let fresh = crate::common::session().await;
        sections(&fresh, &mut { load }).await;
        let without_compiling = sections(&fresh, &mut { load }).await;
        let session = crate::common::session().await;
        session.inject_error(without_compiling - 1, DeviceErrorKind::Internal);
        load(&session).await.expect("another algorithm");
        let named = |session: &Session| {
            let notes = session.model().expect("a model").notes.join(" ");
            notes.contains("cannot compile the kernel ") && notes.contains("the driver failed")
        };
        assert!(named(&session), "{:?}", session.model());
        let classes = |answer: Vec<(usize, u32)>| answer.into_iter().map(|(class, _)| class).collect::<Vec<_>>();
        assert_eq!(classes(answer(&session).await), classes(answer(&fresh).await));
        load(&session).await.expect("the driver compiles it now");
        assert!(!named(&session), "{:?}", session.model());
        assert_eq!(answer(&session).await, answer(&fresh).await);
    }
}
