// Linear: y[n,o] = bias[o] + Σ(i) x[n,i] · weight[i,o].
//
// Layouts: vectors padded to a multiple of four, weights [i][o] so that neighbouring invocations read neighbouring weights.
// PARTS invocations share four outputs of one image and add their sums in workgroup memory: a single image has too few outputs
// to saturate a GPU's memory bandwidth. One part needs no barrier.
// Source: PyTorch torch.nn.Linear.
//
// uses lib/weight_f32 or lib/weight_f16: weight_at

override PARTS: u32 = 1;

struct Params {
    in_quads: u32,
    out_quads: u32,
    quads: u32,       // of all images' outputs
}

@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;      // [o/4]
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;         // [n][i/4]
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;   // [n][o/4]
@group(0) @binding(6) var<uniform> params: Params;

var<workgroup> sums: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let columns = 64u / PARTS;
    let part = thread / columns;
    let at = (group.x + group.y * groups.x) * columns + thread % columns;
    let exists = at < params.quads;
    let n = params.out_quads;
    let quad = select(0u, at % n, exists);
    let first = select(0u, at / n * params.in_quads, exists);
    var sum = vec4<f32>();
    for (var i = part; i < params.in_quads; i += PARTS) {
        let w = i * 4u * n + quad;
        sum += mat4x4<f32>(weight_at(w), weight_at(w + n), weight_at(w + 2u * n), weight_at(w + 3u * n)) * x[first + i];
    }
    if (PARTS > 1u) {
        sums[thread] = sum;
        workgroupBarrier();
        for (var other = part + 1u; other < PARTS; other++) { sum += sums[thread + (other - part) * columns]; }
    }
    if (exists & (part == 0u)) { y[at] = sum + bias[quad]; }
}
