// Conv2d as an implicit GEMM through workgroup memory.
//
//   sum[m,o] = Σ(k) X[m,k] · W[k,o] with m = (n,y,x), k = (ky,kx,i): the patches of the window are gathered while they are loaded,
//   without an im2col matrix. Then the epilogue, or with split sums (z) one part of k for conv2d_reduce.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// A workgroup computes a tile of THREADS_M·7 pixels x 64/THREADS_M·QUADS·4 channels: the widths of ResNet's maps are multiples of 7.
// It has SLICES parts of 64 invocations. Each part adds another range of k, for maps with too few tiles to occupy a GPU; the sums of
// the parts are added through workgroup memory. A step multiplies CHUNK quads of input channels under one tap. Values of the next
// step are requested before the products of the present one. Offsets change with the tap only.
// An invocation computes 7 pixels with stride THREADS_M and QUADS quads of channels with stride 64/THREADS_M. The values that it
// reads from workgroup memory are in one column of `xs` and one or two of `ws`, at constant indices, whose lengths are odd, so that
// neighbouring invocations read other banks. Products are chains of `fma`: `sum += matrix * vector` adds once more per four products.
// Products are `real`, f32 or f16. In f16, the 4·CHUNK products of a step are added in f16 and the steps in f32. Then
// |error| ≤ (4·CHUNK + 3) · 2⁻¹¹ · Σ(k) |X·W|, of which 2⁻¹⁰ is due to inputs, which are rounded as they are stored.
// If ROW_TAPS, the columns of a window row are the channels of one tap: one quad of input channels is too few for a step.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.
//
// uses lib/activation
// uses lib/epilogue: channel_epilogue
// uses lib/conv_params: params, store_channel
// uses lib/conv_window: window_origin
// uses lib/products_f32 + lib/weight_f32 or lib/products_f32 + lib/weight_f16 or lib/products_f16: real, SHORT_SUMS, largest_input, rounded, load_weight, unpacked
// uses lib/slices_1 or lib/slices_2 or lib/slices_4 or lib/slices_8: SLICES, PART, LANES, CHUNK, X_COLUMN, W_COLUMN

override THREADS_M: u32 = 8;
override QUADS: u32 = 1;
override ROW_TAPS: bool = false;
/// Whether inputs can be outside of the map or behind the last channel: else no value has to be replaced by zero.
override PADDED: bool = true;
/// Whether the last step of a tap has fewer than CHUNK quads.
override PARTIAL_STEPS: bool = true;
// Lengths of the arrays below. They are products of the overrides above, which naga 30 does not support as array lengths.
override ORIGINS: u32 = 56;
override XS: u32 = 8;
override WS: u32 = 8;
override SUMS: u32 = 1;

const ROWS: u32 = 7u;

@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;          // [n][iy][ix][i/4]

var<workgroup> origins: array<vec3<i32>, ORIGINS>;                 // [pixel]
var<workgroup> xs: array<array<vec4<real>, X_COLUMN>, XS>;         // [part][pixel % THREADS_M][i/4][pixel / THREADS_M]
var<workgroup> ws: array<array<vec4<real>, W_COLUMN>, WS>;         // [part][o/4][i]
var<workgroup> part_sums: array<vec4<f32>, SUMS>;                  // [part][invocation]

/// Four channels of 7 pixels.
struct Sums {
    a: vec4<real>,
    b: vec4<real>,
    c: vec4<real>,
    d: vec4<real>,
    e: vec4<real>,
    f: vec4<real>,
    g: vec4<real>,
}

/// Those of all channels of an invocation; `far` is zero unless QUADS is 2.
struct Tile {
    near: Sums,
    far: Sums,
}

struct LongSums {
    a: vec4<f32>,
    b: vec4<f32>,
    c: vec4<f32>,
    d: vec4<f32>,
    e: vec4<f32>,
    f: vec4<f32>,
    g: vec4<f32>,
}

/// sum + w x, for four input channels.
fn chain(sum: vec4<real>, w: mat4x4<real>, x: vec4<real>) -> vec4<real> {
    return fma(w[3], vec4<real>(x.w), fma(w[2], vec4<real>(x.z), fma(w[1], vec4<real>(x.y), fma(w[0], vec4<real>(x.x), sum))));
}

fn chains(sums: Sums, w: mat4x4<real>, x: Sums) -> Sums {
    return Sums(
        chain(sums.a, w, x.a),
        chain(sums.b, w, x.b),
        chain(sums.c, w, x.c),
        chain(sums.d, w, x.d),
        chain(sums.e, w, x.e),
        chain(sums.f, w, x.f),
        chain(sums.g, w, x.g),
    );
}

/// Four output channels by the four input channels of a quad.
fn weights(column: u32, quad: u32) -> mat4x4<real> {
    let k = quad * 4u;
    return mat4x4<real>(ws[column][k], ws[column][k + 1u], ws[column][k + 2u], ws[column][k + 3u]);
}

/// Adds the products of a quad of input channels. All operands are read before the first product.
fn multiply(sums: Tile, row: u32, column: u32, quad: u32) -> Tile {
    let near = weights(column, quad);
    let i = quad * ROWS;
    let seven = Sums(
        xs[row][i],
        xs[row][i + 1u],
        xs[row][i + 2u],
        xs[row][i + 3u],
        xs[row][i + 4u],
        xs[row][i + 5u],
        xs[row][i + 6u],
    );
    var result = Tile(chains(sums.near, near, seven), sums.far);
    if (QUADS == 2u) { result.far = chains(sums.far, weights(column + PART / THREADS_M, quad), seven); }
    return result;
}

fn multiply_step(sums: Tile, row: u32, column: u32) -> Tile {
    var all = multiply(sums, row, column, 0u);
    if (CHUNK > 1u) { all = multiply(all, row, column, 1u); }
    if (CHUNK == 4u) { all = multiply(multiply(all, row, column, CHUNK - 2u), row, column, CHUNK - 1u); }
    return all;
}

fn add(long: LongSums, sums: Sums) -> LongSums {
    return LongSums(
        long.a + vec4<f32>(sums.a),
        long.b + vec4<f32>(sums.b),
        long.c + vec4<f32>(sums.c),
        long.d + vec4<f32>(sums.d),
        long.e + vec4<f32>(sums.e),
        long.f + vec4<f32>(sums.f),
        long.g + vec4<f32>(sums.g),
    );
}

/// The index in x, in quads, of input channel quad `i` of a pixel under tap (ky, kx); -1 in the padding.
fn offset(origin: vec3<i32>, ky: u32, kx: u32, i: u32) -> i32 {
    let iy = origin.x + i32(ky);
    let ix = origin.y + i32(select(kx, i, ROW_TAPS));
    let inside = (iy >= 0) & (iy < i32(params.in_height)) & (ix >= 0) & (ix < i32(params.in_width));
    let at = ((origin.z + iy) * i32(params.in_width) + ix) * i32(params.in_quads) + i32(select(i, 0u, ROW_TAPS));
    return select(-1, at, inside);
}

/// The offsets of the values that an invocation loads, of up to four pixels under tap (ky, kx) from quad `i` on; -1 for zeros.
fn locate(lane: u32, ky: u32, kx: u32, i: u32, is_behind_end: bool) -> vec4<i32> {
    let own_i = i + lane % CHUNK;
    let p = lane / CHUNK;
    let stride = PART / CHUNK;
    let is_missing = is_behind_end | (own_i >= select(params.in_quads, params.kernel_width, ROW_TAPS));
    let found = vec4<i32>(
        offset(origins[min(p, ORIGINS - 1u)], ky, kx, own_i),
        offset(origins[min(p + stride, ORIGINS - 1u)], ky, kx, own_i),
        offset(origins[min(p + 2u * stride, ORIGINS - 1u)], ky, kx, own_i),
        offset(origins[min(p + 3u * stride, ORIGINS - 1u)], ky, kx, own_i),
    );
    return select(found, vec4<i32>(-1), is_missing);
}

/// Adds the sums of the second half of `parts` parts to those of the first half.
fn add_half(own: vec4<f32>, parts: u32, part: u32, lane: u32) -> vec4<f32> {
    let half = parts / 2u;
    if ((part >= half) & (part < parts)) { part_sums[(part - half) * PART + lane] = own; }
    workgroupBarrier();
    let other = part_sums[min(part, half - 1u) * PART + lane];
    workgroupBarrier();
    return own + other;
}

/// The sum of all parts of the workgroup, in its first part.
fn add_parts(own: vec4<f32>, part: u32, lane: u32) -> vec4<f32> {
    var sum = own;
    if (SLICES == 8u) { sum = add_half(sum, 8u, part, lane); }
    if (SLICES >= 4u) { sum = add_half(sum, 4u, part, lane); }
    if (SLICES >= 2u) { sum = add_half(sum, 2u, part, lane); }
    return sum;
}

/// Adds the sums of all parts and stores them.
fn finish(own: LongSums, pixel: u32, quad: u32, slice: u32, part: u32, lane: u32) {
    let a = add_parts(own.a, part, lane);
    let b = add_parts(own.b, part, lane);
    let c = add_parts(own.c, part, lane);
    let d = add_parts(own.d, part, lane);
    let e = add_parts(own.e, part, lane);
    let f = add_parts(own.f, part, lane);
    let g = add_parts(own.g, part, lane);
    if ((part > 0u) | (quad >= params.out_quads)) { return; }
    let channel = channel_epilogue(quad, params.out_quads);
    store_channel(channel, pixel, quad, slice, a);
    store_channel(channel, pixel + THREADS_M, quad, slice, b);
    store_channel(channel, pixel + 2u * THREADS_M, quad, slice, c);
    store_channel(channel, pixel + 3u * THREADS_M, quad, slice, d);
    store_channel(channel, pixel + 4u * THREADS_M, quad, slice, e);
    store_channel(channel, pixel + 5u * THREADS_M, quad, slice, f);
    store_channel(channel, pixel + 6u * THREADS_M, quad, slice, g);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let threads_n = PART / THREADS_M;
    let tile_pixels = THREADS_M * ROWS;
    let tile_quads = threads_n * QUADS;
    let columns = (params.out_quads + tile_quads - 1u) / tile_quads;
    let tile = group.x + group.y * groups.x;
    let pixel = tile / columns * tile_pixels;
    let quad = tile % columns * tile_quads;
    if (pixel >= params.pixels) { return; }
    for (var p = thread; p < tile_pixels; p += LANES) { origins[p] = window_origin(pixel + p); }
    workgroupBarrier();

    let part = thread / PART;
    let lane = thread % PART;
    let m = lane % THREADS_M;
    let n = lane / THREADS_M;
    let most = largest_input(4u * CHUNK);
    // What this invocation computes: a column of xs, and one or two of ws.
    let row = part * THREADS_M + m;
    let column = part * tile_quads + n;
    // What it loads: up to four pixels of one column of xs, and up to four input channels of one column of ws.
    let load_i = lane % CHUNK;
    let load_p = lane / CHUNK;
    let load_row = part * THREADS_M + load_p % THREADS_M;
    let load_stride = PART / CHUNK;
    let x_at = load_i * ROWS + load_p / THREADS_M;
    let x_stride = load_stride / THREADS_M;
    let x_loads = (CHUNK * tile_pixels + PART - 1u) / PART;
    // The last element of a column is never read. Pixels behind the tile are stored there.
    let x_end = load_i * ROWS + ROWS;
    let x0_at = select(X_COLUMN - 1u, x_at, x_at < x_end);
    let x1_at = select(X_COLUMN - 1u, x_at + x_stride, x_at + x_stride < x_end);
    let x2_at = select(X_COLUMN - 1u, x_at + 2u * x_stride, x_at + 2u * x_stride < x_end);
    let x3_at = select(X_COLUMN - 1u, x_at + 3u * x_stride, x_at + 3u * x_stride < x_end);
    let load_o = lane % tile_quads;
    let load_column = part * tile_quads + load_o;
    let w_at = min(lane / tile_quads, W_COLUMN - 1u);
    let w_stride = PART / tile_quads;
    let w_loads = (CHUNK * 4u * tile_quads + PART - 1u) / PART;
    let load_quad = group.z * params.weight_slice + min(quad + load_o, params.out_quads - 1u);

    let tap_quads = select(params.in_quads, params.kernel_width, ROW_TAPS);
    let taps_x = select(params.kernel_width, 1u, ROW_TAPS);
    let steps_per_tap = (tap_quads + CHUNK - 1u) / CHUNK;
    let steps = params.kernel_height * taps_x * steps_per_tap;
    let own_steps = (params.steps_per_slice + SLICES - 1u) / SLICES;
    let begin = group.z * params.step_slice;
    let end = min(begin + params.steps_per_slice, steps);
    var step = begin + part * own_steps;
    var i = step % steps_per_tap * CHUNK;
    var ky = step / steps_per_tap / taps_x;
    var kx = step / steps_per_tap % taps_x;

    // Of the values to load: offsets in quads, -1 for zero; `first` is the quad of input channels that they belong to.
    var first = i;
    var p = locate(lane, ky, kx, i, step >= end);
    var w = (((ky * taps_x + kx) * tap_quads + i) * 4u + w_at) * params.out_quads + load_quad;
    let w_row = w_stride * params.out_quads;
    let x_slice = group.z * params.x_slice;
    var x0 = x[u32(p.x) + x_slice];
    var x1 = x[u32(p.y) + x_slice];
    var x2 = x[u32(p.z) + x_slice];
    var x3 = x[u32(p.w) + x_slice];
    var w0 = load_weight(w);
    var w1 = load_weight(w + w_row);
    var w2 = load_weight(w + 2u * w_row);
    var w3 = load_weight(w + 3u * w_row);
    var sums = Tile();
    var t0 = LongSums();
    var t1 = LongSums();
    for (var done = 0u; done < own_steps; done++) {
        workgroupBarrier();
        xs[load_row][x0_at] = rounded(select(x0, vec4<f32>(), PADDED & (p.x < 0)), most);
        if (x_loads > 1u) { xs[load_row][x1_at] = rounded(select(x1, vec4<f32>(), PADDED & (p.y < 0)), most); }
        if (x_loads > 2u) { xs[load_row][x2_at] = rounded(select(x2, vec4<f32>(), PADDED & (p.z < 0)), most); }
        if (x_loads > 3u) { xs[load_row][x3_at] = rounded(select(x3, vec4<f32>(), PADDED & (p.w < 0)), most); }
        ws[load_column][w_at] = unpacked(w0);
        if (w_loads > 1u) { ws[load_column][w_at + w_stride] = unpacked(w1); }
        if (w_loads > 2u) { ws[load_column][w_at + 2u * w_stride] = unpacked(w2); }
        if (w_loads > 3u) { ws[load_column][w_at + 3u * w_stride] = unpacked(w3); }
        workgroupBarrier();

        // The values of the next step arrive while this one is computed. Those after the last step are not used.
        step++;
        i += CHUNK;
        w += 4u * CHUNK * params.out_quads;
        if ((i >= tap_quads) | ROW_TAPS | PARTIAL_STEPS | (step >= end)) {
            if (i >= tap_quads) {
                i = 0u;
                kx++;
                if (kx == taps_x) { kx = 0u; ky++; }
            }
            first = i;
            p = locate(lane, ky, kx, i, step >= end);
            w = (((ky * taps_x + kx) * tap_quads + i) * 4u + w_at) * params.out_quads + load_quad;
        }
        let ahead = x_slice + i - first;
        x0 = x[u32(p.x) + ahead];
        if (x_loads > 1u) { x1 = x[u32(p.y) + ahead]; }
        if (x_loads > 2u) { x2 = x[u32(p.z) + ahead]; }
        if (x_loads > 3u) { x3 = x[u32(p.w) + ahead]; }
        w0 = load_weight(w);
        if (w_loads > 1u) { w1 = load_weight(w + w_row); }
        if (w_loads > 2u) { w2 = load_weight(w + 2u * w_row); }
        if (w_loads > 3u) { w3 = load_weight(w + 3u * w_row); }

        sums = multiply_step(sums, row, column);
        if (SHORT_SUMS) {
            t0 = add(t0, sums.near);
            if (QUADS == 2u) { t1 = add(t1, sums.far); }
            sums = Tile();
        }
    }

    if (!SHORT_SUMS) {
        t0 = add(t0, sums.near);
        t1 = add(t1, sums.far);
    }
    finish(t0, pixel + m, quad + n, group.z, part, lane);
    if (QUADS == 2u) { finish(t1, pixel + m, quad + n + threads_n, group.z, part, lane); }
}
