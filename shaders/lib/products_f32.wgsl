
/// The numbers that products are made of and added in.
alias real = f32;

/// Whether sums of products are moved on to sums in f32 at each step.
const SHORT_SUMS: bool = false;

fn largest_input(_terms: u32) -> f32 {
    return 0.0;
}

fn rounded(values: vec4<f32>, _most: f32) -> vec4<real> {
    return values;
}
