//! Every operator on the GPU against its CPU reference, natively and in the browser. The cases are those in which a kernel is most
//! likely to be wrong.
//!
//! A case is a graph with pseudo-random input and parameters. It runs twice: inspected, comparing every node, and fused, comparing
//! the output.

use crate::common::layers::{chain, conv, norm, representable};
use crate::common::{Random, assert_close, gpu, gpu_tests, terms, tolerance, upload, walk};
use resnet_lens::gpu::{Executable, Parameters};
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::kernel::WORKGROUP_SIZE;
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Add, AvgPool2d, BatchNorm2d, BlurPool2d, ChannelGate, Conv2d, Conv2dGradient,
    Flatten, GlobalAvgPool2d, GroupNorm, Identity, Linear, LinearGradient, MaxPool2d, Op, Relu, Scale, Silu, Softmax,
    WeightFormat, Window, ZeroPadShortcut,
};
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// No observed nodes: the fused plan.
const NOTHING: [&str; 0] = [];

/// Compares every node of the inspected plan and the output of the fused one.
async fn check(graph: &Graph, input: &HostTensor) {
    let gpu = gpu().await;
    let mut random = Random::new(graph.input().len() as u64);
    let values: Vec<_> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
    let expected = walk(graph, &values, input);
    let parameters = upload(&gpu, graph, &values);
    let terms = terms(graph);
    let compare = |plan: &str, node: usize, found: &HostTensor| {
        let op = &graph.nodes()[node].op;
        let what = format!("{plan} plan, node {} of input {}: {op:?}", graph.nodes()[node].name, graph.input());
        assert_close(&what, found, &expected[node], tolerance(terms[node]));
    };

    let mut inspected =
        Executable::new(&gpu, Plan::inspected(graph), &parameters).await.expect("the plan fits the device");
    inspected.run(input).await.expect("the device runs");
    for (index, node) in graph.nodes().iter().enumerate() {
        compare("inspected", index, &inspected.read(&node.name).await.expect("every node is observed"));
    }
    let mut fused =
        Executable::new(&gpu, Plan::new(graph, &NOTHING).expect("no names"), &parameters).await.expect("fits, too");
    compare("fused", graph.output(), &fused.run(input).await.expect("the device runs"));
}

async fn check_chain(input: Shape, ops: impl IntoIterator<Item = Op>) {
    let values = Random::new(1).tensor(input, -1.0, 1.0);
    check(&chain(input, ops), &values).await;
}

/// Runs an operator with its weights in `f16`.
async fn check_f16_weights(op: Op, input: &HostTensor) {
    let gpu = gpu().await;
    let graph = chain(input.shape(), [op]);
    let node = &graph.nodes()[0];
    let values = representable(&Random::new(14).parameters(&node.op), WeightFormat::F16);
    let mut parameters = Parameters::new(WeightFormat::F16);
    parameters.insert(&gpu, &graph, &node.name, &values).expect("finite values");
    let plan = Plan::with_selection(
        &graph,
        &NOTHING,
        &AlgorithmSelection::predicted(AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F16)),
    )
    .expect("no names");
    let found =
        Executable::new(&gpu, plan, &parameters).await.expect("fits").run(input).await.expect("the device runs");
    let what = format!("{:?} on {} with weights in f16", node.op, input.shape());
    assert_close(&what, &found, &walk(&graph, std::slice::from_ref(&values), input)[0], tolerance(terms(&graph)[0]));
}

gpu_tests! {
    /// Turned weights are computed from packed ones.
    async fn gradients_with_weights_in_f16() {
        let conv = |groups| Conv2d { groups, ..conv([6, 9], Window::square(3, 2, 1), false) };
        for forward in [conv(1), conv(3)] {
            let gradient = Conv2dGradient { forward, map: [7, 8] };
            check_f16_weights(gradient.into(), &Random::new(15).tensor(Shape::new(2, 9, 4, 4), -1.0, 1.0)).await;
        }
        let forward = Linear { in_features: 13, out_features: 6 };
        check_f16_weights(LinearGradient { forward }.into(), &Random::new(16).tensor(Shape::new(2, 6, 1, 1), -1.0, 1.0)).await;
    }

    /// Shapes that a tile of 8 pixels x 8 channels does not divide, and windows with every kind of padding.
    async fn conv2d() {
        let square = Window::square;
        let window = |kernel, stride, padding| Window { kernel, stride, padding };
        let cases = [
            // (batch, rows, columns), channels in and out, window, bias
            ((1, 1, 1), [1, 1], square(1, 1, 0), false),
            ((1, 1, 1), [3, 5], square(3, 1, 1), true),
            ((2, 5, 6), [5, 7], square(1, 1, 0), false),
            ((1, 7, 5), [8, 4], square(1, 2, 0), true),
            ((1, 2, 3), [4, 8], square(1, 1, 0), false),
            ((2, 7, 6), [3, 5], square(3, 1, 1), true),
            ((1, 9, 8), [5, 3], square(3, 2, 1), false),
            ((1, 8, 9), [5, 3], square(3, 2, 1), true),
            ((1, 5, 4), [4, 3], square(3, 1, 0), false),
            ((2, 9, 11), [1, 6], square(3, 3, 2), false),
            ((1, 6, 6), [3, 2], square(5, 1, 2), true),
            ((1, 4, 3), [3, 9], square(5, 1, 4), false),
            ((2, 15, 13), [3, 8], square(7, 2, 3), false),
            ((1, 3, 3), [5, 5], square(7, 1, 3), true),
            ((1, 6, 9), [3, 5], window([1, 7], [1, 1], [0, 3]), false),
            ((1, 9, 6), [3, 5], window([7, 1], [1, 1], [3, 0]), true),
            ((2, 8, 7), [6, 10], window([3, 5], [2, 3], [0, 2]), false),
            ((1, 8, 7), [7, 3], window([2, 4], [3, 1], [1, 0]), true),
            ((1, 1, 17), [2, 13], window([1, 3], [1, 1], [0, 1]), false),
            // Sums of more than 500 terms, a second channel tile, an odd number of channel quads.
            ((1, 7, 7), [64, 72], square(3, 1, 1), false),
            ((2, 5, 3), [68, 20], square(1, 1, 0), false),
        ];
        for ((n, h, w), channels, window, bias) in cases {
            check_chain(Shape::new(n, channels[0], h, w), [conv(channels, window, bias).into()]).await;
        }
    }

    /// Groups aligned to channel quads and unaligned ones, with equal and unequal numbers of inputs and outputs, and depthwise.
    async fn conv2d_in_groups() {
        let square = Window::square;
        let cases = [
            // (batch, rows, columns), channels in and out, groups, window, bias
            ((1, 7, 7), [16, 16], 4, square(3, 1, 1), false),
            ((2, 9, 5), [32, 32], 4, square(3, 2, 1), false),
            ((1, 6, 7), [16, 32], 2, square(3, 1, 1), true),
            ((2, 5, 6), [6, 9], 3, square(3, 1, 1), true),
            ((1, 8, 7), [10, 4], 2, square(3, 2, 1), false),
            ((1, 5, 5), [7, 7], 7, square(3, 1, 1), false),
            ((1, 4, 9), [8, 24], 2, square(1, 1, 0), true),
            ((1, 4, 4), [12, 8], 4, square(5, 1, 2), false),
        ];
        for ((n, h, w), channels, groups, window, bias) in cases {
            let grouped = Conv2d { groups, ..conv(channels, window, bias) };
            let input = Shape::new(n, channels[0], h, w);
            check_chain(input, [grouped.into(), norm(channels[1]).into(), Relu.into()]).await;
            check_f16_weights(grouped.into(), &Random::new(13).tensor(input, -1.0, 1.0)).await;
        }
    }

    /// Each epilogue that a plan can fuse into a convolution is one dispatch and equals its parts.
    async fn fused_epilogues() {
        let window = Window::square(3, 1, 1);
        let activations: [Option<Op>; 3] = [None, Some(Relu.into()), Some(Silu.into())];
        for (parts, activation) in (0..8).flat_map(|parts| activations.iter().map(move |activation| (parts, activation))) {
            let [bias, normalised, residual] = [1, 2, 4].map(|bit| parts & bit > 0);
            let mut net = GraphBuilder::new(Shape::new(2, 5, 5, 3));
            let mut last = net.add("conv", conv([5, 5], window, bias), &[ValueRef::Input]).unwrap();
            if normalised {
                last = net.add("norm", norm(5), &[last]).unwrap();
            }
            if residual {
                last = net.add("add", Add, &[last, ValueRef::Input]).unwrap();
            }
            if let Some(activation) = activation {
                net.add("activation", activation.clone(), &[last]).unwrap();
            }
            let graph = net.finish().unwrap();
            let plan = Plan::new(&graph, &NOTHING).unwrap();
            assert_eq!(plan.steps().len(), 1, "bias {bias}, norm {normalised}, residual {residual}, {activation:?}:\n{plan}");
            check(&graph, &Random::new(2).tensor(graph.input(), -1.0, 1.0)).await;
        }
    }

    /// A down-sampling block: two branches, with the sum fused into the one computed last.
    async fn residual_of_a_branch() {
        let mut net = GraphBuilder::new(Shape::new(2, 6, 7, 9));
        let stem = net.add("stem", Relu, &[ValueRef::Input]).unwrap();
        let left = net.add("left", conv([6, 10], Window::square(3, 2, 1), false), &[stem]).unwrap();
        let left = net.add("left.norm", norm(10), &[left]).unwrap();
        let right = net.add("right", conv([6, 10], Window::square(1, 2, 0), true), &[stem]).unwrap();
        let right = net.add("right.norm", norm(10), &[right]).unwrap();
        let sum = net.add("sum", Add, &[left, right]).unwrap();
        net.add("relu", Relu, &[sum]).unwrap();
        let graph = net.finish().unwrap();
        check(&graph, &Random::new(3).tensor(graph.input(), -1.0, 1.0)).await;
    }

    /// Running statistics, weight and bias all have an effect; with `eps` 0.5 so has epsilon.
    async fn batchnorm2d() {
        for (n, c, h, w) in [(1, 1, 1, 1), (2, 3, 4, 5), (1, 5, 7, 1), (2, 64, 3, 3)] {
            check_chain(Shape::new(n, c, h, w), [norm(c).into()]).await;
        }
        check_chain(Shape::new(1, 3, 2, 2), [BatchNorm2d { channels: 3, eps: 0.5 }.into()]).await;
    }

    /// Values on both sides of zero, and more workgroups than one dimension allows.
    async fn relu() {
        check_chain(Shape::new(2, 3, 4, 5), [Relu.into()]).await;
        let large = Shape::new(1, 1, 2050, 2050);
        assert!(large.storage_len() / 4 > 65_535 * WORKGROUP_SIZE, "the case needs a second dimension");
        check_chain(large, [Relu.into()]).await;
    }

    /// `x * sigmoid(x)` on both sides of zero, where `exp` would overflow, and with padding channels.
    async fn silu() {
        for (shape, most) in [(Shape::new(2, 3, 4, 5), 6.0), (Shape::new(1, 5, 3, 3), 200.0)] {
            let input = Random::new(15).tensor(shape, -most, most);
            check(&chain(shape, [Silu.into()]), &input).await;
        }
        let window = Window::square(3, 1, 1);
        check_chain(Shape::new(1, 3, 6, 5), [
            conv([3, 5], window, true).into(), norm(5).into(), Silu.into(), conv([5, 6], window, false).into(), Silu.into(),
        ]).await;
    }

    /// Two different tensors, and one tensor with itself.
    async fn add() {
        for (n, c, h, w) in [(2, 3, 4, 5), (1, 5, 1, 1), (1, 8, 3, 7)] {
            let mut net = GraphBuilder::new(Shape::new(n, c, h, w));
            let positive = net.add("relu", Relu, &[ValueRef::Input]).unwrap();
            let sum = net.add("sum", Add, &[positive, ValueRef::Input]).unwrap();
            net.add("twice", Add, &[sum, sum]).unwrap();
            let graph = net.finish().unwrap();
            check(&graph, &Random::new(4).tensor(graph.input(), -1.0, 1.0)).await;
        }
    }

    /// All channels, single ones at each position of a `vec4`, none of the padding, and the factors 0 and 1.
    async fn scale() {
        for (n, c, channel, factor) in [
            (2, 5, None, 0.5), (1, 3, None, 0.0), (2, 7, Some(0), 0.0), (1, 7, Some(5), 0.25), (2, 9, Some(8), 2.0), (1, 1, Some(0), 1.0),
        ] {
            check_chain(Shape::new(n, c, 3, 4), [Scale { factor, channel }.into(), Identity.into()]).await;
        }
    }

    /// All values are negative, so that padding counted as zero would be the maximum; windows larger than the map.
    async fn maxpool2d() {
        let square = Window::square;
        let window = |kernel, stride, padding| Window { kernel, stride, padding };
        let cases = [
            ((1, 3, 7, 6), square(3, 2, 1)),
            ((2, 5, 8, 5), square(3, 2, 1)),
            ((1, 4, 1, 1), square(3, 2, 1)),
            ((1, 1, 2, 2), square(5, 1, 2)),
            ((2, 3, 6, 9), square(2, 2, 0)),
            ((1, 6, 5, 7), window([3, 1], [1, 2], [1, 0])),
            ((1, 3, 4, 9), window([2, 5], [3, 2], [0, 2])),
        ];
        for ((n, c, h, w), window) in cases {
            let input = Random::new(5).tensor(Shape::new(n, c, h, w), -2.0, -0.1);
            check(&chain(input.shape(), [MaxPool2d { window }.into()]), &input).await;
        }
    }

    /// Means of 1, 42 and 3136 values, followed by a view.
    async fn global_avg_pool2d_and_flatten() {
        for (n, c, h, w) in [(1, 1, 1, 1), (2, 5, 7, 6), (1, 9, 56, 56)] {
            check_chain(Shape::new(n, c, h, w), [GlobalAvgPool2d.into(), Flatten.into()]).await;
        }
    }

    /// Odd maps, whose last windows are cut off.
    async fn avg_pool2d() {
        for (shape, side) in [((1, 3, 6, 4), 2), ((2, 5, 7, 5), 2), ((1, 4, 1, 1), 2), ((1, 2, 5, 8), 3)] {
            let (n, c, h, w) = shape;
            check_chain(Shape::new(n, c, h, w), [AvgPool2d { side }.into()]).await;
        }
    }

    /// Odd sides are reflected at both borders, even ones at the first; the smallest map.
    async fn blur_pool() {
        for (n, c, h, w) in [(1, 3, 6, 7), (2, 5, 2, 2), (1, 8, 3, 2), (1, 1, 9, 4)] {
            check_chain(Shape::new(n, c, h, w), [BlurPool2d.into()]).await;
        }
    }

    /// Groups inside a quad, across quads and of one channel; more values of a group than invocations, and fewer.
    async fn group_norm() {
        for (shape, groups) in
            [((1, 64, 6, 4), 32), ((2, 10, 7, 5), 2), ((1, 5, 1, 1), 1), ((1, 7, 9, 11), 7), ((2, 6, 3, 3), 3)]
        {
            let (n, c, h, w) = shape;
            let eps = GroupNorm::EPS;
            check_chain(Shape::new(n, c, h, w), [GroupNorm { groups, channels: c, eps }.into(), Relu.into()]).await;
        }
    }

    /// Squeeze-and-excitation: the gate is computed from the map that it multiplies.
    async fn channel_gate() {
        for (n, c, h, w) in [(1, 5, 6, 4), (2, 8, 3, 3), (1, 1, 1, 1)] {
            let input = Shape::new(n, c, h, w);
            let mut net = GraphBuilder::new(input);
            let x = net.add("conv", conv([c, c], Window::square(1, 1, 0), false), &[ValueRef::Input]).expect("fits");
            let pooled = net.add("pool", GlobalAvgPool2d, &[x]).expect("fits");
            let squeezed = net.add("fc1", conv([c, 3], Window::square(1, 1, 0), true), &[pooled]).expect("fits");
            let squeezed = net.add("act", Relu, &[squeezed]).expect("fits");
            let gate = net.add("fc2", conv([3, c], Window::square(1, 1, 0), true), &[squeezed]).expect("fits");
            net.add("gate", ChannelGate, &[x, gate]).expect("fits");
            check(&net.finish().expect("nodes"), &Random::new(21).tensor(input, -1.0, 1.0)).await;
        }
    }

    /// Numbers of additional channels that are not multiples of eight shift channels within a `vec4`.
    async fn zero_pad_shortcut() {
        for (shape, channels, stride) in
            [((1, 16, 8, 8), 32, 2), ((2, 3, 7, 5), 8, 2), ((1, 5, 4, 4), 5, 2), ((1, 6, 3, 3), 13, 1), ((1, 1, 2, 2), 2, 2)]
        {
            let (n, c, h, w) = shape;
            check_chain(Shape::new(n, c, h, w), [ZeroPadShortcut { channels, stride }.into()]).await;
        }
    }

    /// Lengths that are not multiples of four, and those of ResNet-50's head.
    async fn linear() {
        for (n, inputs, outputs) in [(1, 1, 1), (2, 13, 6), (1, 6, 13), (3, 4, 8), (1, 2048, 1000)] {
            let op = Linear { in_features: inputs, out_features: outputs };
            check_chain(Shape::new(n, inputs, 1, 1), [op.into()]).await;
        }
    }

    /// Logits whose `exp` is infinite, class counts that are not multiples of four, and padding that must be excluded.
    async fn softmax() {
        for (n, classes, most) in [(1, 1, 1.0), (2, 7, 3.0), (2, 5, 1000.0), (3, 1000, 10.0)] {
            for low in [-most, most / 2.0] {
                let logits = Random::new(6).tensor(Shape::new(n, classes, 1, 1), low, most);
                check(&chain(logits.shape(), [Softmax.into()]), &logits).await;
            }
        }
    }

    /// Padding channels stay zero: in a chain of odd channel counts any other value would reach the output.
    async fn odd_channels_in_a_chain() {
        let three = Window::square(3, 1, 1);
        check_chain(Shape::new(2, 3, 9, 7), [
            conv([3, 5], three, true).into(),
            norm(5).into(),
            Relu.into(),
            MaxPool2d { window: Window::square(3, 2, 1) }.into(),
            norm(5).into(),
            conv([5, 1], three, true).into(),
            Relu.into(),
            conv([1, 7], Window::square(1, 1, 0), true).into(),
            GlobalAvgPool2d.into(),
            Flatten.into(),
            Linear { in_features: 7, out_features: 11 }.into(),
            Softmax.into(),
        ]).await;
    }
}
