// MaxPool2d, gradient: dx[p] = Σ dy[q] over the windows q whose maximum is at p; of equal values the first in the order of rows.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel p: it visits the windows that
// contain p, and looks in each for an earlier value that equals the maximum. Nothing is scattered, so no atomics are needed.
// Source: PyTorch max_pool2d_with_indices_backward.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: OutputPosition, output_position

struct Params {
    in_height: u32,
    in_width: u32,
    out_height: u32,
    out_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride_y: u32,
    stride_x: u32,
    padding_y: u32,
    padding_x: u32,
    channel_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;          // [n][iy][ix][c/4]
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;          // [n][y][x][c/4]
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;         // as y
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;   // as x
@group(0) @binding(4) var<uniform> params: Params;

/// The first and the last window over position `at` of an axis, of `count` windows.
fn windows(at: u32, kernel: u32, stride: u32, padding: u32, count: u32) -> vec2<u32> {
    let padded = at + padding;
    let first = select(0u, (padded - kernel) / stride + 1u, padded >= kernel);
    return vec2<u32>(first, min(padded / stride, count - 1u));
}

/// For each of four channels, whether no value of the window before row `iy`, column `ix` equals `most`.
fn is_first(position: OutputPosition, row: u32, column: u32, most: vec4<f32>) -> vec4<bool> {
    let top = max(i32(row * params.stride_y) - i32(params.padding_y), 0);
    let left = max(i32(column * params.stride_x) - i32(params.padding_x), 0);
    let right = min(i32(column * params.stride_x + params.kernel_width) - i32(params.padding_x), i32(params.in_width));
    var first = vec4<bool>(true);
    for (var iy = u32(top); iy <= position.row; iy++) {
        let end = select(u32(right), position.column, iy == position.row);
        let line = (position.image * params.in_height + iy) * params.in_width;
        for (var ix = u32(left); ix < end; ix++) {
            first &= x[(line + ix) * params.channel_quads + position.quad] != most;
        }
    }
    return first;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let position = output_position(at, params.in_height, params.in_width, params.channel_quads);
    let rows = windows(position.row, params.kernel_height, params.stride_y, params.padding_y, params.out_height);
    let columns = windows(position.column, params.kernel_width, params.stride_x, params.padding_x, params.out_width);
    let value = x[at];
    var sum = vec4<f32>();
    for (var row = rows.x; row <= rows.y; row++) {
        for (var column = columns.x; column <= columns.y; column++) {
            let pixel = (position.image * params.out_height + row) * params.out_width + column;
            let quad = pixel * params.channel_quads + position.quad;
            let most = y[quad];
            let chosen = (value == most) & is_first(position, row, column, most);
            sum += select(vec4<f32>(), dy[quad], chosen);
        }
    }
    dx[at] = sum;
}
