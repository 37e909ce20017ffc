// Winograd convolution F(m,3), products and output transform in one dispatch: M = V U per plane, then y = epilogue(Aᵀ M A),
// m = OUTPUTS.
//
// Layouts: V [plane][tile][i], U [plane][i][o], M [plane][tile][o/4] with plane = row·(m+2) + column, tiles by image, row,
// column; y NHWC; channels padded with zeros to multiples of four.
// One invocation computes the products of 7 tiles and 16 channels, with subgroups of 28 tiles and 4 channels, for all planes, as
// conv2d_scalar does, and transforms the part of M that it has written itself: no barrier is needed, and a layer takes one dispatch less.
// Source: Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks", section 4.1 (F(2,3)) and 4.2 (F(4,3)).
//
// uses lib/winograd: OUTPUTS
// uses lib/winograd_output_transform: finish_tile
// uses lib/activation
// uses lib/epilogue
// uses lib/conv_window
// uses lib/scalar_sums or lib/quad_sums: TILE_PIXELS, TILE_QUADS, first_pixel, first_quad, pixel_at, sums, tile_index
// uses lib/chunk_64
// uses lib/weight_f32

// The products are a 1x1 convolution over a row of tiles: the members up to `weight_slice` are those of lib/conv_params.
struct Params {
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
    in_channels: u32,         // without padding
    in_quads: u32,
    out_quads: u32,
    pixels: u32,              // of all images of the output
    x_slice: u32,             // stride of slices, in quads
    weight_slice: u32,
    map_height: u32,          // of y
    map_width: u32,
    tile_rows: u32,
    tile_columns: u32,
    tiles: u32,               // of all images
    epilogue: u32,            // flags: see lib/epilogue
}

@group(0) @binding(5) var<storage, read_write> products: array<vec4<f32>>;   // [plane][tile][o/4]
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;          // [n][y][x][o/4]
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(4)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
) {
    let n = params.out_quads;
    let block = tile_index(group, groups, invocation);
    let quad = first_quad(block, invocation);
    let tile = first_pixel(block);
    if (tile >= params.tiles) { return; }
    let quads = min(TILE_QUADS, n - min(quad, n));
    for (var plane = 0u; plane < (OUTPUTS + 2u) * (OUTPUTS + 2u); plane++) {
        var all = sums(tile, quad, plane, invocation);
        for (var q = 0u; q < quads; q++) {
            for (var i = 0u; i < TILE_PIXELS; i++) {
                let t = tile + pixel_at(i, invocation);
                if (t < params.tiles) {
                    products[(plane * params.tiles + t) * n + quad + q] = all[q * TILE_PIXELS + i];
                }
            }
        }
    }
    for (var q = 0u; q < quads; q++) {
        for (var t = tile; t < min(tile + TILE_PIXELS, params.tiles); t++) { finish_tile(t * n + quad + q); }
    }
}
