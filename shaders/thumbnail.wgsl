// A layer at a glance: of every cell of a thumbnail the sum of magnitudes over a slice of the channels, and their extremes.
//
//   y[cell,slice] = (Σ(p in cell, c in slice) |x[p,c]|, min x[p,c], max x[p,c], 0)
//
// A cell is a square of pixels; those at the right and lower edge may be cut. One invocation, one cell of 128 channels: late
// maps have few pixels and many channels. `thumbnail_lines` puts the slices together.
// Layout: NHWC, channels padded with zeros to a multiple of four; the padding adds nothing and takes no part in the extremes.

struct Extents {
    height: u32,
    width: u32,
    channels: u32,
    channel_quads: u32,
    cell: u32,
    columns: u32,
    slices: u32,
    first: u32,
    threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [p][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [cell][slice], of all layers
@group(0) @binding(2) var<uniform> extents: Extents;

const QUADS = 32u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= extents.threads) { return; }
    let slice = at % extents.slices;
    let cell = at / extents.slices;
    let left = cell % extents.columns * extents.cell;
    let above = cell / extents.columns * extents.cell;
    let begin = slice * QUADS;
    let end = min(begin + QUADS, extents.channel_quads);

    let first = x[(above * extents.width + left) * extents.channel_quads + begin].x;
    var low = vec4<f32>(first);
    var high = low;
    var sum = vec4<f32>();
    for (var row = above; row < min(above + extents.cell, extents.height); row++) {
        for (var column = left; column < min(left + extents.cell, extents.width); column++) {
            let start = (row * extents.width + column) * extents.channel_quads;
            for (var quad = begin; quad < end; quad++) {
                let value = x[start + quad];
                let there = vec4<u32>(quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(extents.channels);
                low = select(low, min(low, value), there);
                high = select(high, max(high, value), there);
                sum += abs(value);
            }
        }
    }
    let least = min(min(low.x, low.y), min(low.z, low.w));
    let most = max(max(high.x, high.y), max(high.z, high.w));
    y[extents.first + at] = vec4<f32>(sum.x + sum.y + sum.z + sum.w, least, most, 0.0);
}
