//! Every operator on the GPU against its CPU reference, natively and in the browser: chosen cases where kernels go wrong.
//!
//! A case is a graph with pseudo-random input and parameters. It runs twice: inspected, where every node is compared, and
//! fused, where the answer is.

mod common;

use common::{Random, assert_close, gpu, gpu_tests, terms, tolerance, upload, walk};
use half::f16;
use resnet_lens::gpu::{Executable, Parameters};
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::kernel::WORKGROUP_SIZE;
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Add, Algorithm, BatchNorm2d, Conv2d, Flatten, Gemm, GemmTile, GlobalAvgPool2d,
    Linear, MaxPool2d, Op, ParameterValues, Relu, Softmax, WeightFormat, Window,
};
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// No observed nodes: the fastest plan.
const NOTHING: [&str; 0] = [];

/// Compares every node of the inspected plan and the answer of the fused one.
async fn check(graph: &Graph, input: &HostTensor) {
    let gpu = gpu().await;
    let mut random = Random::new(graph.input().len() as u64);
    let values: Vec<_> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
    let expected = walk(graph, &values, input);
    let parameters = upload(&gpu, graph, &values);
    let terms = terms(graph);
    let compare = |how: &str, node: usize, found: &HostTensor| {
        let op = &graph.nodes()[node].op;
        let what = format!("{how} plan, node {} of input {}: {op:?}", graph.nodes()[node].name, graph.input());
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

/// Named operators one behind the other.
fn chain(input: Shape, ops: impl IntoIterator<Item = Op>) -> Graph {
    let mut net = GraphBuilder::new(input);
    let mut last = ValueRef::Input;
    for (index, op) in ops.into_iter().enumerate() {
        let name = format!("{}.{}", index, op.kind());
        last = net.add(name, op, &[last]).unwrap_or_else(|error| panic!("{error}"));
    }
    net.finish().expect("at least one operator")
}

async fn check_chain(input: Shape, ops: impl IntoIterator<Item = Op>) {
    let values = Random::new(1).tensor(input, -1.0, 1.0);
    check(&chain(input, ops), &values).await;
}

fn conv(channels: [usize; 2], window: Window, bias: bool) -> Conv2d {
    Conv2d { in_channels: channels[0], out_channels: channels[1], window, groups: 1, bias }
}

fn norm(channels: usize) -> BatchNorm2d {
    BatchNorm2d { channels, eps: BatchNorm2d::EPS }
}

/// How many times less exact than a plain sum a way is: the transforms of F(2,3) and F(4,3) subtract large numbers from each
/// other. Lavin & Gray 2015, table 5, find 0.4 and 7 times the error of a direct convolution; 8 and 2 leave room for the tail.
fn loss(way: Algorithm) -> f32 {
    match way {
        Algorithm::Winograd(4, _) => 8.0,
        Algorithm::Winograd(..) => 2.0,
        _ => 1.0,
    }
}

/// Parameters as they are after a journey through a format.
fn rounded(values: &ParameterValues, weights: WeightFormat) -> ParameterValues {
    let mut values = values.clone();
    if let (WeightFormat::F16, Some(weight)) = (weights, values.get_mut("weight")) {
        weight.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32());
    }
    values
}

/// Runs one operator in one way, twice: the second run must not depend on what the first left in scratch memory.
async fn check_way(op: Op, input: &HostTensor, way: Algorithm, weights: WeightFormat) {
    let gpu = gpu().await;
    let graph = chain(input.shape(), [op, Relu.into()]);
    let node = &graph.nodes()[0];
    let values = rounded(&Random::new(10).parameters(&node.op), weights);
    let expected = walk(&graph, &[values.clone(), ParameterValues::new()], input);
    let mut parameters = Parameters::new(weights);
    parameters.insert(&gpu, &graph, &node.name, &values).expect("finite values");
    let mut choices = AlgorithmSelection::predicted(AdapterProfile::new(AdapterClass::Any, weights));
    let class = choices.class(&node.op, &[input.shape()], node.shape).expect("it knows several ways");
    choices.tuned.insert(class, way);
    let plan = Plan::with_selection(&graph, &NOTHING, &choices).expect("no names");
    let mut run = Executable::new(&gpu, plan, &parameters).await.expect("the plan fits the device");
    // Winograd's transformed weights are rounded to the format once more: half a unit in the last place of 11 bits.
    let again = if matches!((way, weights), (Algorithm::Winograd(..), WeightFormat::F16)) { 4096.0 } else { 1.0 };
    let tolerance = tolerance(terms(&graph)[1]) * loss(way) * again;
    for turn in ["first", "second"] {
        let found = run.run(input).await.expect("the device runs");
        let what = format!("{way:?} with {weights:?}, {turn} run of {:?} on {}", node.op, input.shape());
        assert_close(&what, &found, &expected[1], tolerance);
        run.run(&Random::new(11).tensor(input.shape(), -1.0, 1.0)).await.expect("the device runs");
    }
}

/// Runs an operator that knows one way only with its weights in halves.
async fn check_halves(op: Op, input: &HostTensor) {
    let gpu = gpu().await;
    let graph = chain(input.shape(), [op]);
    let node = &graph.nodes()[0];
    let values = rounded(&Random::new(14).parameters(&node.op), WeightFormat::F16);
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
    let what = format!("{:?} on {} with halves", node.op, input.shape());
    assert_close(&what, &found, &walk(&graph, std::slice::from_ref(&values), input)[0], tolerance(terms(&graph)[0]));
}

gpu_tests! {
    /// Shapes at which a tile of 8 pixels by 8 channels ends early, and windows of every kind of edge.
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

    /// Groups that begin at quads of channels and groups that do not, as many filters a group as inputs and others, one channel each.
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
            check_halves(grouped.into(), &Random::new(13).tensor(input, -1.0, 1.0)).await;
        }
    }

    /// Each epilogue that a plan can ask of a convolution is one dispatch and equals its parts.
    async fn fused_epilogues() {
        let window = Window::square(3, 1, 1);
        for (bias, normalised, residual, rectified) in (0..16).map(|i| (i & 1 > 0, i & 2 > 0, i & 4 > 0, i & 8 > 0)) {
            let mut net = GraphBuilder::new(Shape::new(2, 5, 5, 3));
            let mut last = net.add("conv", conv([5, 5], window, bias), &[ValueRef::Input]).unwrap();
            if normalised {
                last = net.add("norm", norm(5), &[last]).unwrap();
            }
            if residual {
                last = net.add("add", Add, &[last, ValueRef::Input]).unwrap();
            }
            if rectified {
                net.add("relu", Relu, &[last]).unwrap();
            }
            let graph = net.finish().unwrap();
            let plan = Plan::new(&graph, &NOTHING).unwrap();
            assert_eq!(plan.steps().len(), 1, "bias {bias}, norm {normalised}, residual {residual}, relu {rectified}:\n{plan}");
            check(&graph, &Random::new(2).tensor(graph.input(), -1.0, 1.0)).await;
        }
    }

    /// Every way to convolve, on maps that no tile fits: the last tile ends early in pixels and channels, chunks of input
    /// channels end early, parts of a sum are unequal, several images share a tile.
    async fn every_way_to_convolve() {
        let tiles = [GemmTile::new(8, 7, 2, 4), GemmTile::new(8, 8, 1, 2), GemmTile::new(2, 7, 1, 8), GemmTile::new(16, 8, 2, 1), GemmTile::new(64, 8, 1, 1)];
        let products: Vec<Gemm> =
            [Gemm::Direct8x8, Gemm::Direct14x16, Gemm::Scalar].into_iter().chain(tiles.map(Gemm::Tiled)).collect();
        let mut ways: Vec<Algorithm> = products.iter().map(|product| Algorithm::Plain(*product)).collect();
        ways.extend([(tiles[0], 2), (tiles[1], 3), (tiles[2], 16), (tiles[3], 1), (tiles[0], 1000)].map(|(tile, parts)| Algorithm::Split(tile, parts)));
        ways.extend([Gemm::Direct8x8, Gemm::Direct14x16, Gemm::Scalar, products[4]].map(Algorithm::Rows));
        for outputs in [2, 4] {
            ways.extend([Gemm::Direct8x8, Gemm::Direct14x16, Gemm::Scalar, products[4]].map(|product| Algorithm::Winograd(outputs, product)));
        }
        let square = Window::square;
        let cases = [
            ((2, 7, 7), [20, 36], square(3, 1, 1), true),
            ((1, 6, 9), [5, 70], square(3, 1, 1), false),
            ((3, 1, 2), [3, 1], square(3, 1, 2), true),
            ((1, 9, 10), [33, 12], square(3, 1, 0), false),
            ((1, 14, 13), [70, 9], square(1, 1, 0), true),
            ((1, 15, 15), [3, 68], square(7, 2, 3), false),
            ((2, 8, 9), [17, 20], square(3, 2, 1), false),
            // Whole rows of input channels.
            ((2, 5, 4), [64, 20], square(3, 1, 1), false),
            ((1, 3, 5), [128, 70], square(1, 1, 0), true),
        ];
        for ((n, h, w), channels, window, bias) in cases {
            let input = Random::new(12).tensor(Shape::new(n, channels[0], h, w), -1.0, 1.0);
            for way in &ways {
                for weights in [WeightFormat::F32, WeightFormat::F16] {
                    check_way(conv(channels, window, bias).into(), &input, *way, weights).await;
                }
            }
        }
    }

    /// Every number of invocations that can share an output.
    async fn every_way_to_multiply_a_vector() {
        for (n, inputs, outputs) in [(1, 1, 1), (3, 13, 6), (1, 70, 260)] {
            let input = Random::new(13).tensor(Shape::new(n, inputs, 1, 1), -1.0, 1.0);
            let op = Linear { in_features: inputs, out_features: outputs };
            for parts in [1, 2, 8, 64] {
                for weights in [WeightFormat::F32, WeightFormat::F16] {
                    check_way(op.into(), &input, Algorithm::Gemv(parts), weights).await;
                }
            }
        }
    }

    /// Every epilogue at the end of a split sum and of a transformed convolution.
    async fn every_way_ends_with_the_epilogue() {
        let tile = GemmTile::new(8, 7, 1, 1);
        for way in [Algorithm::Plain(Gemm::Scalar), Algorithm::Plain(Gemm::Direct14x16), Algorithm::Rows(Gemm::Scalar), Algorithm::Split(tile, 2), Algorithm::Winograd(4, Gemm::Direct8x8)] {
            let mut net = GraphBuilder::new(Shape::new(2, 5, 5, 3));
            let sum = net.add("conv", conv([5, 5], Window::square(3, 1, 1), true), &[ValueRef::Input]).unwrap();
            let normalised = net.add("norm", norm(5), &[sum]).unwrap();
            let added = net.add("add", Add, &[normalised, ValueRef::Input]).unwrap();
            net.add("relu", Relu, &[added]).unwrap();
            let graph = net.finish().unwrap();
            let node = &graph.nodes()[0];
            let mut choices = AlgorithmSelection::default();
            let class = choices.class(&node.op, &[graph.input()], node.shape).expect("it knows several ways");
            choices.tuned.insert(class, way);
            let plan = Plan::with_selection(&graph, &NOTHING, &choices).unwrap();
            assert_eq!(plan.steps().len(), 1, "{plan}");
            let mut random = Random::new(14);
            let values: Vec<_> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
            let input = random.tensor(graph.input(), -1.0, 1.0);
            let expected = walk(&graph, &values, &input);
            let mut run = Executable::new(&gpu().await, plan, &upload(&gpu().await, &graph, &values)).await.unwrap();
            let found = run.run(&input).await.expect("the device runs");
            assert_close(&format!("{way:?}"), &found, &expected[3], tolerance(terms(&graph)[3]) * loss(way));
        }
    }

    /// A down-sampling block: two branches of their own, the sum takes whichever is computed last.
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

    /// Running statistics, weight and bias all matter; one channel has a variance at which epsilon counts.
    async fn batchnorm2d() {
        for (n, c, h, w) in [(1, 1, 1, 1), (2, 3, 4, 5), (1, 5, 7, 1), (2, 64, 3, 3)] {
            check_chain(Shape::new(n, c, h, w), [norm(c).into()]).await;
        }
        check_chain(Shape::new(1, 3, 2, 2), [BatchNorm2d { channels: 3, eps: 0.5 }.into()]).await;
    }

    /// Values on both sides of zero, and so many that one dimension of workgroups does not hold them.
    async fn relu() {
        check_chain(Shape::new(2, 3, 4, 5), [Relu.into()]).await;
        let large = Shape::new(1, 1, 2050, 2050);
        assert!(large.storage_len() / 4 > 65_535 * WORKGROUP_SIZE, "the case is meant to need a second dimension");
        check_chain(large, [Relu.into()]).await;
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

    /// All values negative, so that a border that counts as zero would win; windows larger than the map.
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

    /// A mean of 1, 42 and 3136 values; flattening behind it moves nothing.
    async fn global_avg_pool2d_and_flatten() {
        for (n, c, h, w) in [(1, 1, 1, 1), (2, 5, 7, 6), (1, 9, 56, 56)] {
            check_chain(Shape::new(n, c, h, w), [GlobalAvgPool2d.into(), Flatten.into()]).await;
        }
    }

    /// Lengths that are no multiple of four on either side, and one of a real head.
    async fn linear() {
        for (n, inputs, outputs) in [(1, 1, 1), (2, 13, 6), (1, 6, 13), (3, 4, 8), (1, 2048, 1000)] {
            let op = Linear { in_features: inputs, out_features: outputs };
            check_chain(Shape::new(n, inputs, 1, 1), [op.into()]).await;
        }
    }

    /// exp of these logits is infinite, the classes are no multiple of four, and padding must not take part.
    async fn softmax() {
        for (n, classes, most) in [(1, 1, 1.0), (2, 7, 3.0), (2, 5, 1000.0), (3, 1000, 10.0)] {
            for low in [-most, most / 2.0] {
                let logits = Random::new(6).tensor(Shape::new(n, classes, 1, 1), low, most);
                check(&chain(logits.shape(), [Softmax.into()]), &logits).await;
            }
        }
    }

    /// Channels padded to fours stay zero: through a chain of odd counts whatever stood there would reach the answer.
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
