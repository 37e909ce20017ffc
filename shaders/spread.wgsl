// Spread: y[n, before + row·stride, before + column·stride, c] = x[n,row,column,c], zeros everywhere else.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel of y.
// Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", section 4.3.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position

struct Params {
    in_height: u32,
    in_width: u32,
    out_height: u32,
    out_width: u32,
    stride_y: u32,
    stride_x: u32,
    before_y: u32,        // of an i32: negative where rows of x are cut off
    before_x: u32,
    channel_quads: u32,
    quads: u32,           // of y
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][row][column][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [n][y][x][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let position = output_position(at, params.out_height, params.out_width, params.channel_quads);
    let from_y = i32(position.row) - bitcast<i32>(params.before_y);
    let from_x = i32(position.column) - bitcast<i32>(params.before_x);
    let row = u32(max(from_y, 0)) / params.stride_y;
    let column = u32(max(from_x, 0)) / params.stride_x;
    let is_value = (from_y == i32(row * params.stride_y)) & (from_x == i32(column * params.stride_x));
    let is_inside = (row < params.in_height) & (column < params.in_width);
    let pixel = (position.image * params.in_height + min(row, params.in_height - 1u)) * params.in_width
        + min(column, params.in_width - 1u);
    y[at] = select(vec4<f32>(), x[pixel * params.channel_quads + position.quad], is_value & is_inside);
}
