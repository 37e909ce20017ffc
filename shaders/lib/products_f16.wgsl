
/// The type of operands and products.
alias real = f16;

/// Whether the sum of each step is added to an accumulator in f32: f16 has 11 bits, so that long sums would lose small products.
const SHORT_SUMS: bool = true;

@group(0) @binding(4) var<storage, read> weight: array<vec4<real>>;   // [ky][kx][i][o/4], then the largest magnitude among them

fn weight_at(quad: u32) -> vec4<real> {
    return weight[quad];
}

/// The largest magnitude of inputs for which no sum of `terms` products exceeds 65504, the largest f16. Larger inputs are clamped
/// to it, so that sums stay finite. 60000 leaves room for the rounding errors of 40 terms.
fn input_limit(terms: u32, largest_weight: f32) -> f32 {
    return min(60000.0 / (f32(terms) * max(largest_weight, 0.01)), 65504.0);
}

fn largest_input(terms: u32) -> f32 {
    return input_limit(terms, f32(weight[arrayLength(&weight) - 1u].x));
}

fn rounded(values: vec4<f32>, most: f32) -> vec4<real> {
    return vec4<real>(clamp(values, vec4<f32>(-most), vec4<f32>(most)));
}

/// A quad as it is in memory.
alias Loaded = vec4<real>;

fn load_weight(quad: u32) -> Loaded {
    return weight[quad];
}

fn unpacked(words: Loaded) -> vec4<real> {
    return words;
}
