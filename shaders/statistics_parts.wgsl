// Statistics, first step: minimum, maximum, mean, squared distance from the mean and number of zeros of every 64 pixels of a channel.
//
//   mean = (1 / count) Σ(p) x[p,c]    distance = Σ(p) (x[p,c] - mean)²
//
// Layout: NHWC, channels padded to a multiple of four. One invocation reduces 64 pixels of four channels, so that
// neighbouring invocations read neighbouring channels. The values are read twice: sums of squares would lose precision.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;             // [p][c/4]
@group(0) @binding(1) var<storage, read_write> parts: array<vec4<f32>>;   // [part][min, max, mean, distance, zeros][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.threads) { return; }
    let quads = params.channel_quads;
    let quad = at % quads;
    let part = at / quads;
    let first = part * 64u;
    let end = min(first + 64u, params.pixels);

    var low = x[first * quads + quad];
    var high = low;
    var sum = vec4<f32>();
    var zeros = vec4<f32>();
    for (var p = first; p < end; p++) {
        let value = x[p * quads + quad];
        low = min(low, value);
        high = max(high, value);
        sum += value;
        zeros += select(vec4<f32>(), vec4<f32>(1.0), value == vec4<f32>());
    }
    let mean = sum / f32(end - first);
    var distance = vec4<f32>();
    for (var p = first; p < end; p++) {
        let away = x[p * quads + quad] - mean;
        distance += away * away;
    }

    let start = part * 5u * quads + quad;
    parts[start] = low;
    parts[start + quads] = high;
    parts[start + 2u * quads] = mean;
    parts[start + 3u * quads] = distance;
    parts[start + 4u * quads] = zeros;
}
