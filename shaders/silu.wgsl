// SiLU: y = x · sigmoid(x) = x / (1 + exp(-x)).
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel.
// Source: Elfwing, Uchibe & Doya 2017; PyTorch torch.nn.SiLU.
//
// uses lib/invocation_id: linear_id
// uses lib/elementwise_params: Params
// uses lib/activation: silu

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // as x
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    y[at] = silu(x[at]);
}
