
@group(0) @binding(4) var<storage, read> weight: array<f32>;   // [ky][kx][i][o]

fn weight_at(index: u32) -> f32 {
    return weight[index];
}
