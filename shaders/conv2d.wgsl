// Conv2d in registers: no workgroup memory, no barrier.
//
//   sum[n,y,x,o] = Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, i] · weight[ky,kx,i,o], then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// One invocation computes a tile of 8 pixels x 8 channels, or 14 x 16 if WIDE. With w = 4 channels x 4 input channels and x = 4 input
// channels x 4 pixels, w * x is 64 products from 8 loads, and every load serves several such matrices. This is faster than any tile
// in workgroup memory on adapters with expensive barriers; the wide tile is faster where loads are expensive as well.
// Bounds tests are joined with `&`, not `&&`: the branches of short-circuit logic for eight pixels make SwiftShader's compiler run
// for minutes. Sums are selected by `select`, not from an array: llvmpipe's compiler takes seconds for an array of this size, and
// as long for an epilogue per pixel.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.
//
// uses lib/activation
// uses lib/epilogue: channel_epilogue
// uses lib/conv_params: params, store_channel
// uses lib/conv_window: window_origin, tap_offset
// uses lib/weight_f32 or lib/weight_f16: weight_at
// uses lib/direct_8x8 or lib/direct_14x16: WIDE, PIXELS, QUADS, LANES

@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;          // [n][iy][ix][i/4]

/// Four channels of 14 pixels if WIDE, else of 8.
struct Pixels {
    a: mat4x4<f32>,
    b: mat4x4<f32>,
    c: mat3x4<f32>,
    d: mat3x4<f32>,
}

fn load(start: i32, quad: u32) -> vec4<f32> {
    return select(vec4<f32>(), x[u32(max(start, 0)) + quad], start >= 0);
}

/// Four output channels by four input channels, which have stride `n`.
fn weights_at(w: u32, n: u32) -> mat4x4<f32> {
    return mat4x4<f32>(weight_at(w), weight_at(w + n), weight_at(w + 2u * n), weight_at(w + 3u * n));
}

fn add(sums: ptr<function, Pixels>, weights: mat4x4<f32>, x: Pixels) {
    (*sums).a += weights * x.a;
    (*sums).b += weights * x.b;
    if (WIDE) {
        (*sums).c += weights * x.c;
        (*sums).d += weights * x.d;
    }
}

/// The sums of pixel `p`.
fn pick(sums: Pixels, p: u32) -> vec4<f32> {
    var sum = sums.a[0];
    sum = select(sum, sums.a[1], p == 1u);
    sum = select(sum, sums.a[2], p == 2u);
    sum = select(sum, sums.a[3], p == 3u);
    sum = select(sum, sums.b[0], p == 4u);
    sum = select(sum, sums.b[1], p == 5u);
    sum = select(sum, sums.b[2], p == 6u);
    sum = select(sum, sums.b[3], p == 7u);
    if (WIDE) {
        sum = select(sum, sums.c[0], p == 8u);
        sum = select(sum, sums.c[1], p == 9u);
        sum = select(sum, sums.c[2], p == 10u);
        sum = select(sum, sums.d[0], p == 11u);
        sum = select(sum, sums.d[1], p == 12u);
        sum = select(sum, sums.d[2], p == 13u);
    }
    return sum;
}

/// Stores the sums of a channel quad.
fn finish(sums: Pixels, pixel: u32, quad: u32, slice: u32) {
    let channel = channel_epilogue(quad, params.out_quads);
    for (var p = 0u; p < PIXELS; p++) { store_channel(channel, pixel + p, quad, slice, pick(sums, p)); }
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let n = params.out_quads;
    let columns = (n + QUADS - 1u) / QUADS;
    let tile = id.x + id.y * groups.x * LANES;
    let quad = tile % columns * QUADS;
    let pixel = tile / columns * PIXELS;
    if (pixel >= params.pixels) { return; }
    // Beyond the last quad, the last one is read again and its sums are not stored.
    let o1 = min(1u, n - 1u - quad);
    let o2 = min(2u, n - 1u - quad);
    let o3 = min(3u, n - 1u - quad);
    let first = id.z * params.x_slice;

    // Outside of the loops, because division is expensive.
    let p0 = window_origin(pixel);
    let p1 = window_origin(pixel + 1u);
    let p2 = window_origin(pixel + 2u);
    let p3 = window_origin(pixel + 3u);
    let p4 = window_origin(pixel + 4u);
    let p5 = window_origin(pixel + 5u);
    let p6 = window_origin(pixel + 6u);
    let p7 = window_origin(pixel + 7u);
    let p8 = window_origin(pixel + 8u);
    let p9 = window_origin(pixel + 9u);
    let p10 = window_origin(pixel + 10u);
    let p11 = window_origin(pixel + 11u);
    let p12 = window_origin(pixel + 12u);
    let p13 = window_origin(pixel + 13u);

    var s0 = Pixels();
    var s1 = Pixels();
    var s2 = Pixels();
    var s3 = Pixels();
    var w = id.z * params.weight_slice + quad;
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        for (var kx = 0u; kx < params.kernel_width; kx++) {
            let t0 = tap_offset(p0, ky, kx);
            let t1 = tap_offset(p1, ky, kx);
            let t2 = tap_offset(p2, ky, kx);
            let t3 = tap_offset(p3, ky, kx);
            let t4 = tap_offset(p4, ky, kx);
            let t5 = tap_offset(p5, ky, kx);
            let t6 = tap_offset(p6, ky, kx);
            let t7 = tap_offset(p7, ky, kx);
            let t8 = tap_offset(p8, ky, kx);
            let t9 = tap_offset(p9, ky, kx);
            let t10 = tap_offset(p10, ky, kx);
            let t11 = tap_offset(p11, ky, kx);
            let t12 = tap_offset(p12, ky, kx);
            let t13 = tap_offset(p13, ky, kx);
            for (var i = first; i < first + params.in_quads; i++) {
                var x = Pixels();
                x.a = mat4x4<f32>(load(t0, i), load(t1, i), load(t2, i), load(t3, i));
                x.b = mat4x4<f32>(load(t4, i), load(t5, i), load(t6, i), load(t7, i));
                if (WIDE) {
                    x.c = mat3x4<f32>(load(t8, i), load(t9, i), load(t10, i));
                    x.d = mat3x4<f32>(load(t11, i), load(t12, i), load(t13, i));
                }
                add(&s0, weights_at(w, n), x);
                add(&s1, weights_at(w + o1, n), x);
                if (WIDE) {
                    add(&s2, weights_at(w + o2, n), x);
                    add(&s3, weights_at(w + o3, n), x);
                }
                w += 4u * n;
            }
        }
    }
    for (var q = 0u; q < min(QUADS, n - quad); q++) {
        var sums = s0;
        if (q == 1u) { sums = s1; }
        if (q == 2u) { sums = s2; }
        if (q == 3u) { sums = s3; }
        finish(sums, pixel, quad + q, id.z);
    }
}
