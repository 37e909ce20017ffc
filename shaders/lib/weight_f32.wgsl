
@group(0) @binding(4) var<storage, read> weight: array<vec4<f32>>;   // [ky][kx][i][o/4]

fn weight_at(quad: u32) -> vec4<f32> {
    return weight[quad];
}
