// Group normalisation, first step: mean and 1 / sqrt(variance + eps) over the positions and channels of each group.
//
//   mean = (1 / count) Σ x    inverse = 1 / sqrt((1 / count) Σ (x - mean)² + eps)
//
// Layout: NHWC, channels padded to a multiple of four. One workgroup computes one group of one image: each invocation sums every 64th
// value, then the 64 sums are added. The deviations are summed in a second pass, which loses no digits where the mean is large.
// Source: Wu & He 2018, equations 1 and 2.

struct Params {
    pixels: u32,
    channel_quads: u32,
    group_channels: u32,
    groups: u32,
    parts: u32,
    eps_bits: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;                        // [n][p][c]
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2<f32>>;   // [n][group]: mean, inverse deviation
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> sums: array<f32, 64>;

/// The sum over the workgroup.
fn total(local: u32, own: f32) -> f32 {
    sums[local] = own;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half = half / 2u) {
        if (local < half) { sums[local] += sums[local + half]; }
        workgroupBarrier();
    }
    let sum = sums[0];
    // The next sum overwrites the first one.
    workgroupBarrier();
    return sum;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = workgroup.x + workgroup.y * groups.x;
    if (part >= params.parts) { return; }
    let stride = params.channel_quads * 4u;
    let first = part / params.groups * params.pixels * stride + part % params.groups * params.group_channels;
    let count = params.pixels * params.group_channels;

    var sum = 0.0;
    for (var k = local; k < count; k += 64u) {
        sum += x[first + k / params.group_channels * stride + k % params.group_channels];
    }
    let mean = total(local, sum) / f32(count);
    var squares = 0.0;
    for (var k = local; k < count; k += 64u) {
        let away = x[first + k / params.group_channels * stride + k % params.group_channels] - mean;
        squares += away * away;
    }
    let variance = total(local, squares) / f32(count);
    if (local == 0u) {
        statistics[part] = vec2<f32>(mean, 1.0 / sqrt(variance + bitcast<f32>(params.eps_bits)));
    }
}
