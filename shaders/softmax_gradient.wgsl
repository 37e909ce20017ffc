// Softmax, gradient: dx[i] = y[i] · (dy[i] - Σ(j) dy[j] · y[j]).
//
// Layout: vectors padded with zeros to a multiple of four. One invocation computes one image.
// Source: PyTorch _softmax_backward_data.
//
// uses lib/invocation_id: linear_id

struct Params {
    channel_quads: u32,
    images: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][c/4]
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;          // as dy
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;   // as dy
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let image = linear_id(id, groups);
    if (image >= params.images) { return; }
    let first = image * params.channel_quads;
    var sum = 0.0;
    for (var q = first; q < first + params.channel_quads; q++) { sum += dot(dy[q], y[q]); }
    for (var q = first; q < first + params.channel_quads; q++) { dx[q] = y[q] * (dy[q] - sum); }
}
