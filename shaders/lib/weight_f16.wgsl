
@group(0) @binding(4) var<storage, read> weight: array<vec2<u32>>;   // [ky][kx][i][o/4], pairs of f16, which need no extension

fn weight_at(quad: u32) -> vec4<f32> {
    let halves = weight[quad];
    return vec4<f32>(unpack2x16float(halves.x), unpack2x16float(halves.y));
}

/// A quad as it is in memory, so that a kernel can unpack it after the next loads have begun.
alias Loaded = vec2<u32>;

fn load_weight(quad: u32) -> Loaded {
    return weight[quad];
}

fn unpacked(words: Loaded) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}
