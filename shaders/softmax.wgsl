// Softmax: y[n,c] = exp(x[n,c] - m) / Σ(k) exp(x[n,k] - m) with m = max(k) x[n,k].
//
// Layout: vectors padded to a multiple of four; padding stays zero and takes no part in maximum and sum.
// One invocation, one picture: a head has few classes and a picture needs this once.
// Source: PyTorch torch.nn.Softmax(dim=1).

struct Extents {
    channels: u32,
    channel_quads: u32,
    pictures: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;         // [n][c]
@group(0) @binding(1) var<storage, read_write> y: array<f32>;   // [n][c]
@group(0) @binding(2) var<uniform> extents: Extents;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let picture = linear_id(id, groups);
    if (picture >= extents.pictures) { return; }
    let stride = extents.channel_quads * 4u;
    let first = picture * stride;

    var most = x[first];
    for (var c = 1u; c < extents.channels; c++) { most = max(most, x[first + c]); }
    var sum = 0.0;
    for (var c = 0u; c < extents.channels; c++) { sum += exp(x[first + c] - most); }
    for (var c = 0u; c < extents.channels; c++) { y[first + c] = exp(x[first + c] - most) / sum; }
    for (var c = extents.channels; c < stride; c++) { y[first + c] = 0.0; }
}
