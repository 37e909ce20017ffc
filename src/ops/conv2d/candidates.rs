//! Candidate algorithms for each convolution and adapter class, ordered by predicted speed. The first candidate is used until the
//! tuner has measured them.

use super::attributes::Conv2d;
use super::gemm::tile;
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

/// Workgroups that occupy a mid-range GPU.
const BUSY: f64 = 256.0;

/// The candidates, at most twelve, the predicted fastest first. Winograd is one for weights in `f32` only: see
/// `conv2d/winograd.rs`.
pub(super) fn candidates(conv: &Conv2d, input: Shape, output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
    let transforms = conv.is_winograd() && adapter.weights == WeightFormat::F32;
    let winograd = |outputs: usize, gemm: Gemm| transforms.then_some(Algorithm::Winograd(outputs, gemm));
    let mut candidates = match adapter.target {
        AdapterClass::Any => vec![Algorithm::default(), Algorithm::Plain(Gemm::Scalar)],
        AdapterClass::SwiftShader => {
            software(conv, output, [Gemm::Scalar, Gemm::Direct8x8], transform_pays(input, output, 64), winograd)
        }
        AdapterClass::Software => {
            software(conv, output, [Gemm::Direct14x16, Gemm::Direct8x8], transform_pays(input, output, 128), winograd)
        }
        AdapterClass::Cpu => vec![Algorithm::default()],
        AdapterClass::Gpu => narrowed(conv, gpu(conv, input, output, winograd), adapter),
    };
    if let Some(side) = adapter.cooperative().filter(|side| conv.fills_matrices(*side)) {
        // Never the first candidate: they are not fast on every adapter that has them, so the tuner has to measure them.
        candidates.insert(1, Algorithm::Plain(Gemm::CooperativeMatrix(side)));
        candidates.truncate(12);
    }
    candidates
}

/// Whether a Winograd transform is predicted to be faster. It adds one dispatch for the scalar kernel and two for the others, which
/// pays off only with at least `channels` channels and a map that 4x4 tiles fill well.
fn transform_pays(input: Shape, output: Shape, channels: usize) -> bool {
    input.c.min(output.c) >= channels && output.h * output.w >= 100
}

fn software(
    conv: &Conv2d,
    output: Shape,
    [first, second]: [Gemm; 2],
    transform_pays: bool,
    winograd: impl Fn(usize, Gemm) -> Option<Algorithm>,
) -> Vec<Algorithm> {
    // Pixels computed in all planes, including those that pad the last tile.
    let computed = |outputs: &usize| {
        let tiles = output.n * output.h.div_ceil(*outputs) * output.w.div_ceil(*outputs);
        (outputs + 2).pow(2) * tiles.next_multiple_of(tile(first)[0])
    };
    let mut sides = [4, 2];
    sides.sort_by_key(computed);
    let transformed = sides.into_iter().filter_map(|outputs| winograd(outputs, first));
    let mut candidates = vec![Algorithm::Plain(first), Algorithm::Plain(second)];
    candidates.splice(if transform_pays { 0..0 } else { 1..1 }, transformed);
    if conv.in_channels <= 4 && conv.window.kernel[1] > 1 {
        candidates.insert(0, Algorithm::Rows(first));
    }
    candidates
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
        all.map(|(_, algorithm)| algorithm)
    };
    let mut candidates: Vec<Algorithm> = ranked(&[1])[..6].to_vec();
    if pixels <= 256 {
        // Before anything is measured, a second dispatch is chosen only for a few tiles with very long sums.
        let first = if pixels <= 64 && sum_quads >= 256 { 0 } else { 1 };
        candidates.splice(first..first, ranked(&[2, 4, 8, 16]).into_iter().take(3));
    }
    let plane = |outputs: usize| {
        let tiles = output.n * output.h.div_ceil(outputs) * output.w.div_ceil(outputs);
        let costs = TILES.map(|tile| (cost(tile, 1, tiles * (outputs + 2).pow(2), quads, input.channel_quads()), tile));
        Gemm::Tiled(costs.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are tiles").1)
    };
    let transformed = [winograd(4, plane(4)), winograd(2, plane(2))].into_iter().flatten();
    if output.h * output.w >= 784 {
        candidates.splice(0..0, transformed);
    } else {
        candidates.extend(transformed);
    }
    candidates.push(Algorithm::default());
    candidates
}

/// The candidates in `f16` if the adapter has it, followed by the two predicted fastest in `f32`: a GPU with `f16` need not be
/// faster in it. The first layer stays in `f32`: rounding the image costs more accuracy than all other layers together, for 3 % of
/// the products.
fn narrowed(conv: &Conv2d, candidates: Vec<Algorithm>, adapter: AdapterProfile) -> Vec<Algorithm> {
    if adapter.narrowest() == ComputeType::F32 || conv.in_channels <= 4 {
        return candidates;
    }
    let narrow = candidates.iter().map(|algorithm| algorithm.with(ComputeType::F16));
    let wide = candidates.iter().take(2).copied();
    narrow.chain(wide).collect()
}

/// A sum in one part needs no second dispatch.
fn split(tile: GemmTile, parts: usize) -> Algorithm {
    if parts == 1 { Algorithm::Plain(Gemm::Tiled(tile)) } else { Algorithm::Split(tile, parts) }
}

/// The predicted cost in units of one invocation's products: waves of workgroups times the products of each, weighted by loads per
/// product, plus writing and reading the parts of a split sum.
fn cost(tile: GemmTile, parts: usize, pixels: usize, quads: usize, sum_quads: usize) -> f64 {
    let groups = (tile.count(pixels, quads) * parts) as f64;
    let waves = (groups / BUSY).ceil();
    let products = (tile.rows * tile.quads * sum_quads.div_ceil(parts)) as f64;
    let loads = if tile.quads == 2 { 1.0 } else { 1.4 };
    let reduction = if parts == 1 { 0.0 } else { 64.0 + (parts * pixels * quads) as f64 / 4096.0 };
    waves * products * loads + reduction
}
