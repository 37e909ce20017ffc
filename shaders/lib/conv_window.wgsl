
/// Row and column of the input under the window's first tap at an output pixel, and the row at which its picture begins.
/// An output pixel that does not exist stands far outside.
fn place(pixel: u32) -> vec3<i32> {
    let column = pixel % extents.out_width;
    let rows = pixel / extents.out_width;
    let row = rows % extents.out_height;
    let picture = rows / extents.out_height;
    let iy = i32(row * extents.stride_y) - i32(extents.padding_y);
    let ix = i32(column * extents.stride_x) - i32(extents.padding_x);
    return vec3<i32>(select(-0x40000000, iy, pixel < extents.pixels), ix, i32(picture * extents.in_height));
}

/// Where the channels of the pixel under tap (ky, kx) begin in x, in quads; -1 where that is padding.
fn tap(origin: vec3<i32>, ky: u32, kx: u32) -> i32 {
    let iy = origin.x + i32(ky);
    let ix = origin.y + i32(kx);
    let inside = (iy >= 0) & (iy < i32(extents.in_height)) & (ix >= 0) & (ix < i32(extents.in_width));
    return select(-1, ((origin.z + iy) * i32(extents.in_width) + ix) * i32(extents.in_quads), inside);
}
