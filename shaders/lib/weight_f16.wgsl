
/// Four weights as they lie in memory: halves, which every adapter can unpack.
alias packed = vec2<u32>;

@group(0) @binding(4) var<storage, read> weight: array<packed>;   // [ky][kx][i][o/4]

fn weight_at(quad: u32) -> vec4<f32> {
    let halves = weight[quad];
    return vec4<f32>(unpack2x16float(halves.x), unpack2x16float(halves.y));
}

fn pack(weights: vec4<f32>) -> packed {
    return packed(pack2x16float(weights.xy), pack2x16float(weights.zw));
}
