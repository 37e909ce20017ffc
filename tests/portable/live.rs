//! Frames: preprocessing on the GPU equals the CPU's, only logits are read back, and memory does not grow.

use crate::common::{self, Random, gpu, gpu_tests};
use resnet_lens::ModelCard;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::{Executable, FramePreprocessor, FrameSource, Parameters};
use resnet_lens::graph::{GraphBuilder, ValueRef};
use resnet_lens::lens::ColourMapping;
use resnet_lens::ops::{MaxPool2d, Window};
use resnet_lens::plan::Plan;
use resnet_lens::preprocess::{Interpolation, Preprocess};
use resnet_lens::session::{CanvasRole, ChannelTile, GridRequest, OverlayKind, OverlayRequest, Precision, Rectangle};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// Pixels with sharp edges, so that bicubic weights overshoot.
fn pixels(random: &mut Random, [width, height]: [u32; 2]) -> Vec<u8> {
    let at = |x: u32, y: u32| if (x / 5 + y / 3).is_multiple_of(2) { 255 } else { x * 37 + y * 11 };
    let mut channel = |x, y| (at(x, y) as u8).wrapping_add(random.below(40) as u8);
    (0..width * height * 4).map(|i| channel(i / 4 % width + i % 4, i / 4 / width)).collect()
}

/// The pixels mirrored left to right.
fn mirrored([width, height]: [u32; 2], rgba: &[u8]) -> Vec<u8> {
    let rows = rgba.chunks_exact(width as usize * 4).take(height as usize);
    rows.flat_map(|row| row.chunks_exact(4).rev().flatten()).copied().collect()
}

fn starter() -> (&'static [u8], ModelCard) {
    let card = common::starter_card();
    (include_bytes!("../../www/assets/starter.safetensors"), card)
}

/// The layer of the Grad-CAM.
const LAYER: &str = "layer4.2.relu_2";

/// Classifies frames, each with a grid and an overlay: only logits are read back, and no memory is allocated after the first frames.
async fn frames_without_growth(kind: OverlayKind, count: usize) {
    let session = crate::common::session().await;
    let (weights, card) = starter();
    session.load(weights, card).await.expect("the starter model");
    session.observe(&["layer2.0.relu_2"]).await.expect("a node of the network");
    if kind == OverlayKind::GradCam {
        session.attribute(Some(LAYER), None).await.expect("a node of the network");
    }
    session.attach_offscreen_canvas(CanvasRole::Grid).await;
    session.attach_offscreen_canvas(CanvasRole::Overlay).await;
    let rectangle = Rectangle { x: 0.0, y: 0.0, width: 24.0, height: 24.0 };
    let grid = GridRequest {
        width: 64,
        height: 64,
        node: "layer2.0.relu_2".to_owned(),
        tiles: vec![ChannelTile { channel: 1, rectangle }],
        colour: ColourMapping::default(),
        legend: false,
    };
    let overlay = OverlayRequest {
        width: 64,
        height: 64,
        kind,
        class: Some(5).filter(|_| kind == OverlayKind::Cam),
        node: Some(LAYER.to_owned()),
        channel: None,
        opacity: 1.0,
        colour: ColourMapping::default(),
        legend: false,
    };
    session.prepare_frames([160, 120], true).await.expect("a size");
    let mut random = Random::new(42);
    let frames = [0, 1].map(|_| pixels(&mut random, [160, 120]));
    let mut warm = (0, None);
    let mut answers = Vec::new();
    for number in 0..count {
        let frame = FrameSource::Pixels { width: 160, height: 120, rgba: &frames[number % 2] };
        let answer = session.classify_frame(&frame, true, 3).await.expect("a classification");
        assert!(answer.ms.total >= answer.ms.gpu && answer.predictions.len() == 3);
        assert_eq!((answer.image.width, answer.image.height), (160, 120));
        session.draw_grid(&grid).await.expect("a drawing");
        session.draw_overlay(&overlay).await.expect("a drawing");
        answers.push(answer.predictions);
        if number == 10 {
            // Waits for the GPU, so that temporary buffers are freed.
            session.statistics(&grid.node).await.expect("an observed node");
            warm = (session.bytes_read_back(), session.bytes_allocated());
        }
    }
    assert_eq!(answers[0], answers[count - 2], "equal frames");
    assert_ne!(answers[0], answers[1], "different frames");
    let (read_back, allocated) = warm;
    assert_eq!(
        session.bytes_read_back() - read_back,
        (count as u64 - 11) * 108 * 4,
        "107 logits, padded to 108, per frame"
    );
    session.statistics(&grid.node).await.expect("an observed node");
    assert_eq!(session.bytes_allocated(), allocated, "memory on the device");
    assert_eq!(allocated.is_some(), cfg!(not(target_arch = "wasm32")), "browsers do not report memory");
}

gpu_tests! {
    /// The GPU resamples with Pillow's integer arithmetic: levels are equal, and the tolerance covers the normalisation only.
    async fn frames_are_preprocessed_like_images() {
        let (gpu, mut random) = (gpu().await, Random::new(41));
        let sizes = [[640, 480], [97, 301], [33, 20], [224, 224], [1000, 3], [1, 1], [65, 64]];
        for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
            for (resize, crop, channels) in [(256, 224, 3), (40, 56, 3), (31, 30, 3), (40, 56, 1)] {
                let preprocess = Preprocess { resize, crop, interpolation, ..Preprocess::default() };
                let side = crop as usize;
                let mut net = GraphBuilder::new(Shape::new(1, channels, side, side));
                net.add("same", MaxPool2d { window: Window::square(1, 1, 0) }, &[ValueRef::Input]).expect("it fits");
                let graph = net.finish().expect("one node");
                let plan = Plan::new(&graph, &[""; 0]).expect("no names");
                let mut run = Executable::new(&gpu, plan, &Parameters::default()).await.expect("the device takes it");
                let mut preprocessor = FramePreprocessor::new(&gpu, &preprocess, channels);
                for [width, height] in sizes {
                    for mirror in [false, true] {
                        let rgba = pixels(&mut random, [width, height]);
                        preprocessor.take(&FrameSource::Pixels { width, height, rgba: &rgba }, mirror).await.expect("a frame");
                        let found = run.run_frame(&mut preprocessor).await.expect("a working device");
                        let rgba = if mirror { mirrored([width, height], &rgba) } else { rgba };
                        let image = DecodedImage::from_rgba(width, height, &rgba).expect("matching size");
                        let values =
                            if channels == 1 { preprocess.normalised_grey(&image) } else { preprocess.normalised(&image) };
                        let expected = HostTensor::new(graph.input(), values).expect("matching size");
                        let what = format!("{width}x{height} {interpolation:?} {resize} to {crop}, mirrored {mirror}, {channels} channels");
                        common::assert_close(&what, &found, &expected, 1e-5);
                    }
                }
            }
        }
    }

    async fn invalid_frames_are_errors() {
        let gpu = gpu().await;
        let mut preprocessor = FramePreprocessor::new(&gpu, &Preprocess::default(), 3);
        let mut message = async |width, height, rgba: &[u8]| {
            let frame = FrameSource::Pixels { width, height, rgba };
            preprocessor.take(&frame, false).await.expect_err("an invalid frame").to_string()
        };
        assert_eq!(message(2, 3, &[0; 20]).await, "the frame: expected 2 x 3 x 4 bytes, found 20");
        assert_eq!(message(0, 3, &[]).await, "the frame: expected sides of 1 to 8192 pixels, found 0 x 3");
        let limit = gpu.report().buffer_limit;
        let expected = format!("the frame: expected at most {limit} bytes, found 141557760 for 8192 x 4320 pixels");
        assert_eq!(message(8192, 4320, &vec![0; 8192 * 4320 * 4]).await, expected);
    }

    /// 40 frames, each with a grid and a class activation map. Bytes are compared exactly, so a leak of any frame shows.
    async fn only_logits_are_read_back_and_memory_does_not_grow() {
        frames_without_growth(OverlayKind::Cam, 40).await;
    }

    /// 16 frames, each with a grid and the Grad-CAM of its most probable class, which the run of the network computes.
    async fn grad_cam_of_frames_reads_back_nothing_and_memory_does_not_grow() {
        frames_without_growth(OverlayKind::GradCam, 16).await;
    }

    /// Nodes of the latest frame can be observed later, as those of an image.
    async fn a_frame_can_be_inspected_after_its_run() {
        let session = crate::common::session().await;
        // Products in f16, which a GPU may select otherwise, have larger rounding errors than the tolerance below.
        session.set_precision(Precision::F32);
        let (weights, card) = starter();
        session.load(weights, card).await.expect("the starter model");
        let rgba = pixels(&mut Random::new(43), [90, 70]);
        let frame = FrameSource::Pixels { width: 90, height: 70, rgba: &rgba };
        let live = session.classify_frame(&frame, false, 2).await.expect("a classification");
        let frozen = session.feature_map("layer1.0.conv1").await.expect("a node of the network");
        let image = DecodedImage::from_rgba(90, 70, &rgba).expect("matching size");
        let still = session.classify_image(&image, 2).await.expect("a classification");
        let labels = |predictions: &[resnet_lens::session::Prediction]| {
            predictions.iter().map(|prediction| prediction.index).collect::<Vec<_>>()
        };
        assert_eq!(labels(&live.predictions), labels(&still.predictions));
        let map = session.feature_map("layer1.0.conv1").await.expect("an observed node");
        common::assert_close("layer1.0.conv1", &frozen, &map, 1e-4);
    }
}
