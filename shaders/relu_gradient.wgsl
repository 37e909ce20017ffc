// ReLU, gradient: dx = dy where y > 0, else 0.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel.
// Source: PyTorch threshold_backward.
//
// uses lib/invocation_id: linear_id
// uses lib/elementwise_params: Params

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;          // as dy
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;   // as dy
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    dx[at] = select(vec4<f32>(), dy[at], y[at] > vec4<f32>());
}
