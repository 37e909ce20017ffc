
struct Four {
    a: vec4<f32>,
    b: vec4<f32>,
    c: vec4<f32>,
    d: vec4<f32>,
}

fn load_column(column: u32, at: u32) -> Six {
    let side = OUTPUTS + 2u;
    let plane = params.tiles * params.out_quads;
    let first = column * plane + at;
    var values = Six();
    values.a = products[first];
    values.b = products[first + side * plane];
    values.c = products[first + 2u * side * plane];
    values.d = products[first + 3u * side * plane];
    if (OUTPUTS == 4u) {
        values.e = products[first + 4u * side * plane];
        values.f = products[first + 5u * side * plane];
    }
    return values;
}

/// Aᵀ m. The last two are zero if OUTPUTS is 2.
fn transform(m: Six) -> Four {
    let sum = m.b + m.c;
    let difference = m.b - m.c;
    if (OUTPUTS == 2u) {
        return Four(m.a + sum, difference - m.d, vec4<f32>(), vec4<f32>());
    }
    let far_sum = m.d + m.e;
    let far_difference = m.d - m.e;
    return Four(
        m.a + sum + far_sum,
        difference + 2.0 * far_difference,
        sum + 4.0 * far_sum,
        difference + 8.0 * far_difference + m.f,
    );
}

fn store(channel: ChannelEpilogue, image: u32, row: u32, column: u32, quad: u32, sum: vec4<f32>) {
    if ((row < params.map_height) & (column < params.map_width)) {
        let at = ((image * params.map_height + row) * params.map_width + column) * params.out_quads + quad;
        y[at] = epilogue(sum, channel, at);
    }
}

fn store_row(channel: ChannelEpilogue, image: u32, row: u32, column: u32, quad: u32, sums: Four) {
    store(channel, image, row, column, quad, sums.a);
    store(channel, image, row, column + 1u, quad, sums.b);
    if (OUTPUTS == 4u) {
        store(channel, image, row, column + 2u, quad, sums.c);
        store(channel, image, row, column + 3u, quad, sums.d);
    }
}

/// Transforms and stores four channels of one tile; `at` is their index in a plane.
fn finish_tile(at: u32) {
    let quad = at % params.out_quads;
    let tile = at / params.out_quads;
    let rows = tile / params.tile_columns;
    let image = rows / params.tile_rows;
    let row = rows % params.tile_rows * OUTPUTS;
    let column = tile % params.tile_columns * OUTPUTS;
    let channel = channel_epilogue(quad, params.out_quads);
    let c0 = transform(load_column(0u, at));
    let c1 = transform(load_column(1u, at));
    let c2 = transform(load_column(2u, at));
    let c3 = transform(load_column(3u, at));
    var c4 = Four();
    var c5 = Four();
    if (OUTPUTS == 4u) {
        c4 = transform(load_column(4u, at));
        c5 = transform(load_column(5u, at));
    }
    store_row(channel, image, row, column, quad, transform(Six(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a)));
    store_row(channel, image, row + 1u, column, quad, transform(Six(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b)));
    if (OUTPUTS == 4u) {
        store_row(channel, image, row + 2u, column, quad, transform(Six(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c)));
        store_row(channel, image, row + 3u, column, quad, transform(Six(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d)));
    }
}
