
@group(0) @binding(5) var<storage, read> projection_weight: array<vec2<u32>>;   // [j][o/4], pairs of f16, which need no extension

fn projection_weight_at(quad: u32) -> vec4<f32> {
    let halves = projection_weight[quad];
    return vec4<f32>(unpack2x16float(halves.x), unpack2x16float(halves.y));
}

fn largest_projection_input(_terms: u32) -> f32 {
    return 0.0;
}
