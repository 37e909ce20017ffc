// Group normalisation, second step: y[n,p,c] = (x[n,p,c] - mean) · inverse · weight[c] + bias[c], with the statistics of c's group.
//
// Layout: NHWC, channels padded to a multiple of four; padding stays zero because weight and bias are zero there. One invocation
// computes four channels of one pixel, which may belong to several groups.
// Source: Wu & He 2018, equation 7; PyTorch torch.nn.GroupNorm.
//
// uses lib/invocation_id: linear_id

struct Params {
    pixels: u32,
    channel_quads: u32,
    group_channels: u32,
    groups: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;            // [n][p][c/4]
@group(0) @binding(1) var<storage, read> statistics: array<vec2<f32>>;   // [n][group]: mean, inverse deviation
@group(0) @binding(2) var<storage, read> affine: array<vec4<f32>>;       // weight[c/4], then bias[c/4]
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;      // as x
@group(0) @binding(4) var<uniform> params: Params;

/// The statistics of a channel's group; padding channels have those of the last group.
fn of_channel(image: u32, channel: u32) -> vec2<f32> {
    return statistics[image * params.groups + min(channel / params.group_channels, params.groups - 1u)];
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
    let mean = vec4<f32>(a.x, b.x, c.x, d.x);
    let inverse = vec4<f32>(a.y, b.y, c.y, d.y);
    y[at] = (x[at] - mean) * inverse * affine[quad] + affine[params.channel_quads + quad];
}
