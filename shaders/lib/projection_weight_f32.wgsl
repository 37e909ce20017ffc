
@group(0) @binding(5) var<storage, read> projection_weight: array<vec4<f32>>;   // [j][o/4]

fn projection_weight_at(quad: u32) -> vec4<f32> {
    return projection_weight[quad];
}

fn largest_projection_input(_terms: u32) -> f32 {
    return 0.0;
}
