// Thumbnails, first step: the sum and the maximum of magnitudes over a slice of the channels, for every cell of a thumbnail.
//
//   y[cell,slice] = (Σ(p in cell, c in slice) |x[p,c]|, max |x[p,c]|)
//
// A cell is a square of pixels; cells at the right and lower edge may be clipped. One invocation reduces one cell of 128 channels:
// late maps have few pixels and many channels. `thumbnail_lines` merges the slices.
// Layout: NHWC, channels padded with zeros to a multiple of four, which add nothing.
//
// uses lib/invocation_id: linear_id

struct Params {
    height: u32,
    width: u32,
    channel_quads: u32,
    cell: u32,
    columns: u32,
    slices: u32,
    first: u32,
    threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [p][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec2<f32>>;   // [cell][slice], of all layers
@group(0) @binding(2) var<uniform> params: Params;

const QUADS = 32u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.threads) { return; }
    let slice = at % params.slices;
    let cell = at / params.slices;
    let left = cell % params.columns * params.cell;
    let above = cell / params.columns * params.cell;
    let begin = slice * QUADS;
    let end = min(begin + QUADS, params.channel_quads);

    var sum = vec4<f32>();
    var most = vec4<f32>();
    for (var row = above; row < min(above + params.cell, params.height); row++) {
        for (var column = left; column < min(left + params.cell, params.width); column++) {
            let start = (row * params.width + column) * params.channel_quads;
            for (var quad = begin; quad < end; quad++) {
                let magnitude = abs(x[start + quad]);
                sum += magnitude;
                most = max(most, magnitude);
            }
        }
    }
    let largest = max(max(most.x, most.y), max(most.z, most.w));
    y[params.first + at] = vec2<f32>(sum.x + sum.y + sum.z + sum.w, largest);
}
