
/// Four weights as they lie in memory.
alias packed = vec4<f32>;

@group(0) @binding(4) var<storage, read> weight: array<packed>;   // [ky][kx][i][o/4]

fn weight_at(quad: u32) -> vec4<f32> {
    return weight[quad];
}

fn pack(weights: vec4<f32>) -> packed {
    return weights;
}
