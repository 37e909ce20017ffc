
// Needs the members `in_height` to `in_quads` and `pixels` of params.

/// For an output pixel: row and column of the input under the first tap of its window, and the first row of its image.
/// The window of a pixel beyond the last one is outside of the map.
fn window_origin(pixel: u32) -> vec3<i32> {
    let column = pixel % params.out_width;
    let rows = pixel / params.out_width;
    let row = rows % params.out_height;
    let image = rows / params.out_height;
    let iy = i32(row * params.stride_y) - i32(params.padding_y);
    let ix = i32(column * params.stride_x) - i32(params.padding_x);
    return vec3<i32>(select(-0x40000000, iy, pixel < params.pixels), ix, i32(image * params.in_height));
}

/// The index in x, in quads, of the pixel under tap (ky, kx); -1 in the padding.
fn tap_offset(origin: vec3<i32>, ky: u32, kx: u32) -> i32 {
    let iy = origin.x + i32(ky);
    let ix = origin.y + i32(kx);
    let inside = (iy >= 0) & (iy < i32(params.in_height)) & (ix >= 0) & (ix < i32(params.in_width));
    return select(-1, ((origin.z + iy) * i32(params.in_width) + ix) * i32(params.in_quads), inside);
}
