// Grad-CAM: y[n,p] = max(0, Σ(c) weight[n,c] · x[n,p,c]).
//
// Layout: NHWC, channels padded with zeros to a multiple of four; y has one channel and therefore one quad per pixel. One invocation
// computes one pixel.
// Source: Selvaraju et al. 2017, equation 2.
//
// uses lib/invocation_id: linear_id

struct Params {
    image_pixels: u32,
    channel_quads: u32,
    pixels: u32,          // of all images
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][p][c/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;    // [n][c/4]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // [n][p]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let pixel = linear_id(id, groups);
    if (pixel >= params.pixels) { return; }
    let n = params.channel_quads;
    let image = pixel / params.image_pixels;
    var sum = 0.0;
    for (var q = 0u; q < n; q++) { sum += dot(weight[image * n + q], x[pixel * n + q]); }
    y[pixel] = vec4<f32>(max(sum, 0.0), 0.0, 0.0, 0.0);
}
