//! Memory on the GPU goes with the last plan that reads it.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use common::{gpu, upload_file};
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::{Executable, Parameters};
use resnet_lens::graph::{Graph, Node};
use resnet_lens::ops::{AdapterClass, AdapterProfile, Algorithm, Gemm, Role, WeightFormat, Window};
use resnet_lens::plan::{AlgorithmSelection, Plan, TuningTable};
use resnet_lens::resnet::StridePlacement;
use resnet_lens::session::Precision;
use resnet_lens::weights::WeightFile;
use resnet_lens::{ResNetConfig, Session};

const STARTER: &[u8] = include_bytes!("../www/assets/starter.safetensors");

const DIRECT: Algorithm = Algorithm::Plain(Gemm::Direct8x8);
const TRANSFORMED: Algorithm = Algorithm::Winograd(4, Gemm::Direct8x8);

async fn starter() -> (Graph, Parameters) {
    let file = WeightFile::open(STARTER).await.expect("the starter");
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::Conv3x3).expect("a ResNet");
    let graph = config.graph(1, 128, 128).expect("large enough");
    let parameters = upload_file(&gpu().await, &graph, &file, WeightFormat::F32).await;
    (graph, parameters)
}

/// Every convolution of 3x3 with stride 1 in this way, as if it had been measured.
fn times(graph: &Graph, adapter: AdapterProfile, way: Algorithm) -> TuningTable {
    let choices = AlgorithmSelection::predicted(adapter);
    let is = |node: &&Node| node.op.window() == Some(Window::square(3, 1, 1)) && node.op.role() == Role::Convolution;
    let class = |node: &Node| choices.class(&node.op, &graph.input_shapes(node), node.shape);
    graph.nodes().iter().filter(is).filter_map(class).map(|class| (class, vec![(way, 1)])).collect()
}

async fn executable(graph: &Graph, parameters: &Parameters, way: Algorithm) -> Executable {
    let adapter = AdapterProfile::new(AdapterClass::Any, WeightFormat::F32);
    let tuned = times(graph, adapter, way).iter().map(|(class, _)| (class.clone(), way)).collect();
    let plan =
        Plan::with_selection(graph, &[""; 0], &AlgorithmSelection { tuned, ..AlgorithmSelection::predicted(adapter) })
            .expect("no names");
    Executable::new(&gpu().await, plan, parameters).await.expect("the device takes it")
}

#[test]
fn transformed_weights_go_with_the_last_plan_that_reads_them() {
    pollster::block_on(async {
        let (graph, parameters) = starter().await;
        let plain = parameters.bytes();
        let transforming = executable(&graph, &parameters, TRANSFORMED).await;
        let with = parameters.bytes();
        assert!(with > plain, "nothing was transformed: {with} bytes");
        // Another plan takes nothing from one that is in use, and one of the same ways shares with it.
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
fn other_ways_leave_nothing_of_the_former_behind() {
    pollster::block_on(async {
        let (graph, parameters) = starter().await;
        let plain = parameters.bytes();
        let session = Session::open().await.expect("these tests need a GPU");
        session.set_precision(Precision::F32);
        session.load(STARTER, common::starter_card()).await.expect("the starter model");
        let images: Vec<DecodedImage> =
            (0..3).map(|seed| DecodedImage { width: 8, height: 8, rgb: vec![seed * 80; 8 * 8 * 3] }).collect();
        // An answer waits for the GPU, so that what only passes through is gone; the second also for what the first let go.
        let allocated = async || {
            for _ in 0..2 {
                session.classify_image(&images[0], 1).await.expect("it answers");
            }
            session.bytes_allocated().expect("native backends tell")
        };
        let adapter = gpu().await.report().with_weights(WeightFormat::F32);
        let [direct, transformed] = [DIRECT, TRANSFORMED].map(|way| times(&graph, adapter, way).to_json());
        let bytes = || session.model().expect("it is loaded").parameter_bytes;

        session.restore_tuning(&direct).await.expect("what a session would write");
        assert_eq!(bytes(), plain);
        let least = allocated().await;
        session.restore_tuning(&transformed).await.expect("what a session would write");
        assert!(bytes() > plain, "nothing was transformed");
        let more = allocated().await;
        assert!(more >= least + (bytes() - plain), "{least} bytes, then {more}");
        session.classify_images(&images, 1).await.expect("it answers");
        assert!(allocated().await > more, "a batch takes memory");

        session.restore_tuning(&direct).await.expect("what a session would write");
        assert_eq!(bytes(), plain, "transformed weights are still there");
        // Some uniforms of the former plan may still be on their way out; an activation is larger than all of them.
        let again = allocated().await;
        assert!(again.abs_diff(least) < 4096, "expected {least} bytes on the device, found {again}");
    });
}
