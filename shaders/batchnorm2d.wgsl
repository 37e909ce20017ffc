// BatchNorm2d with stored statistics: y = x * scale[c] + shift[c].
//
// Scale and shift are computed from weight, bias, mean and variance when the weights are loaded.
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel.
// Source: Ioffe & Szegedy 2015, section 3.1; PyTorch torch.nn.BatchNorm2d in evaluation mode.
//
// uses lib/invocation_id: linear_id
// uses lib/elementwise_params: Params

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read> affine: array<vec4<f32>>;    // scale [c/4], then shift [c/4]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // as x
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let quad = at % params.channel_quads;
    y[at] = x[at] * affine[quad] + affine[params.channel_quads + quad];
}
