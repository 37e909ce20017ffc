// Conv2d in registers: no workgroup memory, no barrier.
//
//   sum[n,y,x,o] = Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, i] · weight[ky,kx,i,o], then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// One invocation computes 8 neighbouring pixels of 8 neighbouring channels as four matrices of 4 channels x 4 pixels: with
// w = 4 channels x 4 input channels and x = 4 input channels x 4 pixels, w * x is 64 products from 8 loads. On adapters whose
// barriers are dear this beats any tile in workgroup memory.
// The bounds tests are joined with `&`, not `&&`: the branches of short-circuit logic in eight pixels make SwiftShader's
// compiler run for minutes.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.

@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;          // [n][iy][ix][i/4]

fn load(start: i32, quad: u32) -> vec4<f32> {
    return select(vec4<f32>(), x[u32(max(start, 0)) + quad], start >= 0);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let n = extents.out_quads;
    let pairs = (n + 1u) / 2u;
    let tile = linear_id(id, groups);
    let quad = tile % pairs * 2u;
    let pixel = tile / pairs * 8u;
    if (pixel >= extents.pixels) { return; }
    // An odd number of quads leaves the last invocation one: it reads that one twice and `store` drops the copy.
    let second = min(1u, n - 1u - quad);
    let first = id.z * extents.x_slice;

    // Outside of the loops, since dividing is dear.
    let p0 = place(pixel);
    let p1 = place(pixel + 1u);
    let p2 = place(pixel + 2u);
    let p3 = place(pixel + 3u);
    let p4 = place(pixel + 4u);
    let p5 = place(pixel + 5u);
    let p6 = place(pixel + 6u);
    let p7 = place(pixel + 7u);

    // Pixels 0-3 and 4-7 down, channels 0-3 and 4-7 across.
    var s00 = mat4x4<f32>(); var s01 = mat4x4<f32>();
    var s10 = mat4x4<f32>(); var s11 = mat4x4<f32>();
    var w = id.z * extents.weight_slice + quad;
    for (var ky = 0u; ky < extents.kernel_height; ky++) {
        for (var kx = 0u; kx < extents.kernel_width; kx++) {
            let t0 = tap(p0, ky, kx);
            let t1 = tap(p1, ky, kx);
            let t2 = tap(p2, ky, kx);
            let t3 = tap(p3, ky, kx);
            let t4 = tap(p4, ky, kx);
            let t5 = tap(p5, ky, kx);
            let t6 = tap(p6, ky, kx);
            let t7 = tap(p7, ky, kx);
            for (var i = first; i < first + extents.in_quads; i++) {
                let x0 = mat4x4<f32>(load(t0, i), load(t1, i), load(t2, i), load(t3, i));
                let x1 = mat4x4<f32>(load(t4, i), load(t5, i), load(t6, i), load(t7, i));
                let w0 = mat4x4<f32>(weight_at(w), weight_at(w + n), weight_at(w + 2u * n), weight_at(w + 3u * n));
                s00 += w0 * x0;
                s10 += w0 * x1;
                w += second;
                let w1 = mat4x4<f32>(weight_at(w), weight_at(w + n), weight_at(w + 2u * n), weight_at(w + 3u * n));
                s01 += w1 * x0;
                s11 += w1 * x1;
                w += 4u * n - second;
            }
        }
    }
    for (var r = 0u; r < 4u; r++) {
        store(pixel + r, quad, id.z, s00[r]);
        store(pixel + r, quad + 1u, id.z, s01[r]);
        store(pixel + r + 4u, quad, id.z, s10[r]);
        store(pixel + r + 4u, quad + 1u, id.z, s11[r]);
    }
}
