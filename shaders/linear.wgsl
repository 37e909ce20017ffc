// Linear: y[n,o] = bias[o] + Σ(i) x[n,i] · weight[i,o].
//
// Layouts: vectors padded to a multiple of four, weights [i][o] so that neighbouring invocations read neighbouring weights.
// One invocation, four outputs of one picture.
// Source: PyTorch torch.nn.Linear.

struct Extents {
    in_quads: u32,
    out_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][i/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;    // [i][o/4]
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;      // [o/4]
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;   // [n][o/4]
@group(0) @binding(4) var<uniform> extents: Extents;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= extents.quads) { return; }
    let quad = at % extents.out_quads;
    let first = at / extents.out_quads * extents.in_quads;
    var sum = vec4<f32>();
    var w = quad;
    for (var i = 0u; i < extents.in_quads; i++) {
        let four = x[first + i];
        sum += four.x * weight[w];
        sum += four.y * weight[w + extents.out_quads];
        sum += four.z * weight[w + 2u * extents.out_quads];
        sum += four.w * weight[w + 3u * extents.out_quads];
        w += 4u * extents.out_quads;
    }
    y[at] = sum + bias[quad];
}
