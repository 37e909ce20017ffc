
struct Extents {
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
    pixels: u32,              // of all pictures of the output
    x_slice: u32,             // how far slices lie apart, in quads
    weight_slice: u32,
    y_slice: u32,
    step_slice: u32,          // how far slices' first steps lie apart in the sum over taps and input channels: see conv2d_tiled
    steps_per_slice: u32,
}

@group(0) @binding(6) var<uniform> extents: Extents;

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
