// BatchNorm2d in evaluation mode, gradient: dx[c] = dy[c] · scale[c], scale = weight / sqrt(var + eps).
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel.
// Source: Ioffe & Szegedy 2015; PyTorch native_batch_norm_backward.
//
// uses lib/invocation_id: linear_id
// uses lib/elementwise_params: Params

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read> affine: array<vec4<f32>>;     // scale [c/4], then shift [c/4], which has no gradient
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;   // as dy
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    dx[at] = dy[at] * affine[at % params.channel_quads];
}
