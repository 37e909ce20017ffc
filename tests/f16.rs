//! Products in `f16`: against exact ones where the adapter has WebGPU's `shader-f16`, and that none are made where it has not.

mod common;

use common::{Random, gpu, gpu_tests, tolerance};
use half::f16;
use resnet_lens::gpu::{Executable, Gpu, Parameters};
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, Algorithm, ComputeType, Conv2d, Gemm, GemmTile, Operator, ParameterValues,
    WeightFormat, Window,
};
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// A convolution with its weights, which `f16` holds exactly, and its input.
struct Layer {
    conv: Conv2d,
    weights: Vec<f32>,
    input: HostTensor,
}

impl Layer {
    /// Weights of up to `weight`, inputs of up to `most`.
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

    /// The network in a way that makes its products in `f16` where `adapter` can.
    fn plan(&self, adapter: AdapterProfile, way: Algorithm) -> Plan {
        let graph = self.graph();
        let node = &graph.nodes()[0];
        let mut choices = AlgorithmSelection::predicted(adapter);
        let class = choices.class(&node.op, &[self.input.shape()], node.shape).expect("it knows several ways");
        choices.tuned.insert(class, way.with(ComputeType::F16));
        Plan::with_selection(&graph, &[""; 0], &choices).expect("no names")
    }

    async fn run(&self, gpu: &Gpu, adapter: AdapterProfile, way: Algorithm) -> HostTensor {
        let plan = self.plan(adapter, way);
        let mut parameters = Parameters::new(adapter.weights);
        let values = ParameterValues::from([("weight", self.weights.clone())]);
        parameters.insert(gpu, plan.graph(), "layer", &values).expect("finite values");
        let mut run = Executable::new(gpu, plan, &parameters).await.expect("the plan fits the device");
        run.run(&self.input).await.expect("the device runs")
    }

    /// The sum with `change` done to each weight and each input before.
    fn reference(&self, change: impl Fn(f32) -> f32, change_input: impl Fn(f32) -> f32) -> HostTensor {
        let input = HostTensor::from_fn(self.input.shape(), |n, c, y, x| change_input(self.input.at(n, c, y, x)));
        let weights = self.weights.iter().map(|weight| change(*weight)).collect();
        self.conv.reference(&[&input], &ParameterValues::from([("weight", weights)]))
    }

    /// Holds what was found against sums of inputs of up to `most`; returns the largest error in units of what it may be.
    ///
    /// Roundings are random steps, as in [`tolerance`]: of an input, of a product, and of the `terms` partial sums of a step, each
    /// of up to 2⁻¹¹ of what is rounded. Partial sums are as large as the root of their number of products, which themselves are
    /// taken from this layer.
    fn compare(&self, what: &str, found: &HostTensor, terms: usize, most: f32) -> f32 {
        let clamped = |value: f32| value.clamp(-most, most);
        let expected = self.reference(|weight| weight, clamped);
        let squares = self.reference(|weight| weight * weight, |value| clamped(value).powi(2));
        assert_eq!(found.shape(), expected.shape(), "{what}");
        let step = if terms == 0 { 0.0 } else { 8.0 * (terms as f32).sqrt() / 2048.0 };
        let own = tolerance(self.weights.len() / self.conv.out_channels);
        let mut largest = 0.0;
        for (index, (found, expected)) in found.data().iter().zip(expected.data()).enumerate() {
            let allowed = step * squares.data()[index].sqrt() + own * expected.abs().max(1.0);
            let error = (found - expected).abs() / allowed;
            // Not `error > 1`: NaN is wrong, too.
            assert!(error <= 1.0, "{what}, value {index}: expected {expected} ± {allowed:e}, found {found}");
            largest = error.max(largest);
        }
        largest
    }
}

/// Tiles with steps of 4 to 32 input channels, of every number of quads and rows.
const TILES: [GemmTile; 4] =
    [GemmTile::new(8, 7, 2, 4), GemmTile::new(8, 8, 1, 2), GemmTile::new(4, 7, 1, 8), GemmTile::new(16, 8, 2, 1)];

/// The ways through workgroup memory; a window of one column has no rows.
fn ways(layer: &Layer) -> Vec<(GemmTile, Algorithm)> {
    let rows = layer.conv.window.kernel[1] > 1;
    let of_tile = |tile: GemmTile| {
        let product = Gemm::Tiled(tile);
        let all = [
            Some(Algorithm::Plain(product)),
            Some(Algorithm::Split(tile, 3)),
            rows.then_some(Algorithm::Rows(product)),
        ];
        all.into_iter().flatten().map(move |way| (tile, way))
    };
    TILES.into_iter().flat_map(of_tile).collect()
}

/// How many products of a step are added in `f16`.
fn terms(adapter: AdapterProfile, tile: GemmTile) -> usize {
    if adapter.narrowest() == ComputeType::F16 { 4 * tile.chunk } else { 0 }
}

gpu_tests! {
    /// Maps that no tile fits, short sums and long ones.
    async fn products_are_as_exact_as_halves_are() {
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
            for (tile, way) in ways(&layer) {
                assert_eq!(layer.plan(adapter, way).compute_type(), adapter.arithmetic, "{way:?}");
                let found = layer.run(&gpu, adapter, way).await;
                let what = format!("{way:?} of {:?} on {input} in {:?}", layer.conv, adapter.arithmetic);
                largest = largest.max(layer.compare(&what, &found, terms(adapter, tile), f32::MAX));
            }
        }
        println!("in {:?}: at most {largest:.2} of what roundings explain", adapter.arithmetic);
    }

    /// Sums that `f16` could not hold: inputs count as the largest that it can, whatever the weights.
    async fn nothing_becomes_infinite() {
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
                let found = layer.run(&gpu, adapter, Algorithm::Plain(Gemm::Tiled(tile))).await;
                let what = format!("weights of up to {weight} by {tile:?} in {:?}", adapter.arithmetic);
                layer.compare(&what, &found, terms(adapter, tile), most);
            }
        }
    }

    /// Cooperative matrices, where the device was opened with them: the crate's feature `cooperative-matrix`. Elsewhere, and for
    /// channels that they do not cover, the same choice is computed another way.
    async fn matrices_are_as_exact_as_halves_are() {
        let gpu = gpu().await;
        let adapter = gpu.report().with_weights(WeightFormat::F16);
        let square = Window::square;
        for (input, channels, window, most) in [
            (Shape::new(2, 64, 7, 7), 64, square(3, 1, 1), 4.0),
            (Shape::new(1, 96, 9, 5), 128, square(1, 1, 0), 4.0),
            (Shape::new(1, 128, 14, 13), 64, square(3, 2, 1), 4.0),
            (Shape::new(1, 64, 5, 6), 192, square(1, 2, 0), 1e6),
            (Shape::new(1, 20, 6, 6), 64, square(1, 1, 0), 4.0),
        ] {
            let layer = Layer::new(input, channels, window, [0.1, most]);
            for side in [8, 16] {
                let way = Algorithm::Plain(Gemm::CooperativeMatrix(side));
                let multiplied = layer.plan(adapter, way).dispatches().any(|call| call.dispatch.kernel.needs_cooperative_matrix());
                assert_eq!(multiplied, adapter.cooperative() == Some(side) && input.c != 20, "{way:?} on {input}");
                if most > 65_504.0 && !multiplied {
                    // What the large inputs show is that matrices clamp them.
                    continue;
                }
                let found = layer.run(&gpu, adapter, way).await;
                let most = if multiplied { 65_504.0 } else { f32::MAX };
                // Of the products only the inputs are rounded, and sums are in f32.
                let error = layer.compare(&format!("{way:?} on {input}"), &found, usize::from(multiplied), most);
                println!("{way:?} on {input}: {error:.2} of what roundings explain, in matrices: {multiplied}");
            }
        }
    }

    /// What another adapter measured does not bring its numbers with it, and weights in `f32` are not rounded.
    async fn an_adapter_without_halves_makes_none() {
        let gpu = gpu().await;
        let layer = Layer::new(Shape::new(1, 40, 9, 7), 12, Window::square(3, 1, 1), [0.1, 4.0]);
        let halves = |weights| AdapterProfile { arithmetic: ComputeType::F16, ..AdapterProfile::new(AdapterClass::Gpu, weights) };
        let without = AdapterProfile::new(AdapterClass::Gpu, WeightFormat::F16);
        for adapter in [without, halves(WeightFormat::F32)] {
            for (tile, way) in ways(&layer) {
                assert_eq!(layer.plan(adapter, way).compute_type(), ComputeType::F32, "{way:?}");
                assert_eq!(terms(adapter, tile), 0);
                layer.compare(&format!("{way:?} in f32"), &layer.run(&gpu, adapter, way).await, 0, f32::MAX);
            }
        }
        let product = Gemm::Tiled(TILES[0]);
        let transformed = layer.plan(halves(WeightFormat::F16), Algorithm::Winograd(4, product));
        assert_eq!(transformed.compute_type(), ComputeType::F32, "transforms are too coarse in halves");
    }
}
