// Conv2d with the lanes of a workgroup side by side in the output channels.
//
//   sum[n,y,x,o] = Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, i] · weight[ky,kx,i,o], then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// One invocation computes 8 pixels of the 8 channels that lie LANES apart. So at every load all lanes of a workgroup read
// either one value of x or neighbouring weights: SwiftShader, which runs four lanes in a vector register, turns these into one
// load, and any vec4 or strided access into four. A step is two input channels: half as many bounds checks on x, whose pairs are
// read at once; four were slower, since its compiler then spills.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.

alias value = f32;

override LANES: u32 = 8;

@group(0) @binding(3) var<storage, read> x: array<vec2<f32>>;    // [n][iy][ix][i/2]
@group(0) @binding(5) var<storage, read_write> y: array<f32>;    // [n][y][x][o]

fn load(start: i32, pair: u32) -> vec2<f32> {
    return select(vec2<f32>(), x[u32(max(start, 0)) + pair], start >= 0);
}

/// Of one input channel, the weights of four output channels.
fn four(w: u32, a: u32, b: u32, c: u32, d: u32) -> vec4<f32> {
    return vec4<f32>(weight_at(w + a), weight_at(w + b), weight_at(w + c), weight_at(w + d));
}

fn store(pixel: u32, channel: u32, slice: u32, sum: f32) {
    let channels = extents.out_quads * 4u;
    if ((pixel < extents.pixels) & (channel < channels)) {
        let at = pixel * channels + channel;
        y[slice * extents.y_slice * 4u + at] = epilogue(sum, channel, channels, at);
    }
}

fn store_four(pixel: u32, channel: u32, slice: u32, sums: vec4<f32>) {
    store(pixel, channel, slice, sums.x);
    store(pixel, channel + LANES, slice, sums.y);
    store(pixel, channel + 2u * LANES, slice, sums.z);
    store(pixel, channel + 3u * LANES, slice, sums.w);
}

/// From the lane's first channel to its channel number `part`; to that first one again where there are no so many channels.
fn offset(channel: u32, part: u32) -> u32 {
    return select(0u, part * LANES, channel + part * LANES < extents.out_quads * 4u);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let channels = extents.out_quads * 4u;
    let columns = (channels + 8u * LANES - 1u) / (8u * LANES);
    let tile = group.x + group.y * groups.x;
    let channel = tile % columns * 8u * LANES + lane;
    let pixel = tile / columns * 8u;
    if ((pixel >= extents.pixels) | (channel >= channels)) { return; }
    let o1 = offset(channel, 1u);
    let o2 = offset(channel, 2u);
    let o3 = offset(channel, 3u);
    let o4 = offset(channel, 4u);
    let o5 = offset(channel, 5u);
    let o6 = offset(channel, 6u);
    let o7 = offset(channel, 7u);
    let first = group.z * extents.x_slice * 2u;
    let pairs = (extents.in_channels + 1u) / 2u;

    // Outside of the loops, since dividing is dear.
    let p0 = place(pixel);
    let p1 = place(pixel + 1u);
    let p2 = place(pixel + 2u);
    let p3 = place(pixel + 3u);
    let p4 = place(pixel + 4u);
    let p5 = place(pixel + 5u);
    let p6 = place(pixel + 6u);
    let p7 = place(pixel + 7u);

    var a0 = vec4<f32>(); var b0 = vec4<f32>();
    var a1 = vec4<f32>(); var b1 = vec4<f32>();
    var a2 = vec4<f32>(); var b2 = vec4<f32>();
    var a3 = vec4<f32>(); var b3 = vec4<f32>();
    var a4 = vec4<f32>(); var b4 = vec4<f32>();
    var a5 = vec4<f32>(); var b5 = vec4<f32>();
    var a6 = vec4<f32>(); var b6 = vec4<f32>();
    var a7 = vec4<f32>(); var b7 = vec4<f32>();
    var w = group.z * extents.weight_slice * 4u + channel;
    for (var ky = 0u; ky < extents.kernel_height; ky++) {
        for (var kx = 0u; kx < extents.kernel_width; kx++) {
            let t0 = tap(p0, ky, kx) * 2;
            let t1 = tap(p1, ky, kx) * 2;
            let t2 = tap(p2, ky, kx) * 2;
            let t3 = tap(p3, ky, kx) * 2;
            let t4 = tap(p4, ky, kx) * 2;
            let t5 = tap(p5, ky, kx) * 2;
            let t6 = tap(p6, ky, kx) * 2;
            let t7 = tap(p7, ky, kx) * 2;
            for (var i = first; i < first + pairs; i++) {
                let x0 = load(t0, i);
                let x1 = load(t1, i);
                let x2 = load(t2, i);
                let x3 = load(t3, i);
                let x4 = load(t4, i);
                let x5 = load(t5, i);
                let x6 = load(t6, i);
                let x7 = load(t7, i);
                let u0 = four(w, 0u, o1, o2, o3);
                let u1 = four(w + channels, 0u, o1, o2, o3);
                a0 += x0.x * u0 + x0.y * u1; a1 += x1.x * u0 + x1.y * u1;
                a2 += x2.x * u0 + x2.y * u1; a3 += x3.x * u0 + x3.y * u1;
                a4 += x4.x * u0 + x4.y * u1; a5 += x5.x * u0 + x5.y * u1;
                a6 += x6.x * u0 + x6.y * u1; a7 += x7.x * u0 + x7.y * u1;
                let v0 = four(w, o4, o5, o6, o7);
                let v1 = four(w + channels, o4, o5, o6, o7);
                b0 += x0.x * v0 + x0.y * v1; b1 += x1.x * v0 + x1.y * v1;
                b2 += x2.x * v0 + x2.y * v1; b3 += x3.x * v0 + x3.y * v1;
                b4 += x4.x * v0 + x4.y * v1; b5 += x5.x * v0 + x5.y * v1;
                b6 += x6.x * v0 + x6.y * v1; b7 += x7.x * v0 + x7.y * v1;
                w += 2u * channels;
            }
            w += (extents.in_quads * 4u - pairs * 2u) * channels;
        }
    }
    let far = channel + 4u * LANES;
    store_four(pixel, channel, group.z, a0); store_four(pixel, far, group.z, b0);
    store_four(pixel + 1u, channel, group.z, a1); store_four(pixel + 1u, far, group.z, b1);
    store_four(pixel + 2u, channel, group.z, a2); store_four(pixel + 2u, far, group.z, b2);
    store_four(pixel + 3u, channel, group.z, a3); store_four(pixel + 3u, far, group.z, b3);
    store_four(pixel + 4u, channel, group.z, a4); store_four(pixel + 4u, far, group.z, b4);
    store_four(pixel + 5u, channel, group.z, a5); store_four(pixel + 5u, far, group.z, b5);
    store_four(pixel + 6u, channel, group.z, a6); store_four(pixel + 6u, far, group.z, b6);
    store_four(pixel + 7u, channel, group.z, a7); store_four(pixel + 7u, far, group.z, b7);
}
