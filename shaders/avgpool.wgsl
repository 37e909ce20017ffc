// Global average pooling: y[n,c] = (1 / pixels) Σ(p) x[n,p,c].
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one image, so that
// neighbouring invocations read neighbouring channels.
// Source: Lin et al. 2013, section 3.2; PyTorch torch.nn.AdaptiveAvgPool2d(1).
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][p][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [n][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let quad = at % params.channel_quads;
    let first = at / params.channel_quads * params.pixels;
    var sum = vec4<f32>();
    for (var p = 0u; p < params.pixels; p++) {
        sum += x[(first + p) * params.channel_quads + quad];
    }
    y[at] = sum / f32(params.pixels);
}
