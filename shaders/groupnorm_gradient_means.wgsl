// Group normalisation, gradient, first step: for each group of each image, means over its positions and channels.
//
//   means = ((1 / count) Σ g, (1 / count) Σ g · z) with g = dy[n,p,c] · weight[c], z = (x[n,p,c] - mean) · inverse
//
// Layout: NHWC, channels padded to a multiple of four. One workgroup computes one group of one image: each invocation sums every 64th
// value, then the 64 sums are added.
// Source: PyTorch native_group_norm_backward.

struct Params {
    pixels: u32,
    channel_quads: u32,
    group_channels: u32,
    groups: u32,
    parts: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;                  // [n][p][c]
@group(0) @binding(1) var<storage, read> x: array<f32>;                   // as dy
@group(0) @binding(2) var<storage, read> statistics: array<vec2<f32>>;    // [n][group]: mean, inverse deviation
@group(0) @binding(3) var<storage, read> affine: array<f32>;              // weight[c], then bias[c]
@group(0) @binding(4) var<storage, read_write> means: array<vec2<f32>>;   // [n][group]
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> sums: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = workgroup.x + workgroup.y * groups.x;
    if (part >= params.parts) { return; }
    let stride = params.channel_quads * 4u;
    let channel = part % params.groups * params.group_channels;
    let first = part / params.groups * params.pixels * stride;
    let count = params.pixels * params.group_channels;
    let statistic = statistics[part];

    var sum = vec2<f32>();
    for (var k = local; k < count; k += 64u) {
        let c = channel + k % params.group_channels;
        let at = first + k / params.group_channels * stride + c;
        let g = dy[at] * affine[c];
        sum += vec2<f32>(g, g * (x[at] - statistic.x) * statistic.y);
    }
    sums[local] = sum;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half = half / 2u) {
        if (local < half) { sums[local] += sums[local + half]; }
        workgroupBarrier();
    }
    if (local == 0u) { means[part] = sums[0] / f32(count); }
}
