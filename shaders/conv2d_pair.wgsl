// The end of a residual block with a projection, two 1x1 convolutions and their sum, as one GEMM through workgroup memory:
//
//   y[m,o] = activation(scale[o] · Σ(i) x[m,i] · weight[i,o] + shift[o]
//                       + projection_scale[o] · Σ(j) projection_x[s(m),j] · projection_weight[j,o] + projection_shift[o])
//
// with m = (n,y,x) and s(m) the pixel of the projection's input at (y · stride_y, x · stride_x).
//
// Layouts: activations NHWC, weights [i][o], channels padded with zeros to multiples of four.
// A workgroup of 256 invocations computes a tile of 56 pixels x 32 channels. A step loads 8 quads of input channels, of x first and then
// of projection_x. Every 64 invocations multiply two of these quads for the whole tile, 7 pixels x 4 channels each, so that a 7x7 map
// with long sums still occupies a GPU; the four sums are added at the end. What the next step needs is loaded into registers while this
// one multiplies. Products are added by chained `fma`: one instruction for each product.
// Both scales are applied to sums, not to weights, so that this kernel reads the same parameters as the separate layers.
// Products are `real`, f32 or f16: see conv2d_tiled.wgsl. In f16, the 8 products of a step are added in f16 and the steps in f32.
// Source: He et al. 2015, section 3.3, option B.
//
// uses lib/activation: activate
// uses lib/products_f32 + lib/weight_f32 + lib/projection_weight_f32 or lib/products_f32 + lib/weight_f16 + lib/projection_weight_f16 or lib/products_f16 + lib/projection_products_f16: real, SHORT_SUMS, largest_input, rounded, weight_at, largest_projection_input, projection_weight_at

const STEP: u32 = 8u;      // quads of input channels
const PIXELS: u32 = 56u;   // of a tile
const COLUMNS: u32 = 8u;   // channel quads of a tile
const PITCH: u32 = 57u;    // of xs, one more than PIXELS: writes of neighbouring invocations are in different banks

struct Params {
    in_height: u32,          // of projection_x
    in_width: u32,
    out_height: u32,
    out_width: u32,
    stride_y: u32,
    stride_x: u32,
    quads: u32,              // of x
    projection_quads: u32,
    out_quads: u32,
    pixels: u32,             // of all images of the output
    activation: u32,         // code: see lib/activation
}

@group(0) @binding(0) var<storage, read> affine: array<vec4<f32>>;              // scale [o/4], then shift [o/4]
@group(0) @binding(1) var<storage, read> projection_affine: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> projection_x: array<vec4<f32>>;        // [n][iy][ix][j/4]
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;                   // [n][y][x][i/4]
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;             // [n][y][x][o/4]
@group(0) @binding(7) var<uniform> params: Params;

var<workgroup> xs: array<vec4<real>, 456>;      // [i/4][pixel], 8 x PITCH
var<workgroup> ws: array<vec4<real>, 256>;      // [i][o/4]
var<workgroup> parts: array<vec4<f32>, 256>;    // [slice][pixel][o/4]

struct Operands {
    x0: vec4<real>,
    x1: vec4<real>,
    w: vec4<real>,
}

/// What one invocation loads in a step: the same quad of two pixels and one row of weights, as indices in quads.
struct Place {
    pixels: vec2<u32>,
    weight: u32,
    quad: u32,    // of the input channels
    quads: u32,   // their number; beyond it, activations are zeros and any weight will do
    most: f32,
}

/// The first quad of an output pixel in projection_x.
fn projected(pixel: u32) -> u32 {
    let rows = pixel / params.out_width;
    let row = rows % params.out_height * params.stride_y;
    let image = rows / params.out_height;
    return ((image * params.in_height + row) * params.in_width + pixel % params.out_width * params.stride_x) * params.projection_quads;
}

fn load(place: Place, is_projection: bool) -> Operands {
    var x0: vec4<f32>;
    var x1: vec4<f32>;
    var w: vec4<real>;
    if (is_projection) {
        x0 = projection_x[place.pixels.x];
        x1 = projection_x[place.pixels.y];
        w = projection_weight_at(place.weight);
    } else {
        x0 = x[place.pixels.x];
        x1 = x[place.pixels.y];
        w = weight_at(place.weight);
    }
    let inside = place.quad < place.quads;
    x0 = select(vec4<f32>(), x0, inside);
    x1 = select(vec4<f32>(), x1, inside);
    return Operands(rounded(x0, place.most), rounded(x1, place.most), w);
}

/// Of the seven pixels that an invocation computes, eight apart.
struct Sums {
    s0: vec4<real>, s1: vec4<real>, s2: vec4<real>, s3: vec4<real>, s4: vec4<real>, s5: vec4<real>, s6: vec4<real>,
}

/// Adds the products of four input channels.
fn add(sum: vec4<real>, x: vec4<real>, w0: vec4<real>, w1: vec4<real>, w2: vec4<real>, w3: vec4<real>) -> vec4<real> {
    let first = fma(vec4<real>(x.y), w1, fma(vec4<real>(x.x), w0, sum));
    return fma(vec4<real>(x.w), w3, fma(vec4<real>(x.z), w2, first));
}

/// Adds the products of one quad of input channels: `p` is its first pixel in `xs`, `w` its first row of weights in `ws`.
fn multiply(s: Sums, p: u32, w: u32) -> Sums {
    let w0 = ws[w];
    let w1 = ws[w + COLUMNS];
    let w2 = ws[w + 2u * COLUMNS];
    let w3 = ws[w + 3u * COLUMNS];
    return Sums(
        add(s.s0, xs[p], w0, w1, w2, w3),
        add(s.s1, xs[p + 8u], w0, w1, w2, w3),
        add(s.s2, xs[p + 16u], w0, w1, w2, w3),
        add(s.s3, xs[p + 24u], w0, w1, w2, w3),
        add(s.s4, xs[p + 32u], w0, w1, w2, w3),
        add(s.s5, xs[p + 40u], w0, w1, w2, w3),
        add(s.s6, xs[p + 48u], w0, w1, w2, w3),
    );
}

/// Adds the parts of one of seven rows of pixels and stores their sum. Called by all invocations.
fn finish(part: vec4<f32>, row: u32, pixel: u32, quad: u32, thread: u32, shift: vec4<f32>) {
    parts[thread] = part;
    workgroupBarrier();
    let place = thread % 64u;
    let at = pixel + row * 8u;
    if ((thread / 64u == row % 4u) & (at < params.pixels) & (quad < params.out_quads)) {
        let sum = parts[place] + parts[place + 64u] + parts[place + 128u] + parts[place + 192u];
        y[at * params.out_quads + quad] = activate(params.activation, sum + shift);
    }
    workgroupBarrier();
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let n = params.out_quads;
    let columns = (n + COLUMNS - 1u) / COLUMNS;
    let tile = group.x + group.y * groups.x;
    let pixel = tile / columns * PIXELS;
    let quad = tile % columns * COLUMNS;
    if (pixel >= params.pixels) { return; }

    // Of what this invocation loads. A pixel beyond the last one is the last one; its sums are not stored.
    let pixels = min(vec2<u32>(pixel + thread / 8u, pixel + 32u + thread / 8u), vec2<u32>(params.pixels - 1u));
    // Beyond the last quad, the last one is read again and its sums are not stored.
    let own = min(quad + thread % COLUMNS, n - 1u);
    let lane = thread % 8u;
    let row = thread / 8u * n + own;
    let projection = Place(
        vec2<u32>(projected(pixels.x), projected(pixels.y)) + lane, row, lane, params.projection_quads, largest_projection_input(8u),
    );
    var place = Place(pixels * params.quads + lane, row, lane, params.quads, largest_input(8u));
    // Of what it multiplies: two quads of each step.
    let m = thread / 64u * 2u * PITCH + thread % 64u / 8u;
    let k = thread / 64u * 8u * COLUMNS + thread % COLUMNS;
    // Of what it writes.
    let loaded = lane * PITCH + thread / 8u;

    let first_steps = (params.quads + STEP - 1u) / STEP;
    let steps = first_steps + (params.projection_quads + STEP - 1u) / STEP;
    var sums = Sums();
    var t0 = vec4<f32>(); var t1 = vec4<f32>(); var t2 = vec4<f32>(); var t3 = vec4<f32>();
    var t4 = vec4<f32>(); var t5 = vec4<f32>(); var t6 = vec4<f32>();
    var scale = affine[own];
    var next = load(place, false);
    for (var step = 0u; step < steps; step++) {
        xs[loaded] = next.x0;
        if (thread < 192u) { xs[loaded + 32u] = next.x1; }
        ws[thread] = next.w;
        workgroupBarrier();
        let done = step + 1u;
        if (done < steps) {
            place.pixels += STEP;
            place.weight += STEP * 4u * n;
            place.quad += STEP;
            if (done == first_steps) { place = projection; }
            next = load(place, done >= first_steps);
        }
        // Not a loop, which `wgpu` bounds by a counter, so that compilers do not unroll it.
        sums = multiply(multiply(sums, m, k), m + PITCH, k + 4u * COLUMNS);
        workgroupBarrier();
        if (SHORT_SUMS | (done == first_steps) | (done == steps)) {
            t0 = fma(vec4<f32>(sums.s0), scale, t0);
            t1 = fma(vec4<f32>(sums.s1), scale, t1);
            t2 = fma(vec4<f32>(sums.s2), scale, t2);
            t3 = fma(vec4<f32>(sums.s3), scale, t3);
            t4 = fma(vec4<f32>(sums.s4), scale, t4);
            t5 = fma(vec4<f32>(sums.s5), scale, t5);
            t6 = fma(vec4<f32>(sums.s6), scale, t6);
            sums = Sums();
        }
        if (done == first_steps) { scale = projection_affine[own]; }
    }

    let shift = affine[n + own] + projection_affine[n + own];
    let column = quad + thread % COLUMNS;
    let first = pixel + thread % 64u / 8u;
    finish(t0, 0u, first, column, thread, shift);
    finish(t1, 1u, first, column, thread, shift);
    finish(t2, 2u, first, column, thread, shift);
    finish(t3, 3u, first, column, thread, shift);
    finish(t4, 4u, first, column, thread, shift);
    finish(t5, 5u, first, column, thread, shift);
    finish(t6, 6u, first, column, thread, shift);
}
