// Winograd convolution F(m,3), input transform: V = Bᵀ d B of every tile of the input, m = OUTPUTS.
//
// Layouts: x NHWC; V [plane][tile][i/4] with plane = row·(m+2) + column, tiles by image, row, column; channels padded with
// zeros to multiples of four. One invocation transforms four channels of one tile of m+2 rows and columns; tiles have stride m.
// Source: Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks", section 4.1 (F(2,3)) and 4.2 (F(4,3)).
//
// uses lib/invocation_id: linear_id
// uses lib/winograd: OUTPUTS, Six

struct Params {
    in_height: u32,
    in_width: u32,
    padding_y: u32,
    padding_x: u32,
    tile_rows: u32,
    tile_columns: u32,
    in_quads: u32,
    tiles: u32,        // of all images
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][iy][ix][i/4]
@group(0) @binding(1) var<storage, read_write> v: array<vec4<f32>>;   // [plane][tile][i/4]
@group(0) @binding(2) var<uniform> params: Params;

fn load(image: u32, iy: i32, ix: i32, quad: u32) -> vec4<f32> {
    let inside = (iy >= 0) & (iy < i32(params.in_height)) & (ix >= 0) & (ix < i32(params.in_width));
    let at = ((image * params.in_height + u32(iy)) * params.in_width + u32(ix)) * params.in_quads + quad;
    return select(vec4<f32>(), x[select(0u, at, inside)], inside);
}

fn load_row(image: u32, iy: i32, ix: i32, quad: u32) -> Six {
    var row = Six();
    row.a = load(image, iy, ix, quad);
    row.b = load(image, iy, ix + 1, quad);
    row.c = load(image, iy, ix + 2, quad);
    row.d = load(image, iy, ix + 3, quad);
    if (OUTPUTS == 4u) {
        row.e = load(image, iy, ix + 4, quad);
        row.f = load(image, iy, ix + 5, quad);
    }
    return row;
}

/// Bᵀ d.
fn transform(d: Six) -> Six {
    if (OUTPUTS == 2u) {
        return Six(d.a - d.c, d.b + d.c, d.c - d.b, d.b - d.d, vec4<f32>(), vec4<f32>());
    }
    let even = d.e - 4.0 * d.c;
    let odd = d.d - 4.0 * d.b;
    let near = d.e - d.c;
    let far = 2.0 * (d.d - d.b);
    return Six(4.0 * d.a - 5.0 * d.c + d.e, even + odd, even - odd, near + far, near - far, 4.0 * d.b - 5.0 * d.d + d.f);
}

fn store_column(column: u32, at: u32, values: Six) {
    let side = OUTPUTS + 2u;
    let plane = params.tiles * params.in_quads;
    let first = column * plane + at;
    v[first] = values.a;
    v[first + side * plane] = values.b;
    v[first + 2u * side * plane] = values.c;
    v[first + 3u * side * plane] = values.d;
    if (OUTPUTS == 4u) {
        v[first + 4u * side * plane] = values.e;
        v[first + 5u * side * plane] = values.f;
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.tiles * params.in_quads) { return; }
    let quad = at % params.in_quads;
    let tile = at / params.in_quads;
    let rows = tile / params.tile_columns;
    let image = rows / params.tile_rows;
    let iy = i32(rows % params.tile_rows * OUTPUTS) - i32(params.padding_y);
    let ix = i32(tile % params.tile_columns * OUTPUTS) - i32(params.padding_x);
    let r0 = transform(load_row(image, iy, ix, quad));
    let r1 = transform(load_row(image, iy + 1, ix, quad));
    let r2 = transform(load_row(image, iy + 2, ix, quad));
    let r3 = transform(load_row(image, iy + 3, ix, quad));
    var r4 = Six();
    var r5 = Six();
    if (OUTPUTS == 4u) {
        r4 = transform(load_row(image, iy + 4, ix, quad));
        r5 = transform(load_row(image, iy + 5, ix, quad));
    }
    store_column(0u, at, transform(Six(r0.a, r1.a, r2.a, r3.a, r4.a, r5.a)));
    store_column(1u, at, transform(Six(r0.b, r1.b, r2.b, r3.b, r4.b, r5.b)));
    store_column(2u, at, transform(Six(r0.c, r1.c, r2.c, r3.c, r4.c, r5.c)));
    store_column(3u, at, transform(Six(r0.d, r1.d, r2.d, r3.d, r4.d, r5.d)));
    if (OUTPUTS == 4u) {
        store_column(4u, at, transform(Six(r0.e, r1.e, r2.e, r3.e, r4.e, r5.e)));
        store_column(5u, at, transform(Six(r0.f, r1.f, r2.f, r3.f, r4.f, r5.f)));
    }
}
