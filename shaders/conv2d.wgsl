// Conv2d with a fused epilogue.
//
//   sum[n,y,x,o] = bias[o] + Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, i] · weight[ky,kx,i,o]
//   y = relu(sum * scale[o] + shift[o] + residual): BatchNorm2d, Add and ReLU in one line, each only where asked for.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// One invocation computes 8 neighbouring pixels of 8 neighbouring channels in registers. Each value of x loaded serves 8
// products, each weight 8 too. There is no workgroup memory and no barrier: on software adapters a barrier costs more than it
// saves. The bounds tests are joined with `&`, not `&&`: the branches of short-circuit logic in eight pixels make
// SwiftShader's compiler run for minutes.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.

override BIAS: bool = false;
override NORM: bool = false;
override RESIDUAL: bool = false;
override RELU: bool = false;

struct Extents {
    in_height: u32,
    in_width: u32,
    out_height: u32,
    out_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride_y: u32,
    stride_x: u32,
    padding_y: u32,
    padding_x: u32,
    in_quads: u32,
    out_quads: u32,
    pixels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;          // [n][iy][ix][i/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;     // [ky][kx][i][o/4]
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;       // [o/4]
@group(0) @binding(3) var<storage, read> affine: array<vec4<f32>>;     // scale [o/4], then shift [o/4]
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;   // as y
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;    // [n][y][x][o/4]
@group(0) @binding(6) var<uniform> extents: Extents;

/// Where the channels of the pixel under (ky, kx) begin in x; -1 where that is padding or the output pixel does not exist.
fn tap(pixel: u32, ky: u32, kx: u32) -> i32 {
    let column = pixel % extents.out_width;
    let rows = pixel / extents.out_width;
    let row = rows % extents.out_height;
    let picture = rows / extents.out_height;
    let iy = i32(row * extents.stride_y + ky) - i32(extents.padding_y);
    let ix = i32(column * extents.stride_x + kx) - i32(extents.padding_x);
    let inside = (iy >= 0) & (iy < i32(extents.in_height)) & (ix >= 0) & (ix < i32(extents.in_width)) & (pixel < extents.pixels);
    let start = ((i32(picture * extents.in_height) + iy) * i32(extents.in_width) + ix) * i32(extents.in_quads);
    return select(-1, start, inside);
}

fn load(start: i32, quad: u32) -> vec4<f32> {
    return select(vec4<f32>(), x[u32(max(start, 0)) + quad], start >= 0);
}

fn store(pixel: u32, quad: u32, sum: vec4<f32>) {
    if ((pixel < extents.pixels) & (quad < extents.out_quads)) {
        let at = pixel * extents.out_quads + quad;
        var value = sum;
        if (BIAS) { value += bias[quad]; }
        if (NORM) { value = value * affine[quad] + affine[extents.out_quads + quad]; }
        if (RESIDUAL) { value += residual[at]; }
        if (RELU) { value = max(value, vec4<f32>()); }
        y[at] = value;
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let pairs = (extents.out_quads + 1u) / 2u;
    let tile = linear_id(id, groups);
    let quad = tile % pairs * 2u;
    let pixel = tile / pairs * 8u;
    if (pixel >= extents.pixels) { return; }
    // An odd number of quads leaves the last invocation one: it reads that one twice and `store` drops the copy.
    let second = min(1u, extents.out_quads - 1u - quad);

    var a0 = vec4<f32>(); var b0 = vec4<f32>();
    var a1 = vec4<f32>(); var b1 = vec4<f32>();
    var a2 = vec4<f32>(); var b2 = vec4<f32>();
    var a3 = vec4<f32>(); var b3 = vec4<f32>();
    var a4 = vec4<f32>(); var b4 = vec4<f32>();
    var a5 = vec4<f32>(); var b5 = vec4<f32>();
    var a6 = vec4<f32>(); var b6 = vec4<f32>();
    var a7 = vec4<f32>(); var b7 = vec4<f32>();
    var w = quad;
    for (var ky = 0u; ky < extents.kernel_height; ky++) {
        for (var kx = 0u; kx < extents.kernel_width; kx++) {
            let t0 = tap(pixel, ky, kx);
            let t1 = tap(pixel + 1u, ky, kx);
            let t2 = tap(pixel + 2u, ky, kx);
            let t3 = tap(pixel + 3u, ky, kx);
            let t4 = tap(pixel + 4u, ky, kx);
            let t5 = tap(pixel + 5u, ky, kx);
            let t6 = tap(pixel + 6u, ky, kx);
            let t7 = tap(pixel + 7u, ky, kx);
            for (var i = 0u; i < extents.in_quads; i++) {
                let x0 = load(t0, i);
                let x1 = load(t1, i);
                let x2 = load(t2, i);
                let x3 = load(t3, i);
                let x4 = load(t4, i);
                let x5 = load(t5, i);
                let x6 = load(t6, i);
                let x7 = load(t7, i);
                var p: vec4<f32>; var q: vec4<f32>;
                p = weight[w]; q = weight[w + second]; w += extents.out_quads;
                a0 += x0.x * p; b0 += x0.x * q; a1 += x1.x * p; b1 += x1.x * q;
                a2 += x2.x * p; b2 += x2.x * q; a3 += x3.x * p; b3 += x3.x * q;
                a4 += x4.x * p; b4 += x4.x * q; a5 += x5.x * p; b5 += x5.x * q;
                a6 += x6.x * p; b6 += x6.x * q; a7 += x7.x * p; b7 += x7.x * q;
                p = weight[w]; q = weight[w + second]; w += extents.out_quads;
                a0 += x0.y * p; b0 += x0.y * q; a1 += x1.y * p; b1 += x1.y * q;
                a2 += x2.y * p; b2 += x2.y * q; a3 += x3.y * p; b3 += x3.y * q;
                a4 += x4.y * p; b4 += x4.y * q; a5 += x5.y * p; b5 += x5.y * q;
                a6 += x6.y * p; b6 += x6.y * q; a7 += x7.y * p; b7 += x7.y * q;
                p = weight[w]; q = weight[w + second]; w += extents.out_quads;
                a0 += x0.z * p; b0 += x0.z * q; a1 += x1.z * p; b1 += x1.z * q;
                a2 += x2.z * p; b2 += x2.z * q; a3 += x3.z * p; b3 += x3.z * q;
                a4 += x4.z * p; b4 += x4.z * q; a5 += x5.z * p; b5 += x5.z * q;
                a6 += x6.z * p; b6 += x6.z * q; a7 += x7.z * p; b7 += x7.z * q;
                p = weight[w]; q = weight[w + second]; w += extents.out_quads;
                a0 += x0.w * p; b0 += x0.w * q; a1 += x1.w * p; b1 += x1.w * q;
                a2 += x2.w * p; b2 += x2.w * q; a3 += x3.w * p; b3 += x3.w * q;
                a4 += x4.w * p; b4 += x4.w * q; a5 += x5.w * p; b5 += x5.w * q;
                a6 += x6.w * p; b6 += x6.w * q; a7 += x7.w * p; b7 += x7.w * q;
            }
        }
    }
    store(pixel, quad, a0); store(pixel, quad + 1u, b0);
    store(pixel + 1u, quad, a1); store(pixel + 1u, quad + 1u, b1);
    store(pixel + 2u, quad, a2); store(pixel + 2u, quad + 1u, b2);
    store(pixel + 3u, quad, a3); store(pixel + 3u, quad + 1u, b3);
    store(pixel + 4u, quad, a4); store(pixel + 4u, quad + 1u, b4);
    store(pixel + 5u, quad, a5); store(pixel + 5u, quad + 1u, b5);
    store(pixel + 6u, quad, a6); store(pixel + 6u, quad + 1u, b6);
    store(pixel + 7u, quad, a7); store(pixel + 7u, quad + 1u, b7);
}
