
@group(0) @binding(4) var<storage, read> weight: array<vec4<f32>>;   // [ky][kx][i][o/4]

fn weight_at(quad: u32) -> vec4<f32> {
    return weight[quad];
}

/// A quad as it is in memory, so that a kernel can unpack it after the next loads have begun.
alias Loaded = vec4<f32>;

fn load_weight(quad: u32) -> Loaded {
    return weight[quad];
}

fn unpacked(words: Loaded) -> vec4<f32> {
    return words;
}
