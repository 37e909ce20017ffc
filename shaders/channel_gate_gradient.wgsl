// Channel gate, gradient of the gate: dg[n,c] = s · (1 - s) · Σ(p) dy[n,p,c] · x[n,p,c], s = sigmoid(gate[n,c]).
//
// Layout: NHWC, channels padded to a multiple of four; padding stays zero because dy is zero there. One invocation computes four
// channels of one image, so that neighbouring invocations read neighbouring channels. exp overflows below -88, where s is 0; the clamp
// avoids infinity / infinity.
// Source: the product rule; PyTorch sigmoid_backward.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][p][c/4]
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;          // as dy
@group(0) @binding(2) var<storage, read> gate: array<vec4<f32>>;       // [n][c/4]
@group(0) @binding(3) var<storage, read_write> dg: array<vec4<f32>>;   // as gate
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let quad = at % params.channel_quads;
    let first = at / params.channel_quads * params.pixels;
    var sum = vec4<f32>();
    for (var p = 0u; p < params.pixels; p++) {
        let index = (first + p) * params.channel_quads + quad;
        sum += dy[index] * x[index];
    }
    let s = 1.0 / (1.0 + exp(min(-gate[at], vec4<f32>(80.0))));
    dg[at] = sum * s * (1.0 - s);
}
