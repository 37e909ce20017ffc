
/// The type of operands and products.
alias real = f32;

/// Whether the sum of each step is added to an accumulator in f32.
const SHORT_SUMS: bool = false;

fn largest_input(_terms: u32) -> f32 {
    return 0.0;
}

fn rounded(values: vec4<f32>, _most: f32) -> vec4<real> {
    return values;
}
