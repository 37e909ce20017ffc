// Statistics, second step: merges the parts of each channel.
//
//   mean = a + (b - a) · nb / n    distance = da + db + (b - a)² · na · nb / n
//
// One invocation merges four channels. Source: Chan, Golub & LeVeque 1983, equation 2.1.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<vec4<f32>>;     // [part][min, max, mean, distance, zeros][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [min, max, mean, deviation, share of zeros][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let quad = linear_id(id, groups);
    let quads = params.channel_quads;
    if (quad >= quads) { return; }

    var low = parts[quad];
    var high = parts[quads + quad];
    var mean = vec4<f32>();
    var distance = vec4<f32>();
    var zeros = vec4<f32>();
    for (var first = 0u; first < params.pixels; first += 64u) {
        let start = first / 64u * 5u * quads + quad;
        let before = f32(first);
        let count = f32(min(64u, params.pixels - first));
        let apart = parts[start + 2u * quads] - mean;
        low = min(low, parts[start]);
        high = max(high, parts[start + quads]);
        mean += apart * (count / (before + count));
        distance += parts[start + 3u * quads] + apart * apart * (before * count / (before + count));
        zeros += parts[start + 4u * quads];
    }

    y[quad] = low;
    y[quads + quad] = high;
    y[2u * quads + quad] = mean;
    y[3u * quads + quad] = sqrt(distance / max(f32(params.pixels) - 1.0, 1.0));
    y[4u * quads + quad] = zeros / f32(params.pixels);
}
