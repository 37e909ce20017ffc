
/// The numbers that products are made of and added in.
alias real = f16;

/// Whether sums of products are moved on to sums in f32 at each step: f16 has 11 bits, long sums would lose the small products.
const SHORT_SUMS: bool = true;

@group(0) @binding(4) var<storage, read> weight: array<vec4<real>>;   // [ky][kx][i][o/4], then the largest magnitude among them

fn weight_at(quad: u32) -> vec4<real> {
    return weight[quad];
}

/// The largest magnitude of inputs with which no sum of so many products leaves f16, which ends at 65504. Larger inputs count
/// as this one: they come out too small, but nothing becomes infinite. 60000 leaves room for what rounding adds to 40 terms.
fn largest_input(terms: u32) -> f32 {
    let largest_weight = f32(weight[arrayLength(&weight) - 1u].x);
    return min(60000.0 / (f32(terms) * max(largest_weight, 0.01)), 65504.0);
}

fn rounded(values: vec4<f32>, most: f32) -> vec4<real> {
    return vec4<real>(clamp(values, vec4<f32>(-most), vec4<f32>(most)));
}
