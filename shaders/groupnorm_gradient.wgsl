// Group normalisation, gradient, second step: dx[n,p,c] = inverse · (g - means.x - z · means.y) with g = dy[n,p,c] · weight[c],
// z = (x[n,p,c] - mean) · inverse, and the statistics and means of c's group.
//
// Layout: NHWC, channels padded to a multiple of four. Padding channels have no group; they stay zero because their inverse deviation is
// taken as zero. One invocation computes four channels of one pixel, which may belong to several groups.
// Source: PyTorch native_group_norm_backward.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    group_channels: u32,
    groups: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;           // [n][p][c/4]
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;            // as dy
@group(0) @binding(2) var<storage, read> statistics: array<vec2<f32>>;   // [n][group]: mean, inverse deviation
@group(0) @binding(3) var<storage, read> means: array<vec2<f32>>;        // [n][group]: of g, of g · z
@group(0) @binding(4) var<storage, read> affine: array<vec4<f32>>;       // weight[c/4], then bias[c/4]
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>;     // as dy
@group(0) @binding(6) var<uniform> params: Params;

/// Mean, inverse deviation and the two means of a channel's group; zeros for a padding channel.
fn of_channel(image: u32, channel: u32) -> vec4<f32> {
    let group = channel / params.group_channels;
    if (group >= params.groups) { return vec4<f32>(); }
    let part = image * params.groups + group;
    return vec4<f32>(statistics[part], means[part]);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let image = at / (params.pixels * params.channel_quads);
    let quad = at % params.channel_quads;
    let a = of_channel(image, quad * 4u);
    let b = of_channel(image, quad * 4u + 1u);
    let c = of_channel(image, quad * 4u + 2u);
    let d = of_channel(image, quad * 4u + 3u);
    let inverse = vec4<f32>(a.y, b.y, c.y, d.y);
    let z = (x[at] - vec4<f32>(a.x, b.x, c.x, d.x)) * inverse;
    let centred = dy[at] * affine[quad] - vec4<f32>(a.z, b.z, c.z, d.z) - z * vec4<f32>(a.w, b.w, c.w, d.w);
    dx[at] = inverse * centred;
}
