// SiLU, gradient: dx = dy · s · (1 + x · (1 - s)), s = sigmoid(x).
//
// Layout: NHWC, channels padded to a multiple of four; padding stays zero because dy is zero there. One invocation computes four
// channels of one pixel. exp overflows below -88, where s is 0 and x · s is 0 as well; the clamp avoids 0 · infinity.
// Source: PyTorch silu_backward.
//
// uses lib/invocation_id: linear_id
// uses lib/elementwise_params: Params

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;          // as dy
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;   // as dy
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let value = x[at];
    let s = 1.0 / (1.0 + exp(min(-value, vec4<f32>(80.0))));
    dx[at] = dy[at] * s * (1.0 + value * (1.0 - s));
}
