// Frame preprocessing, first step: resamples every row of the frame to the width of the crop.
//
//   y[row,x] = clip8((half + Σ(k) weight[x,k] · frame[row, first[x] + k]) >> 22)
//
// Fixed-point arithmetic as in Pillow, so that the results are identical. One invocation computes one pixel of three channels.
// Layouts: a pixel is a u32 with red in the lowest byte; taps hold first, count and weights for each column.
// Source: Pillow, src/libImaging/Resample.c; `src/preprocess/resample.rs`.
//
// uses lib/invocation_id: linear_id
// uses lib/fixed_point_resample: half, clip8, unpack, pack

struct Params {
    width: u32,
    stride: u32,
    first_row: u32,
    columns: u32,
    taps: u32,
    mirrored: u32,
    threads: u32,
}

@group(0) @binding(0) var<storage, read> frame: array<u32>;      // [row][column], rows `stride` apart
@group(0) @binding(1) var<storage, read> taps: array<i32>;       // [x][first, count, weights]
@group(0) @binding(2) var<storage, read_write> y: array<u32>;    // [row][x]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.threads) { return; }
    let table = at % params.columns * params.taps;
    let row = (at / params.columns + params.first_row) * params.stride;
    let first = u32(taps[table]);
    let count = u32(taps[table + 1u]);
    var sum = half();
    for (var k = 0u; k < count; k++) {
        let column = select(first + k, params.width - 1u - first - k, params.mirrored == 1u);
        sum += taps[table + 2u + k] * unpack(frame[row + column]);
    }
    y[at] = pack(clip8(sum));
}
