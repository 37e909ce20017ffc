
// The epilogue of a sum, from params.epilogue: one bit per part, then the code of the activation. It is uniform data and not an
// `override`, so that layers which differ only in their epilogue share a pipeline: the first image waits for every compilation.
const BIAS: u32 = 1u;
const NORM: u32 = 2u;
const RESIDUAL: u32 = 4u;
const ACTIVATION_SHIFT: u32 = 3u;

@group(0) @binding(0) var<storage, read> bias: array<vec4<f32>>;       // [o/4]
@group(0) @binding(1) var<storage, read> affine: array<vec4<f32>>;     // scale [o/4], then shift [o/4]
@group(0) @binding(2) var<storage, read> residual: array<vec4<f32>>;   // as the output

/// The part of the epilogue that all pixels of four channels share.
struct ChannelEpilogue {
    bias: vec4<f32>,
    scale: vec4<f32>,
    shift: vec4<f32>,
}

fn epilogue_has(part: u32) -> bool {
    return (params.epilogue & part) != 0u;
}

fn channel_epilogue(quad: u32, quads: u32) -> ChannelEpilogue {
    var channel = ChannelEpilogue(vec4<f32>(), vec4<f32>(1.0), vec4<f32>());
    if (epilogue_has(BIAS)) { channel.bias = bias[quad]; }
    if (epilogue_has(NORM)) {
        channel.scale = affine[quad];
        channel.shift = affine[quads + quad];
    }
    return channel;
}

/// y = activation((sum + bias) * scale + shift + residual): batch norm, addition and activation, each optional.
/// `at` is the index in the output.
fn epilogue(sum: vec4<f32>, channel: ChannelEpilogue, at: u32) -> vec4<f32> {
    var y = (sum + channel.bias) * channel.scale + channel.shift;
    if (epilogue_has(RESIDUAL)) { y += residual[at]; }
    return activate(params.epilogue >> ACTIVATION_SHIFT, y);
}
