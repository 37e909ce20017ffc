// Residual sums: Σ F², Σ x² and Σ F·x of a branch F and a shortcut x of one shape.
//
// Layout: NHWC, channels padded with zeros to a multiple of four. An invocation sums every `threads`-th quad, a workgroup its 64
// invocations; the CPU adds the workgroups in f64.
//
// uses lib/invocation_id: linear_id

struct Params {
    quads: u32,     // of each tensor
    threads: u32,   // invocations of all workgroups
}

@group(0) @binding(0) var<storage, read> branch: array<vec4<f32>>;          // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read> shortcut: array<vec4<f32>>;        // as branch
@group(0) @binding(2) var<storage, read_write> parts: array<vec4<f32>>;     // [workgroup]: F², x², F·x, 0
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> sums: array<vec3<f32>, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = linear_id(id, groups);
    var sum = vec3<f32>();
    for (var at = thread; at < params.quads; at += params.threads) {
        let f = branch[at];
        let x = shortcut[at];
        sum += vec3<f32>(dot(f, f), dot(x, x), dot(f, x));
    }
    sums[local] = sum;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if (local < half) { sums[local] += sums[local + half]; }
        workgroupBarrier();
    }
    if (local == 0u) { parts[thread / 64u] = vec4<f32>(sums[0], 0.0); }
}
