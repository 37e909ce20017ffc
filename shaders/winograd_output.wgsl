// Winograd convolution F(m,3), output transform: y = epilogue(Aᵀ M A) of every tile, m = OUTPUTS.
//
// Layouts: M [plane][tile][o/4] with plane = row·(m+2) + column, tiles by image, row, column; y NHWC; channels padded with
// zeros to multiples of four. One invocation computes four channels of one tile of m rows and columns.
// Source: Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks", section 4.1 (F(2,3)) and 4.2 (F(4,3)).
//
// uses lib/invocation_id: linear_id
// uses lib/winograd
// uses lib/winograd_output_transform: finish_tile
// uses lib/activation
// uses lib/epilogue

struct Params {
    map_height: u32,
    map_width: u32,
    tile_rows: u32,
    tile_columns: u32,
    out_quads: u32,
    tiles: u32,        // of all images
    epilogue: u32,     // flags: see lib/epilogue
}

@group(0) @binding(3) var<storage, read> products: array<vec4<f32>>;   // [plane][tile][o/4]
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;    // [n][y][x][o/4]
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at < params.tiles * params.out_quads) { finish_tile(at); }
}
