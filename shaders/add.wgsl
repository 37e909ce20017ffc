// Add: y = a + b, the sum that closes a residual block.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel.
// Source: He et al. 2015, section 3.2.
//
// uses lib/invocation_id: linear_id
// uses lib/elementwise_params: Params

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;         // as a
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // as a
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    y[at] = a[at] + b[at];
}
