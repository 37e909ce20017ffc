// Channel gate: y[n,p,c] = x[n,p,c] · sigmoid(gate[n,c]).
//
// Layout: NHWC, channels padded to a multiple of four; padding stays zero because x is zero there. One invocation computes four
// channels of one pixel.
// Source: Hu, Shen & Sun 2017, equation 4; timm SEModule.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][p][c/4]
@group(0) @binding(1) var<storage, read> gate: array<vec4<f32>>;      // [n][c/4]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // as x
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let image = at / (params.pixels * params.channel_quads);
    let factor = gate[image * params.channel_quads + at % params.channel_quads];
    y[at] = x[at] / (1.0 + exp(-factor));
}
