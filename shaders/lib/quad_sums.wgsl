
@group(0) @binding(3) var<storage, read> x: array<array<vec2<u32>, CHUNK / 2>>;   // [n][iy][ix][i/CHUNK][i%CHUNK]

/// Pixels and channel quads that one invocation computes.
const TILE_PIXELS: u32 = 28u;
const TILE_QUADS: u32 = 1u;

/// The four invocations of a workgroup have one tile of 28 pixels and 4 channel quads, one quad each.
fn tile_index(group: vec3<u32>, groups: vec3<u32>, invocation: u32) -> u32 {
    return group.x + group.y * groups.x;
}

fn first_pixel(tile: u32) -> u32 {
    return tile / ((params.out_quads + 3u) / 4u) * 28u;
}

fn first_quad(tile: u32, invocation: u32) -> u32 {
    return tile % ((params.out_quads + 3u) / 4u) * 4u + invocation;
}

/// The pixel of the `at`-th sum: its input values came from the invocation with this distance.
fn pixel_at(at: u32, invocation: u32) -> u32 {
    return at ^ invocation;
}

/// The row of x at a tap; an arbitrary one in the padding.
fn row_at(tap: i32) -> u32 {
    return u32(max(tap, 0)) / (CHUNK / 4u);
}

/// Two input channels at a tap, zero in the padding.
fn masked(x: vec2<u32>, tap: i32) -> vec2<f32> {
    return bitcast<vec2<f32>>(x & vec2<u32>(select(0u, ~0u, tap >= 0)));
}

fn add(sum: ptr<function, vec4<f32>>, x: f32, w: vec4<f32>) {
    (*sum).x += x * w.x;
    (*sum).y += x * w.y;
    (*sum).z += x * w.z;
    (*sum).w += x * w.w;
}

/// Adds the products of one group of pixels, whose values the four invocations hold.
fn add_all(
    a: ptr<function, vec4<f32>>,
    b: ptr<function, vec4<f32>>,
    c: ptr<function, vec4<f32>>,
    d: ptr<function, vec4<f32>>,
    x: f32,
    w: vec4<f32>,
) {
    add(a, x, w);
    add(b, quadSwapX(x), w);
    add(c, quadSwapY(x), w);
    add(d, quadSwapDiagonal(x), w);
}

/// The sums of 28 pixels from `pixel` and one channel quad, in the order of `pixel_at`. Each invocation loads the values of seven
/// pixels, one of each group of four, and exchanges them with the other three. A load takes about 75 instructions on SwiftShader, an
/// exchange one. Needs lib/conv_window, a lib/chunk_* and a lib/weight_*.
fn sums(pixel: u32, quad: u32, slice: u32, invocation: u32) -> array<vec4<f32>, 28> {
    let n = params.out_quads;
    let first = slice * params.x_slice / (CHUNK / 4u);

    // Outside of the loops, because division is expensive.
    let p0 = window_origin(pixel + 0u + invocation);
    let p1 = window_origin(pixel + 4u + invocation);
    let p2 = window_origin(pixel + 8u + invocation);
    let p3 = window_origin(pixel + 12u + invocation);
    let p4 = window_origin(pixel + 16u + invocation);
    let p5 = window_origin(pixel + 20u + invocation);
    let p6 = window_origin(pixel + 24u + invocation);

    // Groups of pixels down, distances of invocations across.
    var a0 = vec4<f32>(); var b0 = vec4<f32>(); var c0 = vec4<f32>(); var d0 = vec4<f32>();
    var a1 = vec4<f32>(); var b1 = vec4<f32>(); var c1 = vec4<f32>(); var d1 = vec4<f32>();
    var a2 = vec4<f32>(); var b2 = vec4<f32>(); var c2 = vec4<f32>(); var d2 = vec4<f32>();
    var a3 = vec4<f32>(); var b3 = vec4<f32>(); var c3 = vec4<f32>(); var d3 = vec4<f32>();
    var a4 = vec4<f32>(); var b4 = vec4<f32>(); var c4 = vec4<f32>(); var d4 = vec4<f32>();
    var a5 = vec4<f32>(); var b5 = vec4<f32>(); var c5 = vec4<f32>(); var d5 = vec4<f32>();
    var a6 = vec4<f32>(); var b6 = vec4<f32>(); var c6 = vec4<f32>(); var d6 = vec4<f32>();
    // Beyond the last quad, the last one is read again and its sums are not stored.
    var w = slice * params.weight_slice + min(quad, n - 1u);
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        for (var kx = 0u; kx < params.kernel_width; kx++) {
            let t0 = tap_offset(p0, ky, kx);
            let t1 = tap_offset(p1, ky, kx);
            let t2 = tap_offset(p2, ky, kx);
            let t3 = tap_offset(p3, ky, kx);
            let t4 = tap_offset(p4, ky, kx);
            let t5 = tap_offset(p5, ky, kx);
            let t6 = tap_offset(p6, ky, kx);
            for (var done = 0u; done < params.in_channels; done += CHUNK) {
                let row = first + done / CHUNK;
                let r0 = &x[row + row_at(t0)];
                let r1 = &x[row + row_at(t1)];
                let r2 = &x[row + row_at(t2)];
                let r3 = &x[row + row_at(t3)];
                let r4 = &x[row + row_at(t4)];
                let r5 = &x[row + row_at(t5)];
                let r6 = &x[row + row_at(t6)];
                for (var i = 0u; i < CHUNK / 2u; i++) {
                    let x0 = masked((*r0)[i], t0);
                    let x1 = masked((*r1)[i], t1);
                    let x2 = masked((*r2)[i], t2);
                    let x3 = masked((*r3)[i], t3);
                    let x4 = masked((*r4)[i], t4);
                    let x5 = masked((*r5)[i], t5);
                    let x6 = masked((*r6)[i], t6);
                    let w0 = weight_at(w);
                    add_all(&a0, &b0, &c0, &d0, x0.x, w0);
                    add_all(&a1, &b1, &c1, &d1, x1.x, w0);
                    add_all(&a2, &b2, &c2, &d2, x2.x, w0);
                    add_all(&a3, &b3, &c3, &d3, x3.x, w0);
                    add_all(&a4, &b4, &c4, &d4, x4.x, w0);
                    add_all(&a5, &b5, &c5, &d5, x5.x, w0);
                    add_all(&a6, &b6, &c6, &d6, x6.x, w0);
                    let w1 = weight_at(w + n);
                    add_all(&a0, &b0, &c0, &d0, x0.y, w1);
                    add_all(&a1, &b1, &c1, &d1, x1.y, w1);
                    add_all(&a2, &b2, &c2, &d2, x2.y, w1);
                    add_all(&a3, &b3, &c3, &d3, x3.y, w1);
                    add_all(&a4, &b4, &c4, &d4, x4.y, w1);
                    add_all(&a5, &b5, &c5, &d5, x5.y, w1);
                    add_all(&a6, &b6, &c6, &d6, x6.y, w1);
                    w += 2u * n;
                }
            }
        }
    }
    return array<vec4<f32>, 28>(
        a0, b0, c0, d0, a1, b1, c1, d1, a2, b2, c2, d2, a3, b3, c3, d3, a4, b4, c4, d4, a5, b5, c5, d5, a6, b6, c6, d6,
    );
}
