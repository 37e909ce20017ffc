
@group(0) @binding(5) var<storage, read> projection_weight: array<vec4<real>>;   // [j][o/4], then the largest magnitude among them

fn projection_weight_at(quad: u32) -> vec4<real> {
    return projection_weight[quad];
}

fn largest_projection_input(terms: u32) -> f32 {
    return input_limit(terms, f32(projection_weight[arrayLength(&projection_weight) - 1u].x));
}
