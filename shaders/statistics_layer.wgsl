// Statistics, third step: merges all channels.
//
//   mean = (1 / C) Σ(c) mean[c]    distance = Σ(c) deviation[c]² · (n - 1) + n · (mean[c] - mean)²
//
// A single invocation: the channels are few. Padding channels are excluded.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    channels: u32,
}

@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;   // [min, max, mean, deviation, share of zeros][c/4], layer
@group(0) @binding(1) var<uniform> params: Params;

/// Which channels of the quad are not padding.
fn is_channel(quad: u32) -> vec4<bool> {
    return vec4<u32>(quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.channels);
}

fn total(four: vec4<f32>) -> f32 {
    return four.x + four.y + four.z + four.w;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if (linear_id(id, groups) > 0u) { return; }
    let quads = params.channel_quads;
    let channels = f32(params.channels);
    let pixels = f32(params.pixels);

    var low = vec4<f32>(y[0].x);
    var high = vec4<f32>(y[quads].x);
    var sum = vec4<f32>();
    var zeros = vec4<f32>();
    for (var quad = 0u; quad < quads; quad++) {
        let there = is_channel(quad);
        low = select(low, min(low, y[quad]), there);
        high = select(high, max(high, y[quads + quad]), there);
        sum += select(vec4<f32>(), y[2u * quads + quad], there);
        zeros += select(vec4<f32>(), y[4u * quads + quad], there);
    }
    let mean = total(sum) / channels;
    var distance = vec4<f32>();
    for (var quad = 0u; quad < quads; quad++) {
        let away = y[2u * quads + quad] - mean;
        let deviation = y[3u * quads + quad];
        let squares = deviation * deviation * (pixels - 1.0) + away * away * pixels;
        distance += select(vec4<f32>(), squares, is_channel(quad));
    }
    let deviation = sqrt(total(distance) / max(pixels * channels - 1.0, 1.0));
    let extremes = vec2<f32>(min(min(low.x, low.y), min(low.z, low.w)), max(max(high.x, high.y), max(high.z, high.w)));
    y[5u * quads] = vec4<f32>(extremes, mean, deviation);
    y[5u * quads + 1u] = vec4<f32>(total(zeros) / channels, 0.0, 0.0, 0.0);
}
