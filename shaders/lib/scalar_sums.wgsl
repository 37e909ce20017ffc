
@group(0) @binding(3) var<storage, read> x: array<array<u32, CHUNK>>;   // [n][iy][ix][i/CHUNK][i%CHUNK]

/// Pixels and channel quads that one invocation computes.
const TILE_PIXELS: u32 = 7u;
const TILE_QUADS: u32 = 4u;

/// Each invocation has a tile.
fn tile_index(group: vec3<u32>, groups: vec3<u32>, invocation: u32) -> u32 {
    return (group.x + group.y * groups.x) * 4u + invocation;
}

fn first_pixel(tile: u32) -> u32 {
    return tile / ((params.out_quads + 3u) / 4u) * 7u;
}

fn first_quad(tile: u32, invocation: u32) -> u32 {
    return tile % ((params.out_quads + 3u) / 4u) * 4u;
}

/// The pixel of the `at`-th sum.
fn pixel_at(at: u32, invocation: u32) -> u32 {
    return at;
}

/// The row of x at a tap; an arbitrary one in the padding.
fn row_at(tap: i32) -> u32 {
    return u32(max(tap, 0)) / (CHUNK / 4u);
}

fn add(sum: ptr<function, vec4<f32>>, x: f32, w: vec4<f32>) {
    (*sum).x += x * w.x;
    (*sum).y += x * w.y;
    (*sum).z += x * w.z;
    (*sum).w += x * w.w;
}

/// The sums of 7 pixels from `pixel` and 4 channel quads from `quad`: [quad][pixel]. Needs lib/conv_window, a lib/chunk_* and a
/// lib/weight_*.
fn sums(pixel: u32, quad: u32, slice: u32, invocation: u32) -> array<vec4<f32>, 28> {
    let n = params.out_quads;
    // Beyond the last quad, the last one is read again and its sums are not stored.
    let o1 = min(1u, n - 1u - quad);
    let o2 = min(2u, n - 1u - quad);
    let o3 = min(3u, n - 1u - quad);
    let channels = params.in_channels;
    let padding = (params.in_quads * 4u - channels) * n;
    let first = slice * params.x_slice / (CHUNK / 4u);

    // Outside of the loops, because division is expensive.
    let p0 = window_origin(pixel);
    let p1 = window_origin(pixel + 1u);
    let p2 = window_origin(pixel + 2u);
    let p3 = window_origin(pixel + 3u);
    let p4 = window_origin(pixel + 4u);
    let p5 = window_origin(pixel + 5u);
    let p6 = window_origin(pixel + 6u);

    // Pixels down, quads of channels across.
    var a0 = vec4<f32>(); var b0 = vec4<f32>(); var c0 = vec4<f32>(); var d0 = vec4<f32>();
    var a1 = vec4<f32>(); var b1 = vec4<f32>(); var c1 = vec4<f32>(); var d1 = vec4<f32>();
    var a2 = vec4<f32>(); var b2 = vec4<f32>(); var c2 = vec4<f32>(); var d2 = vec4<f32>();
    var a3 = vec4<f32>(); var b3 = vec4<f32>(); var c3 = vec4<f32>(); var d3 = vec4<f32>();
    var a4 = vec4<f32>(); var b4 = vec4<f32>(); var c4 = vec4<f32>(); var d4 = vec4<f32>();
    var a5 = vec4<f32>(); var b5 = vec4<f32>(); var c5 = vec4<f32>(); var d5 = vec4<f32>();
    var a6 = vec4<f32>(); var b6 = vec4<f32>(); var c6 = vec4<f32>(); var d6 = vec4<f32>();
    var w = slice * params.weight_slice + quad;
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        for (var kx = 0u; kx < params.kernel_width; kx++) {
            let t0 = tap_offset(p0, ky, kx);
            let m0 = select(0u, ~0u, t0 >= 0);
            let t1 = tap_offset(p1, ky, kx);
            let m1 = select(0u, ~0u, t1 >= 0);
            let t2 = tap_offset(p2, ky, kx);
            let m2 = select(0u, ~0u, t2 >= 0);
            let t3 = tap_offset(p3, ky, kx);
            let m3 = select(0u, ~0u, t3 >= 0);
            let t4 = tap_offset(p4, ky, kx);
            let m4 = select(0u, ~0u, t4 >= 0);
            let t5 = tap_offset(p5, ky, kx);
            let m5 = select(0u, ~0u, t5 >= 0);
            let t6 = tap_offset(p6, ky, kx);
            let m6 = select(0u, ~0u, t6 >= 0);
            for (var done = 0u; done < channels; done += CHUNK) {
                let row = first + done / CHUNK;
                let r0 = &x[row + row_at(t0)];
                let r1 = &x[row + row_at(t1)];
                let r2 = &x[row + row_at(t2)];
                let r3 = &x[row + row_at(t3)];
                let r4 = &x[row + row_at(t4)];
                let r5 = &x[row + row_at(t5)];
                let r6 = &x[row + row_at(t6)];
                for (var i = 0u; i < CHUNK; i++) {
                    if (i >= channels - done) { break; }
                    let x0 = bitcast<f32>((*r0)[i] & m0);
                    let x1 = bitcast<f32>((*r1)[i] & m1);
                    let x2 = bitcast<f32>((*r2)[i] & m2);
                    let x3 = bitcast<f32>((*r3)[i] & m3);
                    let x4 = bitcast<f32>((*r4)[i] & m4);
                    let x5 = bitcast<f32>((*r5)[i] & m5);
                    let x6 = bitcast<f32>((*r6)[i] & m6);
                    let wa = weight_at(w);
                    let wb = weight_at(w + o1);
                    let wc = weight_at(w + o2);
                    let wd = weight_at(w + o3);
                    add(&a0, x0, wa); add(&b0, x0, wb); add(&c0, x0, wc); add(&d0, x0, wd);
                    add(&a1, x1, wa); add(&b1, x1, wb); add(&c1, x1, wc); add(&d1, x1, wd);
                    add(&a2, x2, wa); add(&b2, x2, wb); add(&c2, x2, wc); add(&d2, x2, wd);
                    add(&a3, x3, wa); add(&b3, x3, wb); add(&c3, x3, wc); add(&d3, x3, wd);
                    add(&a4, x4, wa); add(&b4, x4, wb); add(&c4, x4, wc); add(&d4, x4, wd);
                    add(&a5, x5, wa); add(&b5, x5, wb); add(&c5, x5, wc); add(&d5, x5, wd);
                    add(&a6, x6, wa); add(&b6, x6, wb); add(&c6, x6, wc); add(&d6, x6, wd);
                    w += n;
                }
            }
            w += padding;
        }
    }
    return array<vec4<f32>, 28>(
        a0, a1, a2, a3, a4, a5, a6, b0, b1, b2, b3, b4, b5, b6, c0, c1, c2, c3, c4, c5, c6, d0, d1, d2, d3, d4, d5, d6,
    );
}
