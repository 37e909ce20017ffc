// Average pooling without overlap, gradient: dx[n,y,x,c] = dy[n,y/sy,x/sx,c] / count, the values under that window.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel.
// Source: PyTorch avg_pool2d_backward.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position

struct Params {
    height: u32,
    width: u32,
    pooled_height: u32,
    pooled_width: u32,
    window_height: u32,
    window_width: u32,
    channel_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][y/sy][x/sx][c/4]
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;   // [n][y][x][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let position = output_position(at, params.height, params.width, params.channel_quads);
    let row = position.row / params.window_height;
    let column = position.column / params.window_width;
    let rows = min(params.window_height, params.height - row * params.window_height);
    let columns = min(params.window_width, params.width - column * params.window_width);
    let pixel = (position.image * params.pooled_height + row) * params.pooled_width + column;
    dx[at] = dy[pixel * params.channel_quads + position.quad] / f32(rows * columns);
}
