// OneHot: 1 at one channel, at one position or at all of them; 0 elsewhere.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel; for the largest channel of
// a vector each looks at all of them, which needs no second dispatch.
//
// uses lib/invocation_id: linear_id

struct Params {
    channels: u32,        // without padding
    channel_quads: u32,
    channel: u32,         // ANY for the largest one of each image
    pixels: u32,          // of one image
    pixel: u32,           // ANY for all positions
    quads: u32,           // of the whole output
}

const ANY: u32 = 0xffffffffu;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;          // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;   // as x
@group(0) @binding(2) var<uniform> params: Params;

/// The largest channel of the vector that starts at quad `first`; of equal ones the first.
fn largest(first: u32) -> u32 {
    var most = 0u;
    var value = x[first].x;
    for (var c = 1u; c < params.channels; c++) {
        let other = x[first + c / 4u][c % 4u];
        if (other > value) {
            value = other;
            most = c;
        }
    }
    return most;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let pixel = at / params.channel_quads;
    var channel = params.channel;
    if (channel == ANY) { channel = largest(pixel * params.channel_quads); }
    let channels = vec4<u32>(at % params.channel_quads * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let is_place = (params.pixel == ANY) | (pixel % params.pixels == params.pixel);
    dx[at] = select(vec4<f32>(), vec4<f32>(1.0), (channels == vec4<u32>(channel)) & vec4<bool>(is_place));
}
