// Conv2d as an implicit GEMM of cooperative matrices, which the invocations of a subgroup hold and multiply together.
//
//   sum[m,o] = Σ(k) X[m,k] · W[k,o] with m = (n,y,x), k = (ky,kx,i), operands in f16 and sums in f32; then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o] in f16; input channels are a multiple of 2·SIDE, output channels of 4·SIDE.
// A workgroup is one subgroup. It computes 2·SIDE pixels x 4·SIDE channels, 2 x 4 matrices. A step takes 2·SIDE input channels under
// one tap: the patch of the window is gathered, rounded to f16 and written to workgroup memory; weights are loaded directly.
// Source: Khronos, VK_KHR_cooperative_matrix; the WGSL is wgpu's own and experimental.
//
// uses lib/activation
// uses lib/epilogue
// uses lib/conv_params: params, store
// uses lib/conv_window: window_origin, tap_offset
// uses lib/matrix_8 or lib/matrix_16: SIDE, LANES, patches, filters, products

const CHUNK: u32 = 2u * SIDE;        // input channels per step
const PIXELS: u32 = 2u * SIDE;
const CHANNELS: u32 = 4u * SIDE;

@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;   // [n][iy][ix][i/4]
@group(0) @binding(4) var<storage, read> weight: array<f16>;    // [ky][kx][i][o]

var<workgroup> origins: array<vec3<i32>, PIXELS>;          // [pixel]
var<workgroup> xs: array<f16, PIXELS * CHUNK>;            // [pixel][i]
var<workgroup> sums: array<f32, PIXELS * CHANNELS>;       // [pixel][o]

/// Writes four channels of the patch, clamped to the range of f16.
fn store_patch(at: u32, values: vec4<f32>) {
    let rounded = vec4<f16>(clamp(values, vec4<f32>(-65504.0), vec4<f32>(65504.0)));
    xs[at] = rounded.x;
    xs[at + 1u] = rounded.y;
    xs[at + 2u] = rounded.z;
    xs[at + 3u] = rounded.w;
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let channels = params.out_quads * 4u;
    let columns = channels / CHANNELS;
    let tile = group.x + group.y * groups.x;
    let pixel = tile / columns * PIXELS;
    let channel = tile % columns * CHANNELS;
    if (pixel >= params.pixels) { return; }
    for (var p = thread; p < PIXELS; p += LANES) { origins[p] = window_origin(pixel + p); }
    workgroupBarrier();

    // Pixels down, channels across.
    var s00 = products(); var s01 = products(); var s02 = products(); var s03 = products();
    var s10 = products(); var s11 = products(); var s12 = products(); var s13 = products();
    var w = channel;
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        for (var kx = 0u; kx < params.kernel_width; kx++) {
            for (var i = 0u; i < params.in_channels; i += CHUNK) {
                for (var e = thread; e < PIXELS * CHUNK / 4u; e += LANES) {
                    let p = e / (CHUNK / 4u);
                    let q = e % (CHUNK / 4u);
                    let start = tap_offset(origins[p], ky, kx);
                    let values = x[u32(max(start, 0)) + i / 4u + q];
                    store_patch(p * CHUNK + q * 4u, select(vec4<f32>(), values, start >= 0));
                }
                workgroupBarrier();
                for (var k = 0u; k < CHUNK; k += SIDE) {
                    let x0 = coopLoadT<patches>(&xs[k], CHUNK);
                    let x1 = coopLoadT<patches>(&xs[SIDE * CHUNK + k], CHUNK);
                    let w0 = coopLoadT<filters>(&weight[w], channels);
                    s00 = coopMultiplyAdd(x0, w0, s00);
                    s10 = coopMultiplyAdd(x1, w0, s10);
                    let w1 = coopLoadT<filters>(&weight[w + SIDE], channels);
                    s01 = coopMultiplyAdd(x0, w1, s01);
                    s11 = coopMultiplyAdd(x1, w1, s11);
                    let w2 = coopLoadT<filters>(&weight[w + 2u * SIDE], channels);
                    s02 = coopMultiplyAdd(x0, w2, s02);
                    s12 = coopMultiplyAdd(x1, w2, s12);
                    let w3 = coopLoadT<filters>(&weight[w + 3u * SIDE], channels);
                    s03 = coopMultiplyAdd(x0, w3, s03);
                    s13 = coopMultiplyAdd(x1, w3, s13);
                    w += SIDE * channels;
                }
                workgroupBarrier();
            }
        }
    }

    coopStoreT(s00, &sums[0], CHANNELS);
    coopStoreT(s01, &sums[SIDE], CHANNELS);
    coopStoreT(s02, &sums[2u * SIDE], CHANNELS);
    coopStoreT(s03, &sums[3u * SIDE], CHANNELS);
    coopStoreT(s10, &sums[SIDE * CHANNELS], CHANNELS);
    coopStoreT(s11, &sums[SIDE * CHANNELS + SIDE], CHANNELS);
    coopStoreT(s12, &sums[SIDE * CHANNELS + 2u * SIDE], CHANNELS);
    coopStoreT(s13, &sums[SIDE * CHANNELS + 3u * SIDE], CHANNELS);
    workgroupBarrier();
    for (var e = thread; e < PIXELS * CHANNELS / 4u; e += LANES) {
        let quad = e % (CHANNELS / 4u);
        let sum = vec4<f32>(sums[e * 4u], sums[e * 4u + 1u], sums[e * 4u + 2u], sums[e * 4u + 3u]);
        store(pixel + e / (CHANNELS / 4u), channel / 4u + quad, 0u, sum);
    }
}
