//! Products in `f16` against exact ones on adapters with WebGPU's `shader-f16`. On other adapters, none are in `f16`.

use crate::common::{Random, gpu, gpu_tests, tolerance};
use half::f16;
use resnet_lens::Result;
use resnet_lens::gpu::{Executable, Gpu, Parameters};
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Algorithm, ComputeType, Conv2d, Gemm, GemmTile, Operator, ParameterValues,
    WeightFormat, Window,
};
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// A convolution with weights that `f16` represents exactly, and its input.
struct Layer {
    conv: Conv2d,
    weights: Vec<f32>,
    input: HostTensor,
}

impl Layer {
    /// Weights of magnitude up to `weight`, inputs of magnitude up to `most`.
    fn new(input: Shape, channels: usize, window: Window, [weight, most]: [f32; 2]) -> Self {
        let conv = Conv2d { in_channels: input.c, out_channels: channels, window, groups: 1, bias: false };
        let mut random = Random::new(20);
        let len = conv.parameters()[0].len();
        let weights = (0..len).map(|_| f16::from_f32(random.uniform(-weight, weight)).to_f32()).collect();
        Self { conv, weights, input: random.tensor(input, -most, most) }
    }

    fn graph(&self) -> Graph {
        let mut net = GraphBuilder::new(self.input.shape());
        net.add("layer", self.conv, &[ValueRef::Input]).unwrap_or_else(|error| panic!("{error}"));
        net.finish().expect("one operator")
    }

    /// A plan by `algorithm`; an unusable one is an error if `strict`.
    fn plan(&self, adapter: AdapterProfile, algorithm: Algorithm, strict: bool) -> Result<Plan> {
        let graph = self.graph();
        let node = &graph.nodes()[0];
        let mut selection = AlgorithmSelection { strict, ..AlgorithmSelection::predicted(adapter) };
        let class = selection.class(&node.op, &[self.input.shape()], node.shape).expect("it has several algorithms");
        selection.tuned.insert(class, algorithm);
        Plan::with_selection(&graph, &[""; 0], &selection)
    }

    async fn run(&self, gpu: &Gpu, adapter: AdapterProfile, plan: Plan) -> HostTensor {
        let mut parameters = Parameters::new(adapter.weights);
        let values = ParameterValues::from([("weight", self.weights.clone())]);
        parameters.insert(gpu, plan.graph(), "layer", &values).expect("finite values");
        let mut run = Executable::new(gpu, plan, &parameters).await.expect("the plan fits the device");
        run.run(&self.input).await.expect("the device runs")
    }

    /// The sum over weights and inputs that `change` and `change_input` have been applied to.
    fn reference(&self, change: impl Fn(f32) -> f32, change_input: impl Fn(f32) -> f32) -> HostTensor {
        let input = HostTensor::from_fn(self.input.shape(), |n, c, y, x| change_input(self.input.at(n, c, y, x)));
        let weights = self.weights.iter().map(|weight| change(*weight)).collect();
        self.conv.reference(&[&input], &ParameterValues::from([("weight", weights)]))
    }

    /// Compares `found` with exact sums of inputs clamped to `most`. Returns the largest error as a fraction of the bound.
    ///
    /// Roundings are random steps, as in [`tolerance`]: of an input, of a product, and of the `terms` partial sums of a step, each
    /// with a relative error of up to 2⁻¹¹. A partial sum is as large as the root of the sum of its squared products, which are
    /// computed from this layer. Sums in `f32` round every product and every partial sum by up to 2⁻²⁴, since not every device fuses
    /// the two; where products cancel, that is more than the rounding of the result.
    fn compare(&self, what: &str, found: &HostTensor, terms: usize, most: f32) -> f32 {
        let clamped = |value: f32| value.clamp(-most, most);
        let expected = self.reference(|weight| weight, clamped);
        let squares = self.reference(|weight| weight * weight, |value| clamped(value).powi(2));
        assert_eq!(found.shape(), expected.shape(), "{what}");
        let step = if terms == 0 { 0.0 } else { 8.0 * (terms as f32).sqrt() / 2048.0 };
        let products = self.weights.len() / self.conv.out_channels;
        let own = tolerance(products);
        let long = (2.0 * products as f32).sqrt() / (1 << 24) as f32;
        let mut largest = 0.0;
        for (index, (found, expected)) in found.data().iter().zip(expected.data()).enumerate() {
            let allowed = (step + long) * squares.data()[index].sqrt() + own * expected.abs().max(1.0);
            let error = (found - expected).abs() / allowed;
            // Not `error > 1`: NaN is an error as well.
            assert!(error <= 1.0, "{what}, value {index}: expected {expected} ± {allowed:e}, found {found}");
            largest = error.max(largest);
        }
        largest
    }
}

/// Tiles with steps of 4 to 16 input channels, every number of quads and every number of parts.
const TILES: [GemmTile; 4] =
    [GemmTile::new(8, 2, 1), GemmTile::new(4, 1, 2), GemmTile::new(8, 1, 4), GemmTile::new(4, 1, 8)];

/// The algorithms with tiles in `arithmetic`; Rows needs a window with several columns.
fn algorithms(layer: &Layer, arithmetic: ComputeType) -> Vec<(GemmTile, Algorithm)> {
    let rows = layer.conv.window.kernel[1] > 1;
    let of_tile = |tile: GemmTile| {
        let product = Gemm::Tiled(tile);
        let all = [
            Some(Algorithm::Plain(product)),
            Some(Algorithm::Split(tile, 3)),
            rows.then_some(Algorithm::Rows(product)),
        ];
        all.into_iter().flatten().map(move |algorithm| (tile, algorithm.with(arithmetic)))
    };
    TILES.into_iter().flat_map(of_tile).collect()
}

/// The number of products per step that are added in `f16`.
fn terms(adapter: AdapterProfile, tile: GemmTile) -> usize {
    if adapter.narrowest() == ComputeType::F16 { 4 * tile.chunk() } else { 0 }
}

gpu_tests! {
    /// Maps that no tile divides, short sums and long ones.
    async fn products_in_f16_are_within_their_error_bound() {
        let gpu = gpu().await;
        let square = Window::square;
        let adapter = gpu.report().with_weights(WeightFormat::F16);
        let mut largest = 0.0_f32;
        for (input, channels, window) in [
            (Shape::new(2, 20, 7, 7), 36, square(3, 1, 1)),
            (Shape::new(1, 5, 6, 9), 70, square(3, 1, 1)),
            (Shape::new(1, 70, 14, 13), 9, square(1, 1, 0)),
            (Shape::new(2, 17, 8, 9), 20, square(3, 2, 1)),
            (Shape::new(1, 512, 7, 7), 12, square(3, 1, 1)),
        ] {
            let layer = Layer::new(input, channels, window, [0.1, 4.0]);
            for (tile, algorithm) in algorithms(&layer, adapter.narrowest()) {
                let plan = layer.plan(adapter, algorithm, true).expect("usable");
                assert_eq!(plan.compute_type(), adapter.arithmetic, "{algorithm:?}");
                let found = layer.run(&gpu, adapter, plan).await;
                let what = format!("{algorithm:?} of {:?} on {input} in {:?}", layer.conv, adapter.arithmetic);
                largest = largest.max(layer.compare(&what, &found, terms(adapter, tile), f32::MAX));
            }
        }
        println!("in {:?}: errors are at most {largest:.2} of the bound", adapter.arithmetic);
    }

    /// Sums that exceed the range of `f16`: inputs are clamped so that all values stay finite, for any weights.
    async fn sums_in_f16_stay_finite() {
        let gpu = gpu().await;
        let adapter = gpu.report().with_weights(WeightFormat::F16);
        for (weight, most) in [(0.01, 1e6), (1.0, 6e4), (300.0, 1e5), (6e4, 1e3), (0.0, 1e9)] {
            let layer = Layer::new(Shape::new(1, 33, 5, 6), 10, Window::square(3, 1, 1), [weight, most]);
            let largest_weight = layer.weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
            for tile in TILES {
                let most = match terms(adapter, tile) {
                    0 => f32::MAX,
                    terms => (60_000.0 / (terms as f32 * largest_weight.max(0.01))).min(65_504.0),
                };
                let algorithm = Algorithm::Plain(Gemm::Tiled(tile)).with(adapter.narrowest());
                let found = layer.run(&gpu, adapter, layer.plan(adapter, algorithm, true).expect("usable")).await;
                let what = format!("weights of up to {weight} by {tile:?} in {:?}", adapter.arithmetic);
                layer.compare(&what, &found, terms(adapter, tile), most);
            }
        }
    }

    /// Cooperative matrices, on devices opened with the crate's feature `cooperative-matrix`. On others, and for channels that
    /// they do not cover, selecting them is an error.
    async fn cooperative_matrices_are_within_their_error_bound() {
        let gpu = gpu().await;
        let adapter = gpu.report().with_weights(WeightFormat::F16);
        let square = Window::square;
        for (input, channels, window, most) in [
            (Shape::new(2, 64, 7, 7), 64, square(3, 1, 1), 4.0),
            (Shape::new(1, 96, 9, 5), 128, square(1, 1, 0), 4.0),
            (Shape::new(1, 128, 14, 13), 64, square(3, 2, 1), 4.0),
            // Inputs beyond the range of f16 are clamped.
            (Shape::new(1, 64, 5, 6), 192, square(1, 2, 0), 1e6),
            (Shape::new(1, 20, 6, 6), 64, square(1, 1, 0), 4.0),
        ] {
            let layer = Layer::new(input, channels, window, [0.1, most]);
            for side in [8, 16] {
                let algorithm = Algorithm::Plain(Gemm::CooperativeMatrix(side));
                let plan = layer.plan(adapter, algorithm, true);
                let usable = adapter.cooperative() == Some(side) && input.c != 20;
                assert_eq!(plan.is_ok(), usable, "{algorithm:?} on {input}");
                let Ok(plan) = plan else { continue };
                assert!(plan.dispatches().any(|call| call.dispatch.kernel.features.cooperative_matrix), "{plan}");
                let found = layer.run(&gpu, adapter, plan).await;
                // Inputs are the only operands that are rounded; sums are in f32.
                let error = layer.compare(&format!("{algorithm:?} on {input}"), &found, 1, 65_504.0);
                println!("{algorithm:?} on {input}: errors are at most {error:.2} of the bound");
            }
        }
    }

    /// An algorithm in `f16` needs an adapter with `f16` and weights in `f16`; the fallback computes in `f32`.
    async fn adapters_without_f16_compute_in_f32() {
        let gpu = gpu().await;
        let layer = Layer::new(Shape::new(1, 40, 9, 7), 12, Window::square(3, 1, 1), [0.1, 4.0]);
        let without = AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F16);
        let f32_weights = AdapterProfile { weights: WeightFormat::F32, arithmetic: ComputeType::F16, ..without };
        for adapter in [without, f32_weights] {
            for (_, algorithm) in algorithms(&layer, ComputeType::F16) {
                layer.plan(adapter, algorithm, true).expect_err("it needs f16");
            }
            let (_, algorithm) = algorithms(&layer, ComputeType::F16)[0];
            let plan = layer.plan(adapter, algorithm, false).expect("a fallback");
            assert_eq!(plan.compute_type(), ComputeType::F32);
            layer.compare("the fallback", &layer.run(&gpu, adapter, plan).await, 0, f32::MAX);
        }
    }
}
