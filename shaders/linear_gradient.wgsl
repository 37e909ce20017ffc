// Linear, gradient: dx[n,i] = Σ(o) dy[n,o] · weight[i,o].
//
// Layouts: vectors padded with zeros to a multiple of four, weights [i][o] as the forward kernel reads them. One invocation computes
// four inputs of one image from four rows of weights, in each of which it reads neighbouring values.
// Source: PyTorch torch.nn.Linear.
//
// uses lib/invocation_id: linear_id
// uses lib/weight_f32 or lib/weight_f16: weight_at

struct Params {
    in_quads: u32,
    out_quads: u32,
    quads: u32,       // of all images' inputs
}

@group(0) @binding(3) var<storage, read> dy: array<vec4<f32>>;         // [n][o/4]
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>;   // [n][i/4]
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let n = params.out_quads;
    let first = at / params.in_quads * n;
    let row = at % params.in_quads * 4u * n;
    var sum = vec4<f32>();
    for (var o = 0u; o < n; o++) {
        let w = row + o;
        sum += dy[first + o] * mat4x4<f32>(weight_at(w), weight_at(w + n), weight_at(w + 2u * n), weight_at(w + 3u * n));
    }
    dx[at] = sum;
}
