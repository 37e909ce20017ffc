// Winograd convolution F(m,3), weight transform: U = G g Gᵀ of every 3x3 filter, once per network, m = OUTPUTS.
//
// Layouts: weight [ky][kx][i][o], U [plane][i][o] with plane = row·(m+2) + column; channels padded with zeros to multiples of
// four. One invocation transforms one input channel of four filters.
// Source: Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks", section 4.1 (F(2,3)) and 4.2 (F(4,3)).
//
// uses lib/invocation_id: linear_id
// uses lib/winograd: OUTPUTS, Six
// uses lib/weight_f32: weight_at

struct Params {
    quads: u32,        // of one tap: padded input channels times output channel quads
}

@group(0) @binding(5) var<storage, read_write> u: array<vec4<f32>>;   // [plane][i][o/4]
@group(0) @binding(6) var<uniform> params: Params;

/// G g.
fn transform(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>) -> Six {
    if (OUTPUTS == 2u) {
        return Six(a, 0.5 * (a + b + c), 0.5 * (a - b + c), c, vec4<f32>(), vec4<f32>());
    }
    let ends = a + c;
    let far = a / 24.0 + c / 6.0;
    return Six(a / 4.0, (ends + b) / -6.0, (ends - b) / -6.0, far + b / 12.0, far - b / 12.0, c);
}

/// One column of filters, transformed: taps (0, kx), (1, kx), (2, kx).
fn load_column(kx: u32, at: u32) -> Six {
    let tap = params.quads;
    return transform(weight_at(kx * tap + at), weight_at((3u + kx) * tap + at), weight_at((6u + kx) * tap + at));
}

fn store_row(row: u32, at: u32, values: Six) {
    let first = row * (OUTPUTS + 2u) * params.quads + at;
    u[first] = values.a;
    u[first + params.quads] = values.b;
    u[first + 2u * params.quads] = values.c;
    u[first + 3u * params.quads] = values.d;
    if (OUTPUTS == 4u) {
        u[first + 4u * params.quads] = values.e;
        u[first + 5u * params.quads] = values.f;
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let c0 = load_column(0u, at);
    let c1 = load_column(1u, at);
    let c2 = load_column(2u, at);
    store_row(0u, at, transform(c0.a, c1.a, c2.a));
    store_row(1u, at, transform(c0.b, c1.b, c2.b));
    store_row(2u, at, transform(c0.c, c1.c, c2.c));
    store_row(3u, at, transform(c0.d, c1.d, c2.d));
    if (OUTPUTS == 4u) {
        store_row(4u, at, transform(c0.e, c1.e, c2.e));
        store_row(5u, at, transform(c0.f, c1.f, c2.f));
    }
}
