//! Which ways to compute a convolution are worth measuring on which kind of adapter. What is predicted here decides the order
//! and the first answer; what is measured decides in the end.

use super::Conv2d;
use super::gemm::piece;
use crate::ops::algorithm::{AdapterClass, AdapterProfile, Algorithm, ComputeType, Gemm, GemmTile, WeightFormat};
use crate::shape::Shape;

/// Tiles of 14 x 128 to 128 x 32 pixels and channels; ResNet's maps are multiples of 7 wide.
const TILES: [GemmTile; 12] = [
    GemmTile::new(8, 7, 2, 4),
    GemmTile::new(8, 8, 2, 4),
    GemmTile::new(8, 7, 1, 4),
    GemmTile::new(8, 8, 1, 4),
    GemmTile::new(4, 7, 2, 4),
    GemmTile::new(4, 7, 1, 4),
    GemmTile::new(4, 8, 1, 4),
    GemmTile::new(16, 7, 1, 4),
    GemmTile::new(16, 8, 2, 2),
    GemmTile::new(2, 7, 1, 2),
    GemmTile::new(8, 7, 1, 8),
    GemmTile::new(8, 7, 2, 2),
];

/// Workgroups that keep a GPU of middling size busy.
const BUSY: f64 = 256.0;

/// The ways, likely fastest first, of which there are at most a dozen.
///
/// Halves are chosen to save memory: Winograd's transformed weights take 1.8 to 4 times as much of it, and rounded to halves
/// they lose what the file had.
pub(super) fn candidates(conv: &Conv2d, input: Shape, output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
    let transforms = conv.is_winograd() && adapter.weights == WeightFormat::F32;
    let winograd = |outputs: usize, product: Gemm| transforms.then_some(Algorithm::Winograd(outputs, product));
    let mut ways = match adapter.target {
        AdapterClass::Any => vec![Algorithm::default(), Algorithm::Plain(Gemm::Scalar)],
        AdapterClass::SwiftShader => {
            software(conv, output, [Gemm::Scalar, Gemm::Direct8x8], transform_pays(input, output, 64), winograd)
        }
        AdapterClass::Software => {
            software(conv, output, [Gemm::Direct14x16, Gemm::Direct8x8], transform_pays(input, output, 128), winograd)
        }
        AdapterClass::Gpu => narrowed(conv, gpu(conv, input, output, winograd), adapter),
    };
    if let Some(side) = adapter.cooperative().filter(|side| conv.fills_matrices(*side)) {
        // Never the first: whether an adapter is fast in them is for the tuner to find out.
        ways.insert(1, Algorithm::Plain(Gemm::CooperativeMatrix(side)));
        ways.truncate(12);
    }
    ways
}

/// Where a transform saves most for its dispatches more, of which the scalar kernel needs one and the others two: `many`
/// channels share its cost, and tiles of 4x4 fill the map.
fn transform_pays(input: Shape, output: Shape, many: usize) -> bool {
    input.c.min(output.c) >= many && output.h * output.w >= 100
}

fn software(
    conv: &Conv2d,
    output: Shape,
    [first, second]: [Gemm; 2],
    transform_pays: bool,
    winograd: impl Fn(usize, Gemm) -> Option<Algorithm>,
) -> Vec<Algorithm> {
    // All planes' pixels that are computed, those included that only fill the last piece.
    let computed = |outputs: &usize| {
        let tiles = output.n * output.h.div_ceil(*outputs) * output.w.div_ceil(*outputs);
        (outputs + 2).pow(2) * tiles.next_multiple_of(piece(first)[0])
    };
    let mut sides = [4, 2];
    sides.sort_by_key(computed);
    let transformed = sides.into_iter().filter_map(|outputs| winograd(outputs, first));
    let mut ways = vec![Algorithm::Plain(first), Algorithm::Plain(second)];
    ways.splice(if transform_pays { 0..0 } else { 1..1 }, transformed);
    if conv.in_channels <= 4 && conv.window.kernel[1] > 1 {
        ways.insert(0, Algorithm::Rows(first));
    }
    ways
}

fn gpu(
    conv: &Conv2d,
    input: Shape,
    output: Shape,
    winograd: impl Fn(usize, Gemm) -> Option<Algorithm>,
) -> Vec<Algorithm> {
    let pixels = output.n * output.h * output.w;
    let quads = output.channel_quads();
    let [kh, kw] = conv.window.kernel;
    let sum_quads = kh * kw * input.channel_quads();
    let cheapest = |tile: GemmTile, splits: &[usize]| {
        let costs = splits.iter().map(|parts| (cost(tile, *parts, pixels, quads, sum_quads), split(tile, *parts)));
        costs.min_by(|a, b| a.0.total_cmp(&b.0)).expect("one part at least")
    };
    let ranked = |splits: &[usize]| {
        let mut all = TILES.map(|tile| cheapest(tile, splits));
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.map(|(_, way)| way)
    };
    let mut ways: Vec<Algorithm> = ranked(&[1])[..6].to_vec();
    if pixels <= 256 {
        // Unmeasured, a second dispatch is worth it only where a handful of tiles have very long sums.
        let first = if pixels <= 64 && sum_quads >= 256 { 0 } else { 1 };
        ways.splice(first..first, ranked(&[2, 4, 8, 16]).into_iter().take(3));
    }
    let plane = |outputs: usize| {
        let tiles = output.n * output.h.div_ceil(outputs) * output.w.div_ceil(outputs);
        let costs = TILES.map(|tile| (cost(tile, 1, tiles * (outputs + 2).pow(2), quads, input.channel_quads()), tile));
        Gemm::Tiled(costs.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are tiles").1)
    };
    let transformed = [winograd(4, plane(4)), winograd(2, plane(2))].into_iter().flatten();
    if output.h * output.w >= 784 {
        ways.splice(0..0, transformed);
    } else {
        ways.extend(transformed);
    }
    ways.push(Algorithm::default());
    ways
}

/// Where products can be made in `f16`, all ways that know how to, and behind them the likely fastest without: a GPU may have
/// `f16` and be no faster in it. Not so for the few channels of an image: rounding them costs the answer more than all other
/// layers together, for 3 % of the products.
fn narrowed(conv: &Conv2d, ways: Vec<Algorithm>, adapter: AdapterProfile) -> Vec<Algorithm> {
    if adapter.narrowest() == ComputeType::F32 || conv.in_channels <= 4 {
        return ways;
    }
    let narrow = ways.iter().map(|way| way.with(ComputeType::F16));
    let others = ways.iter().take(2).copied();
    narrow.chain(others).collect()
}

/// One part needs no second dispatch.
fn split(tile: GemmTile, parts: usize) -> Algorithm {
    if parts == 1 { Algorithm::Plain(Gemm::Tiled(tile)) } else { Algorithm::Split(tile, parts) }
}

/// A prediction in units of one invocation's products: waves of workgroups times what each of them does, dearer where an
/// invocation makes few products of a load, and for a split sum the parts that are written and read again.
fn cost(tile: GemmTile, parts: usize, pixels: usize, quads: usize, sum_quads: usize) -> f64 {
    let groups = (tile.count(pixels, quads) * parts) as f64;
    let waves = (groups / BUSY).ceil();
    let products = (tile.rows * tile.quads * sum_quads.div_ceil(parts)) as f64;
    let loads = if tile.quads == 2 { 1.0 } else { 1.4 };
    let again = if parts == 1 { 0.0 } else { 64.0 + (parts * pixels * quads) as f64 / 4096.0 };
    waves * products * loads + again
}
