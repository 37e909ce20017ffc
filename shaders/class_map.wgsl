// Class activation map: m[p] = Σ(c) weight[class,c] · x[p,c].
//
// Layouts: x NHWC, weight [class][c], channels padded with zeros to a multiple of four; the map has one channel, padded to four.
// One invocation computes one pixel: the last map of a network has few, and this runs once per image.
// Source: Zhou et al. 2016, Learning Deep Features for Discriminative Localization, equation 2.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    class_index: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [p][c/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;    // [class][c/4]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // [p]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let p = linear_id(id, groups);
    if (p >= params.pixels) { return; }
    let quads = params.channel_quads;
    var sum = vec4<f32>();
    for (var quad = 0u; quad < quads; quad++) {
        sum += weight[params.class_index * quads + quad] * x[p * quads + quad];
    }
    y[p] = vec4<f32>(sum.x + sum.y + sum.z + sum.w, 0.0, 0.0, 0.0);
}
