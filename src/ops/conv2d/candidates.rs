//! Candidate algorithms for each convolution and adapter class, ordered by predicted speed. The first candidate is used until the
//! tuner has measured them.

use super::attributes::Conv2d;
use super::gemm::{Sums, steps, tile};
use crate::ops::algorithm::{AdapterClass, AdapterProfile, Algorithm, ComputeType, Gemm, GemmTile, WeightFormat};
use crate::ops::window::Window;
use crate::shape::Shape;

/// Tiles of 28 x 32 to 56 x 64 pixels and channels.
const TILES: [GemmTile; 9] = [
    GemmTile::new(8, 2, 1),
    GemmTile::new(8, 1, 1),
    GemmTile::new(4, 1, 1),
    GemmTile::new(8, 1, 2),
    GemmTile::new(4, 1, 2),
    GemmTile::new(8, 1, 4),
    GemmTile::new(4, 1, 4),
    GemmTile::new(8, 1, 8),
    GemmTile::new(4, 1, 8),
];

/// The candidates, at most twelve, the predicted fastest first. Winograd is one for weights in `f32` only: see
/// `conv2d/winograd.rs`.
pub(super) fn candidates(conv: &Conv2d, input: Shape, output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
    let transforms = conv.is_winograd() && adapter.weights == WeightFormat::F32;
    let winograd = |outputs: usize, gemm: Gemm| transforms.then_some(Algorithm::Winograd(outputs, gemm));
    let mut candidates = match adapter.target {
        AdapterClass::Any => vec![Algorithm::default(), Algorithm::Plain(Gemm::Scalar)],
        AdapterClass::SwiftShader => {
            let gemms =
                if adapter.subgroups { [Gemm::Subgroup, Gemm::Scalar] } else { [Gemm::Scalar, Gemm::Direct8x8] };
            software(conv, output, gemms, transform_pays(input, output, 64), winograd)
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
    let sums = |input: Shape, output: Shape, window: Window| Sums::whole(window, input, output);
    let layer = sums(input, output, conv.window);
    let ranked = |parts: &[usize]| {
        let best = |tile| {
            let costs = parts.iter().map(|parts| (cycles(&layer, tile, *parts), split(tile, *parts)));
            costs.min_by(|a, b| a.0.total_cmp(&b.0)).expect("one part at least")
        };
        let mut all = TILES.map(best);
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all
    };
    let mut all = ranked(&[1])[..6].to_vec();
    let pixels = output.n * output.h * output.w;
    if pixels <= 256 {
        all.extend(&ranked(&[2, 4, 8, 16])[..3]);
    }
    let transformed = [4, 2].map(|outputs| {
        let planes = outputs + 2;
        let tiles = output.n * output.h.div_ceil(outputs) * output.w.div_ceil(outputs);
        let plane = |channels: usize| Shape::new(1, channels, 1, tiles);
        let sums = sums(plane(input.c), plane(output.c), Window::square(1, 1, 0));
        let sums = Sums { slices: planes * planes, ..sums };
        let costs = TILES.map(|tile| (cycles(&sums, tile, 1), tile));
        let (cycles, tile) = costs.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are tiles");
        let values = input.storage_len() + output.storage_len() + planes * planes * tiles * (input.c + output.c);
        let transforms = 2.0 * DISPATCH_CYCLES + 4.0 * values as f64 / BYTES_PER_CYCLE;
        winograd(outputs, Gemm::Tiled(tile)).map(|algorithm| (WINOGRAD_FACTOR * (cycles + transforms), algorithm))
    });
    all.extend(transformed.into_iter().flatten());
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, algorithm)| algorithm).chain([Algorithm::default()]).collect()
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

/// Cycles that one more dispatch costs: 2 µs on the GPU, and as many in a browser that encodes and checks it.
const DISPATCH_CYCLES: f64 = 9600.0;
/// A transform has to be predicted faster by this factor: its kernels have too few invocations and too many registers to reach the
/// bandwidth that the prediction assumes.
const WINOGRAD_FACTOR: f64 = 1.25;
/// Compute units of the GPU that predictions are for, each with two SIMDs that multiply 32 numbers per cycle.
const UNITS: usize = 40;
/// Bytes that this GPU reads or writes per cycle: 384 GB/s at 2.4 GHz.
const BYTES_PER_CYCLE: f64 = 160.0;

/// The predicted cycles of the tiled kernel with its sums in so many parts, by the model of docs/gpu-report.md: the vector instructions
/// of the fullest SIMD, or the latency of one subgroup of 64 times the rounds of subgroups, or the values from memory.
fn cycles(sums: &Sums, tile: GemmTile, parts: usize) -> f64 {
    let quads = sums.output.channel_quads();
    let groups = tile.count(sums.pixels(), quads) * sums.slices * parts;
    let subgroups = tile.slices.min(4);
    let on_simd = (groups.div_ceil(UNITS) * subgroups).div_ceil(2) as f64;
    // The counts are those of the report: products take two cycles each, what surrounds them takes about 110 per step.
    let vector = (2 * GemmTile::ROWS * tile.quads * 16 * tile.chunk() + 110) as f64;
    let alone = (1.2 * vector + 200.0).max(550.0);
    let by_registers = if tile.quads == 2 { 3 } else { 4 };
    let resident = by_registers.min((65_536 / tile.workgroup_bytes() * subgroups).div_ceil(2)) as f64;
    let rounds = (on_simd / resident).max(1.0);
    let steps = steps(sums.window, sums.input, Gemm::Tiled(tile)).div_ceil(parts * tile.slices) as f64;
    let ends = 800.0 * tile.quads as f64;
    let computed = (on_simd * (steps * vector + ends)).max(rounds * (steps * alone + 2.0 * ends));
    let weights = sums.window.kernel[0] * sums.window.kernel[1] * sums.input.c * 4 * quads * sums.slices;
    let values = sums.slices * (sums.input.storage_len() + sums.output.storage_len()) + weights;
    let once = computed.max(4.0 * values as f64 / BYTES_PER_CYCLE);
    if parts == 1 {
        return once;
    }
    let partial = (parts + 1) * sums.output.storage_len();
    once + DISPATCH_CYCLES + 4.0 * partial as f64 / BYTES_PER_CYCLE
}
