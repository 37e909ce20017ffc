//! GPU times of runs and dispatches: their number, their proportions, and that measuring does not change values.

use std::ops::ControlFlow;

use crate::common::{Random, gpu, gpu_tests, upload};
use resnet_lens::gpu::{DispatchTime, Executable, ProfileProgress};
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{Add, BatchNorm2d, Conv2d, Relu, Window};
use resnet_lens::plan::Plan;
use resnet_lens::shape::Shape;
use web_time::Instant;

/// A convolution, one with 64 times as many multiply-accumulates, and a third with a fused addition.
fn network() -> Graph {
    let mut net = GraphBuilder::new(Shape::new(1, 4, 64, 64));
    let conv = |net: &mut GraphBuilder, name: &str, x: ValueRef, [in_channels, out_channels]: [usize; 2]| {
        net.add(
            name,
            Conv2d { in_channels, out_channels, window: Window::square(3, 1, 1), groups: 1, bias: false },
            &[x],
        )
        .expect("a convolution that fits")
    };
    let small = conv(&mut net, "small", ValueRef::Input, [4, 4]);
    let large = conv(&mut net, "large", small, [4, 256]);
    let last = conv(&mut net, "last", large, [256, 4]);
    let norm = net.add("norm", BatchNorm2d { channels: 4, eps: BatchNorm2d::EPS }, &[last]).expect("four channels");
    let sum = net.add("sum", Add, &[norm, small]).expect("equal shapes");
    net.add("relu", Relu, &[sum]).expect("any shape");
    net.finish().expect("a graph")
}

/// The sum of the times of the dispatches that compute `node`.
fn time(times: &[DispatchTime], node: &str) -> f64 {
    times.iter().filter(|time| time.nodes.iter().any(|name| name == node)).map(|time| time.ms).sum()
}

/// The least time of the dispatches of each node in five measurements: other programs on this machine delay some of them.
async fn least_times<const N: usize>(run: &mut Executable, nodes: [&str; N]) -> [f64; N] {
    let mut least = [f64::INFINITY; N];
    for _ in 0..5 {
        let times = run.profile().await.expect("a device that can measure");
        for (least, node) in least.iter_mut().zip(nodes) {
            *least = least.min(time(&times, node));
        }
    }
    least
}

gpu_tests! {
    async fn every_dispatch_is_timed() {
        let (gpu, graph, mut random) = (gpu().await, network(), Random::new(7));
        let values: Vec<_> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
        let plan = Plan::new(&graph, &["large"]).expect("a node of the graph");
        let mut run = Executable::new(&gpu, plan, &upload(&gpu, &graph, &values)).await.expect("a small network");
        let input = random.tensor(graph.input(), -1.0, 1.0);
        run.run(&input).await.expect("a run");
        let before = [run.read("large").await.expect("observed"), run.read("relu").await.expect("the output")];

        let started = Instant::now();
        let (measured, whole) = (run.profile().await, run.gpu_time().await);
        let wall = started.elapsed().as_secs_f64() * 1e3;
        if !gpu.report().features.contains(&"timestamp-query") {
            let error = measured.expect_err("a device that cannot measure").to_string();
            assert!(error.starts_with("dispatches cannot be timed: expected a GPU with timestamp-query, found "), "{error}");
            return;
        }
        let (times, whole) = (measured.expect("a device that can measure"), whole.expect("a device that can measure"));

        let mut listed: Vec<_> = times.iter().map(|time| time.nodes.clone()).collect();
        listed.dedup();
        assert_eq!(listed, [vec!["small"], vec!["large"], vec!["last", "norm", "sum", "relu"]]);
        assert!(times.iter().all(|time| time.ms > 0.0 && time.ms.is_finite()), "{times:?}");
        let sum: f64 = times.iter().map(|time| time.ms).sum();
        assert!(whole > 0.0 && sum + whole < wall, "{sum} ms of dispatches and a run of {whole} ms within {wall} ms: {times:?}");
        let [small, large] = least_times(&mut run, ["small", "large"]).await;
        assert!(large > small, "64 times as many operations took less time: {large} ms, and {small} ms");
        for measured in &times {
            let node = &graph.nodes()[graph.find(&measured.nodes[0]).expect("its name")];
            let counted = measured.gflops * time(&times, &measured.nodes[0]) * 1e6;
            assert!((counted / (2 * node.op.macs(node.shape)) as f64 - 1.0).abs() < 1e-6, "{measured:?}");
        }

        let after = [run.read("large").await.expect("observed"), run.read("relu").await.expect("the output")];
        assert_eq!(after, before, "measuring changed the values of the latest run");

        let mut seen = Vec::new();
        let mut cancel_at_two = |progress: ProfileProgress| {
            seen.push(progress);
            if progress.done == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let cancelled = run.profile_with_progress(&mut cancel_at_two).await;
        assert_eq!(cancelled.expect("a device that can measure"), None, "a cancelled measurement has no times");
        let total = times.len();
        assert_eq!(seen, [1, 2].map(|done| ProfileProgress { done, total }), "nothing is measured after cancelling");
        let after = [run.read("large").await.expect("observed"), run.read("relu").await.expect("the output")];
        assert_eq!(after, before, "a cancelled measurement changed the values of the latest run");
    }
}
