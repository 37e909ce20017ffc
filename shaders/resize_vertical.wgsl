// Frame preprocessing, second step: resamples every column to the height of the crop and normalises the levels.
//
//   level = clip8((half + Σ(k) weight[y,k] · narrowed[first[y] + k, x]) >> 22)    x[y,x,c] = (level / 255 - mean[c]) / std[c]
//
// Where the crop exceeds the resized frame the level is 0. One invocation computes one pixel of the input.
// Layouts: a narrowed pixel is a u32 with red in the lowest byte; taps hold first, count and weights for each row; the input is NHWC
// with one quad.
// Source: Pillow, src/libImaging/Resample.c; torchvision's CenterCrop, ToTensor and Normalize.
//
// uses lib/invocation_id: linear_id
// uses lib/fixed_point_resample: half, clip8, unpack

struct Params {
    side: u32,
    columns: u32,
    rows: u32,
    left: u32,
    above: u32,
    first_row: u32,
    taps: u32,
    threads: u32,
}

@group(0) @binding(0) var<storage, read> narrowed: array<u32>;          // [row][x]
@group(0) @binding(1) var<storage, read> taps: array<i32>;              // [y][first, count, weights]
@group(0) @binding(2) var<storage, read> norm: array<vec4<f32>>;        // mean, then standard deviation; mean.w is 1 for grey
@group(0) @binding(3) var<storage, read_write> x: array<vec4<f32>>;     // [y][x]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.threads) { return; }
    // Left of and above the resized frame the difference wraps to a large number, which is outside as well.
    let column = at % params.side - params.left;
    let row = at / params.side - params.above;
    var level = vec3<i32>();
    if ((column < params.columns) & (row < params.rows)) {
        let table = row * params.taps;
        let first = u32(taps[table]) - params.first_row;
        let count = u32(taps[table + 1u]);
        var sum = half();
        for (var k = 0u; k < count; k++) {
            sum += taps[table + 2u + k] * unpack(narrowed[(first + k) * params.columns + column]);
        }
        level = clip8(sum);
    }
    if (norm[0].w > 0.5) {
        // Pillow's convert("L"): ITU-R 601-2 in 16 fractional bits, rounded.
        let grey = (level.r * 19595 + level.g * 38470 + level.b * 7471 + 0x8000) >> 16u;
        x[at] = vec4<f32>((f32(grey) / 255.0 - norm[0].r) / norm[1].r, 0.0, 0.0, 0.0);
        return;
    }
    x[at] = vec4<f32>((vec3<f32>(level) / 255.0 - norm[0].rgb) / norm[1].rgb, 0.0);
}
