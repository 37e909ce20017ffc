// Conv2d as an implicit GEMM through workgroup memory.
//
//   sum[m,o] = Σ(k) X[m,k] · W[k,o] with m = (n,y,x), k = (ky,kx,i): the patches of the window are gathered while they are loaded,
//   without an im2col matrix. Then the epilogue, or with slices the sum over one part of k for conv2d_reduce.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// A workgroup of 64 invocations computes a tile of THREADS_M·ROWS pixels x 64/THREADS_M·QUADS·4 channels. A step loads CHUNK quads
// of input channels under one tap; an invocation then multiplies matrices of 4 channels x 4 input channels and 4 input channels
// x 4 pixels. Its pixels have stride THREADS_M and its quads stride 64/THREADS_M, so that neighbouring invocations read neighbouring
// words of workgroup memory. The widths of ResNet's maps are multiples of 7: with ROWS = 7 no row of a tile is wasted.
// Products are `real`, f32 or f16. In f16, the 4·CHUNK products of a step are added in f16 and the steps in f32. Then
// |error| ≤ (4·CHUNK + 3) · 2⁻¹¹ · Σ(k) |X·W|, of which 2⁻¹⁰ is due to inputs, which are rounded as they are loaded.
// A slice (z) computes `steps_per_slice` of the steps: a 7x7 map has too few tiles to occupy a GPU, so its long sums are split.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.
//
// uses lib/activation
// uses lib/epilogue
// uses lib/conv_params: params, store
// uses lib/conv_window: window_origin, tap_offset
// uses lib/products_f32 + lib/weight_f32 or lib/products_f32 + lib/weight_f16 or lib/products_f16: real, SHORT_SUMS, largest_input, rounded, weight_at

override THREADS_M: u32 = 8;
override ROWS: u32 = 8;
override QUADS: u32 = 2;
override CHUNK: u32 = 4;
// Lengths of the arrays below. They are products of the overrides above, which naga 30 does not support as array lengths.
override ORIGINS: u32 = 64;
override XS: u32 = 256;
override WS: u32 = 256;

@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;          // [n][iy][ix][i/4]

var<workgroup> origins: array<vec3<i32>, ORIGINS>;   // [pixel]
var<workgroup> xs: array<vec4<real>, XS>;            // [i/4][pixel]
var<workgroup> ws: array<vec4<real>, WS>;            // [i][o/4]

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let threads_n = 64u / THREADS_M;
    let tile_pixels = THREADS_M * ROWS;
    let tile_quads = threads_n * QUADS;
    let columns = (params.out_quads + tile_quads - 1u) / tile_quads;
    let tile = group.x + group.y * groups.x;
    let pixel = tile / columns * tile_pixels;
    let quad = tile % columns * tile_quads;
    if (pixel >= params.pixels) { return; }
    for (var p = thread; p < tile_pixels; p += 64u) { origins[p] = window_origin(pixel + p); }
    workgroupBarrier();

    let m = thread / threads_n;
    let n = thread % threads_n;
    let m4 = 4u * THREADS_M;
    // With 7 rows, the eighth operand repeats the last row; its sums are not stored.
    let last = (ROWS - 1u) * THREADS_M;
    let most = largest_input(4u * CHUNK);
    // Pixels 0-3 and 4-7 down, channels 0-3 and 4-7 across.
    var s00 = mat4x4<real>(); var s01 = mat4x4<real>();
    var s10 = mat4x4<real>(); var s11 = mat4x4<real>();
    // Accumulators in f32.
    var t00 = mat4x4<f32>(); var t01 = mat4x4<f32>();
    var t10 = mat4x4<f32>(); var t11 = mat4x4<f32>();

    let steps_per_tap = (params.in_quads + CHUNK - 1u) / CHUNK;
    let steps = params.kernel_height * params.kernel_width * steps_per_tap;
    let begin = group.z * params.step_slice;
    let end = min(begin + params.steps_per_slice, steps);
    let x_slice = group.z * params.x_slice;
    let w_slice = group.z * params.weight_slice;
    var i = begin % steps_per_tap * CHUNK;
    var ky = begin / steps_per_tap / params.kernel_width;
    var kx = begin / steps_per_tap % params.kernel_width;
    for (var step = begin; step < end; step++) {
        for (var e = thread; e < CHUNK * tile_pixels; e += 64u) {
            let p = e / CHUNK;
            let q = e % CHUNK;
            let start = tap_offset(origins[p], ky, kx);
            let inside = (start >= 0) & (i + q < params.in_quads);
            let values = select(vec4<f32>(), x[select(0u, x_slice + u32(start) + i + q, inside)], inside);
            xs[q * tile_pixels + p] = rounded(values, most);
        }
        let row = ((ky * params.kernel_width + kx) * params.in_quads + i) * 4u;
        for (var e = thread; e < CHUNK * 4u * tile_quads; e += 64u) {
            let k = e / tile_quads;
            let o = quad + e % tile_quads;
            let inside = (o < params.out_quads) & (i + k / 4u < params.in_quads);
            ws[e] = select(vec4<real>(), weight_at(select(0u, w_slice + (row + k) * params.out_quads + o, inside)), inside);
        }
        workgroupBarrier();
        for (var q = 0u; q < CHUNK; q++) {
            let p = q * tile_pixels + m;
            let x0 = mat4x4<real>(xs[p], xs[p + THREADS_M], xs[p + 2u * THREADS_M], xs[p + 3u * THREADS_M]);
            let x1 = mat4x4<real>(xs[p + m4], xs[p + m4 + THREADS_M], xs[p + m4 + 2u * THREADS_M], xs[p + last]);
            let w = q * 4u * tile_quads + n;
            let w0 = mat4x4<real>(ws[w], ws[w + tile_quads], ws[w + 2u * tile_quads], ws[w + 3u * tile_quads]);
            s00 += w0 * x0;
            s10 += w0 * x1;
            if (QUADS == 2u) {
                let v = w + threads_n;
                let w1 = mat4x4<real>(ws[v], ws[v + tile_quads], ws[v + 2u * tile_quads], ws[v + 3u * tile_quads]);
                s01 += w1 * x0;
                s11 += w1 * x1;
            }
        }
        workgroupBarrier();
        if (SHORT_SUMS) {
            t00 += mat4x4<f32>(s00);
            t10 += mat4x4<f32>(s10);
            s00 = mat4x4<real>();
            s10 = mat4x4<real>();
            if (QUADS == 2u) {
                t01 += mat4x4<f32>(s01);
                t11 += mat4x4<f32>(s11);
                s01 = mat4x4<real>();
                s11 = mat4x4<real>();
            }
        }
        i += CHUNK;
        if (i >= params.in_quads) {
            i = 0u;
            kx++;
            if (kx == params.kernel_width) { kx = 0u; ky++; }
        }
    }

    if (!SHORT_SUMS) {
        t00 = mat4x4<f32>(s00); t01 = mat4x4<f32>(s01);
        t10 = mat4x4<f32>(s10); t11 = mat4x4<f32>(s11);
    }
    for (var r = 0u; r < 4u; r++) {
        let near = pixel + m + r * THREADS_M;
        store(near, quad + n, group.z, t00[r]);
        if (QUADS == 2u) { store(near, quad + n + threads_n, group.z, t01[r]); }
        if (r + 4u < ROWS) {
            store(near + m4, quad + n, group.z, t10[r]);
            if (QUADS == 2u) { store(near + m4, quad + n + threads_n, group.z, t11[r]); }
        }
    }
}
