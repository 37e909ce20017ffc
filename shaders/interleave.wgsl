// Interleave: y[n, stride·q + r, stride·p + s, c] = x[n, shift + q, shift + p, phase·C + c] with phase = r·stride_x + s, for the
// stride² phases of a map, whose C channels are neighbours in x.
//
// Layout: NHWC, channels padded to a multiple of four, in x for each phase. One invocation computes four channels of one pixel of y.
// Source: Shi et al. 2016 (arXiv 1609.05158), equation 4.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position

struct Params {
    out_height: u32,
    out_width: u32,
    in_height: u32,
    in_width: u32,
    stride_y: u32,
    stride_x: u32,
    shift_y: u32,
    shift_x: u32,
    channel_quads: u32,   // of y
    quads: u32,           // of y
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][row][column][phase][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [n][y][x][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let position = output_position(at, params.out_height, params.out_width, params.channel_quads);
    let row = params.shift_y + position.row / params.stride_y;
    let column = params.shift_x + position.column / params.stride_x;
    let phase = position.row % params.stride_y * params.stride_x + position.column % params.stride_x;
    let pixel = (position.image * params.in_height + row) * params.in_width + column;
    let phases = params.stride_y * params.stride_x;
    y[at] = x[(pixel * phases + phase) * params.channel_quads + position.quad];
}
