//! Frames: what the GPU makes of one is what the CPU makes of the same pixels, and nothing comes back or piles up but answers.

mod common;

use common::{Random, gpu, gpu_tests};
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
use resnet_lens::{ModelCard, Session};

/// Pixels with sharp edges, so that bicubic weights overshoot.
fn pixels(random: &mut Random, [width, height]: [u32; 2]) -> Vec<u8> {
    let at = |x: u32, y: u32| if (x / 5 + y / 3).is_multiple_of(2) { 255 } else { x * 37 + y * 11 };
    let mut channel = |x, y| (at(x, y) as u8).wrapping_add(random.below(40) as u8);
    (0..width * height * 4).map(|i| channel(i / 4 % width + i % 4, i / 4 / width)).collect()
}

/// The pixels as the CPU sees them, left and right exchanged.
fn mirrored([width, height]: [u32; 2], rgba: &[u8]) -> Vec<u8> {
    let rows = rgba.chunks_exact(width as usize * 4).take(height as usize);
    rows.flat_map(|row| row.chunks_exact(4).rev().flatten()).copied().collect()
}

fn starter() -> (&'static [u8], ModelCard) {
    let card = common::starter_card();
    (include_bytes!("../www/assets/starter.safetensors"), card)
}

gpu_tests! {
    /// Pillow's whole numbers on the GPU: no level differs, so the bound is that of the normalisation alone.
    async fn frames_are_prepared_as_pictures_are() {
        let (gpu, mut random) = (gpu().await, Random::new(41));
        let sizes = [[640, 480], [97, 301], [33, 20], [224, 224], [1000, 3], [1, 1], [65, 64]];
        for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
            for (resize, crop) in [(256, 224), (40, 56), (31, 30)] {
                let preprocess = Preprocess { resize, crop, interpolation, ..Preprocess::default() };
                let side = crop as usize;
                let mut net = GraphBuilder::new(Shape::new(1, 3, side, side));
                net.add("same", MaxPool2d { window: Window::square(1, 1, 0) }, &[ValueRef::Input]).expect("it fits");
                let graph = net.finish().expect("one node");
                let plan = Plan::new(&graph, &[""; 0]).expect("no names");
                let mut run = Executable::new(&gpu, plan, &Parameters::default()).await.expect("the device takes it");
                let mut intake = FramePreprocessor::new(&gpu, &preprocess);
                for [width, height] in sizes {
                    for mirror in [false, true] {
                        let rgba = pixels(&mut random, [width, height]);
                        intake.take(&FrameSource::Pixels { width, height, rgba: &rgba }, mirror).await.expect("a frame");
                        let found = run.run_frame(&mut intake).await.expect("the device runs");
                        let rgba = if mirror { mirrored([width, height], &rgba) } else { rgba };
                        let image = DecodedImage::from_rgba(width, height, &rgba).expect("as many bytes");
                        let expected = HostTensor::new(graph.input(), preprocess.normalised(&image)).expect("as many");
                        let what = format!("{width}x{height} {interpolation:?} {resize} to {crop}, mirrored {mirror}");
                        common::assert_close(&what, &found, &expected, 1e-5);
                    }
                }
            }
        }
    }

    async fn frames_that_are_none_are_refused() {
        let gpu = gpu().await;
        let mut intake = FramePreprocessor::new(&gpu, &Preprocess::default());
        let mut refusal = async |width, height, rgba: &[u8]| {
            let frame = FrameSource::Pixels { width, height, rgba };
            intake.take(&frame, false).await.expect_err("no frame").to_string()
        };
        assert_eq!(refusal(2, 3, &[0; 20]).await, "the frame: expected 2 x 3 x 4 bytes, found 20");
        assert_eq!(refusal(0, 3, &[]).await, "the frame: expected sides of 1 to 8192 pixels, found 0 x 3");
        let limit = gpu.report().buffer_limit;
        let expected = format!("the frame: expected at most {limit} bytes, found 141557760 for 8192 x 4320 pixels");
        assert_eq!(refusal(8192, 4320, &vec![0; 8192 * 4320 * 4]).await, expected);
    }

    /// 200 frames with a grid and a class map each: logits come back, nothing else, and no memory is taken after the first.
    async fn only_logits_come_back_and_nothing_piles_up() {
        let session = Session::open().await.expect("these tests need a GPU");
        let (weights, card) = starter();
        session.load(weights, card).await.expect("the starter model");
        session.observe(&["layer2.0.relu_2"]).await.expect("a node of it");
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
            kind: OverlayKind::Cam,
            class: Some(5),
            node: None,
            channel: None,
            opacity: 1.0,
            colour: ColourMapping::default(),
            legend: false,
        };
        session.prepare_frames([160, 120], true).await.expect("a size");
        let mut random = Random::new(42);
        let frames = [0, 1].map(|_| pixels(&mut random, [160, 120]));
        let mut settled = (0, None);
        let mut answers = Vec::new();
        for number in 0..200 {
            let frame = FrameSource::Pixels { width: 160, height: 120, rgba: &frames[number % 2] };
            let answer = session.classify_frame(&frame, true, 3).await.expect("it answers");
            assert!(answer.ms.total >= answer.ms.gpu && answer.predictions.len() == 3);
            assert_eq!((answer.image.width, answer.image.height), (160, 120));
            session.draw_grid(&grid).await.expect("it draws");
            session.draw_overlay(&overlay).await.expect("it draws");
            answers.push(answer.predictions);
            if number == 10 {
                // Waits until the GPU is done, so that what only passes through is gone.
                session.statistics(&grid.node).await.expect("observed");
                settled = (session.bytes_read_back(), session.bytes_allocated());
            }
        }
        assert_eq!(answers[0], answers[198], "the same frame, the same answer");
        assert_ne!(answers[0], answers[1], "another frame, another answer");
        let (back, allocated) = settled;
        assert_eq!(session.bytes_read_back() - back, 189 * 108 * 4, "107 logits, padded to 108, a frame");
        session.statistics(&grid.node).await.expect("observed");
        assert_eq!(session.bytes_allocated(), allocated, "memory on the device");
        assert_eq!(allocated.is_some(), cfg!(not(target_arch = "wasm32")), "browsers do not tell");
    }

    /// A frozen frame can be looked into like an image.
    async fn a_frame_stays_for_other_layers() {
        let session = Session::open().await.expect("these tests need a GPU");
        // Products in f16, which a GPU may choose otherwise, round more than the tolerance below.
        session.set_precision(Precision::F32);
        let (weights, card) = starter();
        session.load(weights, card).await.expect("the starter model");
        let rgba = pixels(&mut Random::new(43), [90, 70]);
        let frame = FrameSource::Pixels { width: 90, height: 70, rgba: &rgba };
        let live = session.classify_frame(&frame, false, 2).await.expect("it answers");
        let frozen = session.feature_map("layer1.0.conv1").await.expect("observed from now on");
        let image = DecodedImage::from_rgba(90, 70, &rgba).expect("as many bytes");
        let still = session.classify_image(&image, 2).await.expect("it answers");
        let labels = |predictions: &[resnet_lens::session::Prediction]| {
            predictions.iter().map(|prediction| prediction.index).collect::<Vec<_>>()
        };
        assert_eq!(labels(&live.predictions), labels(&still.predictions));
        let map = session.feature_map("layer1.0.conv1").await.expect("observed");
        common::assert_close("layer1.0.conv1", &frozen, &map, 1e-4);
    }
}
