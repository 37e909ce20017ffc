// One channel of an activation: y[p] = x[p,channel].
//
// Layout: NHWC, channels padded to a multiple of four. One invocation copies one pixel.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    stride: u32,
    channel: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;         // [p][c]
@group(0) @binding(1) var<storage, read_write> y: array<f32>;   // [p]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let p = linear_id(id, groups);
    if (p >= params.pixels) { return; }
    y[p] = x[p * params.stride + params.channel];
}
