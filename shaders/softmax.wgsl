// Softmax: y[n,c] = exp(x[n,c] - m) / Σ(k) exp(x[n,k] - m) with m = max(k) x[n,k].
//
// Layout: vectors padded to a multiple of four; padding stays zero and is excluded from maximum and sum.
// One invocation computes one image: a head has few classes, and this runs once per image.
// Source: PyTorch torch.nn.Softmax(dim=1).
//
// uses lib/invocation_id: linear_id

struct Params {
    channels: u32,
    channel_quads: u32,
    images: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;         // [n][c]
@group(0) @binding(1) var<storage, read_write> y: array<f32>;   // [n][c]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let image = linear_id(id, groups);
    if (image >= params.images) { return; }
    let stride = params.channel_quads * 4u;
    let first = image * stride;

    var most = x[first];
    for (var c = 1u; c < params.channels; c++) { most = max(most, x[first + c]); }
    var sum = 0.0;
    for (var c = 0u; c < params.channels; c++) { sum += exp(x[first + c] - most); }
    for (var c = 0u; c < params.channels; c++) { y[first + c] = exp(x[first + c] - most) / sum; }
    for (var c = params.channels; c < stride; c++) { y[first + c] = 0.0; }
}
