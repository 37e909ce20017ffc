//! Every algorithm of an operator on the GPU against its CPU reference, natively and in the browser.

use crate::common::layers::{chain, conv, norm, representable};
use crate::common::{Random, assert_close, gpu, gpu_tests, terms, tolerance, upload, walk};
use resnet_lens::Error;
use resnet_lens::gpu::{Executable, Parameters};
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Add, Algorithm, ComputeType, Gemm, GemmTile, Linear, Op, ParameterValues, Relu, Silu,
    WeightFormat, Window,
};
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// No observed nodes: the fused plan.
const NOTHING: [&str; 0] = [];

#[cfg(not(target_arch = "wasm32"))]
const TILES: [GemmTile; 6] = [
    GemmTile::new(8, 2, 1),
    GemmTile::new(4, 1, 1),
    GemmTile::new(8, 1, 2),
    GemmTile::new(4, 1, 4),
    GemmTile::new(8, 1, 8),
    GemmTile::new(2, 1, 8),
];
/// Three of them, with both widths and several numbers of parts: SwiftShader compiles a tile's kernels for seconds.
#[cfg(target_arch = "wasm32")]
const TILES: [GemmTile; 3] = [GemmTile::new(8, 2, 1), GemmTile::new(4, 1, 4), GemmTile::new(8, 1, 2)];

/// The factor by which the error of an algorithm exceeds that of a plain sum: the transforms of F(2,3) and F(4,3) subtract large
/// numbers from each other. Lavin & Gray 2015, table 5, measure 0.4 and 7 times the error of a direct convolution; 2 and 8 leave
/// room for the tail.
fn amplification(algorithm: Algorithm) -> f32 {
    match algorithm {
        Algorithm::Winograd(4, _) => 8.0,
        Algorithm::Winograd(..) => 2.0,
        _ => 1.0,
    }
}

/// A selection of `algorithm` for the first node of `graph`, which reports an unusable one.
fn select(graph: &Graph, algorithm: Algorithm, adapter: AdapterProfile) -> AlgorithmSelection {
    let node = &graph.nodes()[0];
    let mut selection = AlgorithmSelection { strict: true, ..AlgorithmSelection::predicted(adapter) };
    let class = selection.class(&node.op, &[graph.input()], node.shape).expect("it has several algorithms");
    selection.tuned.insert(class, algorithm);
    selection
}

/// Whether the device has subgroups.
async fn has_subgroups() -> bool {
    gpu().await.report().with_weights(WeightFormat::F32).subgroups
}

/// Runs one operator by one algorithm, twice: the second run must not depend on what the first left in scratch memory.
async fn check(op: Op, input: &HostTensor, algorithm: Algorithm, weights: WeightFormat) {
    let gpu = gpu().await;
    let graph = chain(input.shape(), [op, Relu.into()]);
    let node = &graph.nodes()[0];
    let values = representable(&Random::new(10).parameters(&node.op), weights);
    let expected = walk(&graph, &[values.clone(), ParameterValues::new()], input);
    let mut parameters = Parameters::new(weights);
    parameters.insert(&gpu, &graph, &node.name, &values).expect("finite values");
    let adapter =
        AdapterProfile { subgroups: has_subgroups().await, ..AdapterProfile::new(AdapterClass::Any, weights) };
    let selection = select(&graph, algorithm, adapter);
    let plan = Plan::with_selection(&graph, &NOTHING, &selection).unwrap_or_else(|error| panic!("{error}"));
    let mut run = Executable::new(&gpu, plan, &parameters).await.expect("the plan fits the device");
    let tolerance = tolerance(terms(&graph)[1]) * amplification(algorithm);
    for turn in ["first", "second"] {
        let found = run.run(input).await.expect("the device runs");
        let what = format!("{algorithm:?} with {weights:?}, {turn} run of {:?} on {}", node.op, input.shape());
        assert_close(&what, &found, &expected[1], tolerance);
        run.run(&Random::new(11).tensor(input.shape(), -1.0, 1.0)).await.expect("the device runs");
    }
}

/// Every algorithm for a convolution with this window and weight format.
fn conv2d_algorithms(window: Window, weights: WeightFormat, subgroups: bool) -> Vec<Algorithm> {
    let mut some = vec![Gemm::Direct8x8, Gemm::Direct14x16, Gemm::Scalar];
    some.extend(subgroups.then_some(Gemm::Subgroup));
    let gemms = some.iter().copied().chain(TILES.map(Gemm::Tiled));
    let mut algorithms: Vec<Algorithm> = gemms.map(Algorithm::Plain).collect();
    some.push(Gemm::Tiled(TILES[1]));
    let splits = [(TILES[0], 2), (TILES[1], 3), (TILES[2], 16), (TILES[TILES.len() - 2], 1), (TILES[0], 1000)];
    algorithms.extend(splits.map(|(tile, parts)| Algorithm::Split(tile, parts)));
    if window.kernel[1] > 1 {
        algorithms.extend(some.iter().copied().map(Algorithm::Rows));
    }
    if window.kernel == [3, 3] && window.stride == [1, 1] && weights == WeightFormat::F32 {
        let winograd = |outputs| some.iter().map(move |gemm| Algorithm::Winograd(outputs, *gemm));
        algorithms.extend([2, 4].into_iter().flat_map(winograd));
    }
    algorithms
}

gpu_tests! {
    /// Maps that no tile divides: pixels, channels and chunks of input channels with a remainder, unequal parts of a split sum,
    /// tiles with several images.
    async fn every_conv2d_algorithm() {
        let square = Window::square;
        let cases = [
            ((2, 7, 7), [20, 36], square(3, 1, 1), true),
            ((1, 6, 9), [5, 70], square(3, 1, 1), false),
            ((3, 1, 2), [3, 1], square(3, 1, 2), true),
            ((1, 9, 10), [33, 12], square(3, 1, 0), false),
            ((1, 14, 13), [70, 9], square(1, 1, 0), true),
            ((1, 15, 15), [3, 68], square(7, 2, 3), false),
            ((2, 8, 9), [17, 20], square(3, 2, 1), false),
            // Input channels that are a multiple of 64: see conv2d_scalar.
            ((2, 5, 4), [64, 20], square(3, 1, 1), false),
            ((1, 3, 5), [128, 70], square(1, 1, 0), true),
        ];
        for ((n, h, w), channels, window, bias) in cases {
            let input = Random::new(12).tensor(Shape::new(n, channels[0], h, w), -1.0, 1.0);
            for weights in [WeightFormat::F32, WeightFormat::F16] {
                for algorithm in conv2d_algorithms(window, weights, has_subgroups().await) {
                    check(conv(channels, window, bias).into(), &input, algorithm, weights).await;
                }
            }
        }
    }

    /// Every number of invocations that can share an output.
    async fn every_linear_algorithm() {
        for (n, inputs, outputs) in [(1, 1, 1), (3, 13, 6), (1, 70, 260)] {
            let input = Random::new(13).tensor(Shape::new(n, inputs, 1, 1), -1.0, 1.0);
            let op = Linear { in_features: inputs, out_features: outputs };
            for parts in [1, 2, 8, 64] {
                for weights in [WeightFormat::F32, WeightFormat::F16] {
                    check(op.into(), &input, Algorithm::Gemv(parts), weights).await;
                }
            }
        }
    }

    /// Batch norm, addition and activation, fused into each kernel that has an epilogue.
    async fn every_algorithm_applies_the_epilogue() {
        let tile = GemmTile::new(8, 1, 4);
        let gemms = [Gemm::Scalar, Gemm::Direct14x16, Gemm::Tiled(tile)];
        let mut algorithms = gemms.map(Algorithm::Plain).to_vec();
        algorithms.extend([Algorithm::Rows(Gemm::Scalar), Algorithm::Split(tile, 2), Algorithm::Winograd(4, Gemm::Direct8x8)]);
        let mut scalar = vec![Gemm::Scalar];
        if has_subgroups().await {
            algorithms.push(Algorithm::Plain(Gemm::Subgroup));
            scalar.push(Gemm::Subgroup);
        }
        // With 64 input channels the output transform is part of the scalar kernels.
        let transformed = scalar.into_iter().map(|gemm| (64, Algorithm::Winograd(4, gemm)));
        let layers = algorithms.into_iter().map(|algorithm| (5, algorithm)).chain(transformed);
        for (channels, algorithm) in layers {
            for activation in [Op::from(Relu), Op::from(Silu)] {
                let mut net = GraphBuilder::new(Shape::new(2, channels, 5, 3));
                let window = Window::square(3, 1, 1);
                let sum = net.add("conv", conv([channels; 2], window, true), &[ValueRef::Input]).unwrap();
                let normalised = net.add("norm", norm(channels), &[sum]).unwrap();
                let added = net.add("add", Add, &[normalised, ValueRef::Input]).unwrap();
                net.add("activation", activation, &[added]).unwrap();
                let graph = net.finish().unwrap();
                let adapter = AdapterProfile { subgroups: has_subgroups().await, ..AdapterProfile::default() };
                let selection = select(&graph, algorithm, adapter);
                let plan = Plan::with_selection(&graph, &NOTHING, &selection).unwrap();
                assert_eq!(plan.steps().len(), 1, "{plan}");
                let mut random = Random::new(14);
                let values: Vec<_> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
                let input = random.tensor(graph.input(), -1.0, 1.0);
                let expected = walk(&graph, &values, &input);
                let mut run = Executable::new(&gpu().await, plan, &upload(&gpu().await, &graph, &values)).await.unwrap();
                let found = run.run(&input).await.expect("the device runs");
                let tolerance = tolerance(terms(&graph)[3]) * amplification(algorithm);
                assert_close(&format!("{algorithm:?}"), &found, &expected[3], tolerance);
            }
        }
    }

    /// An algorithm that cannot compute its layer is an error in a strict selection. Otherwise the predicted fastest one is used.
    async fn unusable_algorithms_are_errors() {
        let [f32, f16] = [WeightFormat::F32, WeightFormat::F16].map(|weights| AdapterProfile::new(AdapterClass::Any, weights));
        let with_f16 = |adapter| AdapterProfile { arithmetic: ComputeType::F16, ..adapter };
        let convolution = |window| chain(Shape::new(1, 20, 6, 6), [conv([20, 8], window, false).into()]);
        let [one, three, strided] = [(1, 1, 0), (3, 1, 1), (3, 2, 1)].map(|(size, stride, padding)| convolution(Window::square(size, stride, padding)));
        let linear = chain(Shape::new(1, 20, 1, 1), [Linear { in_features: 20, out_features: 8 }.into()]);
        let invalid = Gemm::Tiled(GemmTile::new(3, 5, 3));
        let narrow = Gemm::Tiled(TILES[0]).with(ComputeType::F16);
        let winograd = |outputs| Algorithm::Winograd(outputs, Gemm::Direct8x8);
        let cases = [
            (&one, f32, winograd(2)),
            (&strided, f32, winograd(4)),
            (&three, f32, winograd(3)),
            (&three, f16, winograd(4)),
            (&three, with_f16(f16), Algorithm::Winograd(4, narrow)),
            (&three, f32, Algorithm::Winograd(2, invalid)),
            (&three, f32, Algorithm::Plain(invalid)),
            (&three, f32, Algorithm::Split(GemmTile::new(3, 5, 3), 2)),
            (&one, f32, Algorithm::Rows(Gemm::Scalar)),
            (&three, f32, Algorithm::Gemv(8)),
            (&three, f32, Algorithm::Plain(Gemm::CooperativeMatrix(16))),
            (&three, AdapterProfile { matrix_side: Some(16), ..with_f16(f16) }, Algorithm::Plain(Gemm::CooperativeMatrix(16))),
            (&three, f32, Algorithm::Plain(Gemm::Subgroup)),
            (&three, f32, Algorithm::Winograd(4, Gemm::Subgroup)),
            (&three, f16, Algorithm::Plain(narrow)),
            (&three, with_f16(f32), Algorithm::Plain(narrow)),
            (&linear, f32, Algorithm::Plain(Gemm::Direct8x8)),
            (&linear, f32, Algorithm::Gemv(3)),
            (&linear, f32, Algorithm::Gemv(128)),
        ];
        for (graph, adapter, algorithm) in cases {
            let strict = select(graph, algorithm, adapter);
            let error = Plan::with_selection(graph, &NOTHING, &strict).expect_err(&format!("{algorithm:?} on {adapter:?}"));
            assert!(matches!(error, Error::Algorithm(_)), "{error}");
            let found = format!("found {algorithm:?}");
            assert!(error.to_string().contains(&found), "expected {found} in: {error}");
            let lenient = AlgorithmSelection { strict: false, ..strict };
            let predicted = Plan::with_selection(graph, &NOTHING, &AlgorithmSelection::predicted(adapter)).expect("no names");
            assert_eq!(Plan::with_selection(graph, &NOTHING, &lenient).expect("it falls back"), predicted, "{algorithm:?}");
        }
    }
}
