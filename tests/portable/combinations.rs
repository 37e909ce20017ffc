//! Operators that compute several nodes in one dispatch, in plans for GPUs and software adapters, against the CPU reference of the
//! separate nodes.

use crate::common::layers::{conv, norm, representable};
use crate::common::{Random, assert_close, gpu, gpu_tests, terms, tolerance, walk};
use resnet_lens::gpu::{Executable, Parameters};
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Add, ComputeType, Flatten, GlobalAvgPool2d, Linear, Op, Relu, Silu, WeightFormat,
    Window,
};
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// A block with a projection of this stride: channels of its input, between its convolutions and of its output.
fn block(input: Shape, [middle, outputs]: [usize; 2], stride: usize, activation: Option<Op>) -> Graph {
    let mut net = GraphBuilder::new(input);
    let x = net.add("stem", Relu, &[ValueRef::Input]).unwrap();
    let inner = net.add("conv1", conv([input.c, middle], Window::square(3, stride, 1), false), &[x]).unwrap();
    let branch = net.add("conv2", conv([middle, outputs], Window::square(1, 1, 0), false), &[inner]).unwrap();
    let branch = net.add("bn2", norm(outputs), &[branch]).unwrap();
    let shortcut = net.add("projection", conv([input.c, outputs], Window::square(1, stride, 0), false), &[x]).unwrap();
    let shortcut = net.add("projection.bn", norm(outputs), &[shortcut]).unwrap();
    let sum = net.add("sum", Add, &[branch, shortcut]).unwrap();
    if let Some(activation) = activation {
        net.add("activation", activation, &[sum]).unwrap();
    }
    net.finish().unwrap()
}

fn head(input: Shape, outputs: usize) -> Graph {
    let mut net = GraphBuilder::new(input);
    let x = net.add("stem", Relu, &[ValueRef::Input]).unwrap();
    let pooled = net.add("avgpool", GlobalAvgPool2d, &[x]).unwrap();
    let vector = net.add("flatten", Flatten, &[pooled]).unwrap();
    net.add("fc", Linear { in_features: input.c, out_features: outputs }, &[vector]).unwrap();
    net.finish().unwrap()
}

/// The kernels of a plan for `adapter`.
fn kernels(graph: &Graph, observed: &[&str], adapter: AdapterProfile) -> Vec<&'static str> {
    let plan =
        Plan::with_selection(graph, observed, &AlgorithmSelection::predicted(adapter)).expect("nodes of the graph");
    plan.dispatches().map(|planned| planned.dispatch.kernel.name).collect()
}

/// Runs the plan for `adapter`, which uses `kernel`, and compares its output. `relative` is the error of products in `f16`.
async fn check(graph: &Graph, adapter: AdapterProfile, kernel: &str, relative: f32) {
    let gpu = gpu().await;
    let mut random = Random::new(31);
    let values: Vec<_> =
        graph.nodes().iter().map(|node| representable(&random.parameters(&node.op), adapter.weights)).collect();
    let input: HostTensor = random.tensor(graph.input(), -1.0, 1.0);
    let expected = walk(graph, &values, &input).swap_remove(graph.output());
    let mut parameters = Parameters::new(adapter.weights);
    for (node, values) in graph.nodes().iter().zip(&values) {
        parameters.insert(&gpu, graph, &node.name, values).expect("finite values");
    }
    let plan = Plan::with_selection(graph, &[""; 0], &AlgorithmSelection::predicted(adapter)).expect("no names");
    assert!(plan.dispatches().any(|planned| planned.dispatch.kernel.name == kernel), "{kernel} in\n{plan}");
    let mut run = Executable::new(&gpu, plan, &parameters).await.expect("the plan fits the device");
    let largest = expected.data().iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
    for _ in 0..2 {
        let found = run.run(&input).await.expect("the device runs");
        let what = format!("{kernel} of {adapter:?} on {}", graph.input());
        assert_close(&what, &found, &expected, tolerance(terms(graph)[graph.output()]) + relative * largest);
    }
}

/// The profiles of GPUs with weights in `f32` and `f16`, and with products in `f16` where this device has them.
async fn gpus() -> Vec<(AdapterProfile, f32)> {
    let of = |weights| AdapterProfile::new(AdapterClass::Gpu, weights);
    let mut all = vec![(of(WeightFormat::F32), 0.0), (of(WeightFormat::F16), 0.0)];
    if gpu().await.report().with_weights(WeightFormat::F16).arithmetic == ComputeType::F16 {
        all.push((AdapterProfile { arithmetic: ComputeType::F16, ..of(WeightFormat::F16) }, 4e-3));
    }
    all
}

gpu_tests! {
    /// Channels and pixels that no tile divides, several images, both strides, and each activation.
    async fn a_projection_and_the_last_convolution_are_one_product() {
        let cases = [
            ((1, 64, 7, 7), [64, 64], 1, Some(Relu.into())),
            ((2, 20, 9, 10), [37, 70], 2, Some(Silu.into())),
            ((3, 5, 4, 3), [3, 9], 2, None),
            ((1, 96, 15, 15), [33, 36], 2, Some(Relu.into())),
        ];
        for ((n, c, h, w), channels, stride, activation) in cases {
            let graph = block(Shape::new(n, c, h, w), channels, stride, activation);
            for (adapter, relative) in gpus().await {
                check(&graph, adapter, "conv2d_pair", relative).await;
            }
        }
    }

    /// More quads than workgroup memory holds, a remainder of outputs, one pixel, several images.
    async fn pooling_and_the_fully_connected_layer_are_one_dispatch() {
        for ((n, c, h, w), outputs) in [((1, 2100, 2, 3), 30), ((3, 13, 7, 7), 270), ((2, 5, 1, 1), 1)] {
            let graph = head(Shape::new(n, c, h, w), outputs);
            for target in [AdapterClass::Gpu, AdapterClass::Software, AdapterClass::SwiftShader] {
                for weights in [WeightFormat::F32, WeightFormat::F16] {
                    check(&graph, AdapterProfile::new(target, weights), "linear_pooled", 0.0).await;
                }
            }
        }
    }

    /// Whichever inner value is observed, the nodes are computed apart, and every value can be read.
    async fn observed_values_are_computed_apart() {
        let adapter = AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F32);
        let graph = block(Shape::new(1, 8, 5, 5), [8, 16], 1, Some(Relu.into()));
        assert_eq!(kernels(&graph, &[], adapter).iter().filter(|name| **name == "conv2d_pair").count(), 1);
        for name in ["conv2", "bn2", "projection", "projection.bn", "sum"] {
            let together = kernels(&graph, &[name], adapter).contains(&"conv2d_pair");
            // The sum is the pair's own value: only the activation runs apart.
            assert_eq!(together, name == "sum", "{name}");
        }
        let graph = head(Shape::new(1, 8, 5, 5), 10);
        assert_eq!(kernels(&graph, &[], adapter), ["relu", "linear_pooled"]);
        for name in ["avgpool", "flatten"] {
            assert_eq!(kernels(&graph, &[name], adapter), ["relu", "avgpool", "linear"], "{name}");
        }
    }
}
