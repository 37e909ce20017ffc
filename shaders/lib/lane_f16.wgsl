
@group(0) @binding(4) var<storage, read> weight: array<u32>;   // [ky][kx][i][o/2], two halves each

fn weight_at(index: u32) -> f32 {
    let halves = unpack2x16float(weight[index / 2u]);
    return select(halves.x, halves.y, (index & 1u) == 1u);
}
