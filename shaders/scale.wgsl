// Scale: y[c] = factor · x[c] for one channel or for all of them; other channels are copied.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one pixel.
// Source: PyTorch torch.mul.
//
// uses lib/invocation_id: linear_id

struct Params {
    quads: u32,           // of the whole output
    channel_quads: u32,   // of one pixel
    channel: u32,         // ALL for all channels
    factor_bits: u32,     // of an f32
}

const ALL: u32 = 0xffffffffu;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // as x
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let factor = vec4<f32>(bitcast<f32>(params.factor_bits));
    let channels = vec4<u32>(at % params.channel_quads * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let one = select(vec4<f32>(1.0), factor, channels == vec4<u32>(params.channel));
    y[at] = x[at] * select(one, factor, vec4<bool>(params.channel == ALL));
}
