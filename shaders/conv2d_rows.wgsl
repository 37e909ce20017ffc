// im2col along x, the first step of a convolution with few input channels: the columns of its window become channels.
//
//   rows[n, iy, x, kx·C + i] = x[n, iy, x·sx+kx-px, i], zero in the padding, C the padded number of input channels.
//
// What remains is a convolution with a window of one column and kernel_width·C channels. The weights keep their layout. Each row of
// the window is one long sum instead of many short ones.
// Layouts: NHWC. One invocation copies four channels of one tap of one pixel.
// Source: im2col on one axis; Chellapilla et al. 2006, "High Performance Convolutional Neural Networks for Document Processing".
//
// uses lib/invocation_id: linear_id

struct Params {
    in_width: u32,
    out_width: u32,
    kernel_width: u32,
    stride_x: u32,
    padding_x: u32,
    in_quads: u32,
    quads: u32,          // of all rows
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;            // [n][iy][ix][i/4]
@group(0) @binding(1) var<storage, read_write> rows: array<vec4<f32>>;   // [n][iy][x][kx][i/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let quad = at % params.in_quads;
    let tap = at / params.in_quads;
    let kx = tap % params.kernel_width;
    let pixel = tap / params.kernel_width;
    let column = pixel % params.out_width;
    let line = pixel / params.out_width;
    let ix = i32(column * params.stride_x + kx) - i32(params.padding_x);
    let inside = (ix >= 0) & (ix < i32(params.in_width));
    let start = (line * params.in_width + u32(max(ix, 0))) * params.in_quads + quad;
    rows[at] = select(vec4<f32>(), x[select(0u, start, inside)], inside);
}
