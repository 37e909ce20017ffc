//! GPU memory is freed with its last owner.

use crate::common::{self, gpu, upload_file};
use resnet_lens::ResNetConfig;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::{Executable, FrameSource, Parameters};
use resnet_lens::graph::{Graph, Node};
use resnet_lens::ops::{AdapterClass, AdapterProfile, Algorithm, Gemm, Role, WeightFormat, Window};
use resnet_lens::plan::{AlgorithmSelection, Plan, TuningTable};
use resnet_lens::resnet::StridePlacement;
use resnet_lens::session::Precision;
use resnet_lens::weights::WeightFile;

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

const DIRECT: Algorithm = Algorithm::Plain(Gemm::Direct8x8);
const TRANSFORMED: Algorithm = Algorithm::Winograd(4, Gemm::Direct8x8);

async fn starter() -> (Graph, Parameters) {
    let file = WeightFile::open(STARTER).await.expect("the starter");
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::Conv3x3).expect("a ResNet");
    let graph = config.graph(1, 128, 128).expect("large enough");
    let parameters = upload_file(&gpu().await, &graph, &file, WeightFormat::F32).await;
    (graph, parameters)
}

/// A table in which this algorithm is the fastest for every 3x3 convolution with stride 1.
fn times(graph: &Graph, adapter: AdapterProfile, algorithm: Algorithm) -> TuningTable {
    let selection = AlgorithmSelection::predicted(adapter);
    let is = |node: &&Node| node.op.window() == Some(Window::square(3, 1, 1)) && node.op.role() == Role::Convolution;
    let class = |node: &Node| selection.class(&node.op, &graph.input_shapes(node), node.shape);
    graph.nodes().iter().filter(is).filter_map(class).map(|class| (class, vec![(algorithm, 1)])).collect()
}

async fn executable(graph: &Graph, parameters: &Parameters, algorithm: Algorithm) -> Executable {
    let adapter = AdapterProfile::new(AdapterClass::Any, WeightFormat::F32);
    let tuned = times(graph, adapter, algorithm).iter().map(|(class, _)| (class.clone(), algorithm)).collect();
    let plan =
        Plan::with_selection(graph, &[""; 0], &AlgorithmSelection { tuned, ..AlgorithmSelection::predicted(adapter) })
            .expect("no names");
    Executable::new(&gpu().await, plan, parameters).await.expect("the device takes it")
}

#[test]
fn transformed_weights_are_freed_with_the_last_executable_that_binds_them() {
    pollster::block_on(async {
        let (graph, parameters) = starter().await;
        let plain = parameters.bytes();
        let transforming = executable(&graph, &parameters, TRANSFORMED).await;
        let with = parameters.bytes();
        assert!(with > plain, "expected transformed weights, found {with} bytes");
        // An executable with other algorithms leaves them in place, and one with the same algorithms shares them.
        let other = executable(&graph, &parameters, DIRECT).await;
        assert_eq!(parameters.bytes(), with);
        let same = executable(&graph, &parameters, TRANSFORMED).await;
        assert_eq!(parameters.bytes(), with);
        drop(transforming);
        assert_eq!(parameters.bytes(), with);
        drop(same);
        assert_eq!(parameters.bytes(), plain);
        drop(other);
        assert_eq!(parameters.bytes(), plain);
    });
}

#[test]
fn other_algorithms_free_the_memory_of_the_former_ones() {
    pollster::block_on(async {
        let (graph, parameters) = starter().await;
        let plain = parameters.bytes();
        let session = crate::common::session().await;
        session.set_precision(Precision::F32);
        session.load(STARTER, common::starter_card()).await.expect("the starter model");
        let images: Vec<DecodedImage> =
            (0..3).map(|seed| DecodedImage { width: 8, height: 8, rgb: vec![seed * 80; 8 * 8 * 3] }).collect();
        // A result implies that the GPU has finished, so temporary buffers are freed; the second result, that those of the
        // first are.
        let allocated = async || {
            for _ in 0..2 {
                session.classify_image(&images[0], 1).await.expect("it answers");
            }
            session.bytes_allocated().expect("native backends report it")
        };
        let adapter = gpu().await.report().with_weights(WeightFormat::F32);
        let [direct, transformed] = [DIRECT, TRANSFORMED].map(|algorithm| times(&graph, adapter, algorithm).to_json());
        let bytes = || session.model().expect("it is loaded").parameter_bytes;

        session.restore_tuning(&direct).await.expect("what a session would write");
        assert_eq!(bytes(), plain);
        let least = allocated().await;
        session.restore_tuning(&transformed).await.expect("what a session would write");
        assert!(bytes() > plain, "expected transformed weights");
        let more = allocated().await;
        assert!(more >= least + (bytes() - plain), "{least} bytes, then {more}");
        session.classify_images(&images, 1).await.expect("it answers");
        assert!(allocated().await > more, "a batch takes memory");

        session.restore_tuning(&direct).await.expect("what a session would write");
        assert_eq!(bytes(), plain, "transformed weights are still there");
        // A few uniforms of the former executable may not be freed yet. Every activation is larger than all of them.
        let again = allocated().await;
        assert!(again.abs_diff(least) < 4096, "expected {least} bytes on the device, found {again}");
    });
}

#[test]
fn an_image_frees_what_the_latest_frame_needed() {
    pollster::block_on(async {
        let session = crate::common::session().await;
        session.load(STARTER, common::starter_card()).await.expect("the starter model");
        let image = DecodedImage { width: 8, height: 8, rgb: vec![80; 8 * 8 * 3] };
        let allocated = async || {
            for _ in 0..2 {
                session.classify_image(&image, 1).await.expect("it answers");
            }
            session.bytes_allocated().expect("native backends report it")
        };
        let before = allocated().await;
        let rgba = vec![128; 640 * 480 * 4];
        let frame = FrameSource::Pixels { width: 640, height: 480, rgba: &rgba };
        session.classify_frame(&frame, false, 1).await.expect("it answers");
        let live = session.bytes_allocated().expect("native backends report it");
        assert!(live > before + 640 * 480 * 4, "{before} bytes, then {live} with a frame");
        let after = allocated().await;
        assert!(after < before + 4096, "{before} bytes, then {after} after an image");
        // The frames of the next live view are allocated again.
        session.classify_frame(&frame, false, 1).await.expect("it answers");
    });
}
