
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
    y_slice: u32,
    step_slice: u32,          // stride of slices in steps of the sum over taps and input channels: see conv2d_tiled
    steps_per_slice: u32,
    epilogue: u32,            // flags: see lib/epilogue
}

@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;   // [n][y][x][o/4]
@group(0) @binding(6) var<uniform> params: Params;

/// Applies the epilogue and stores the result, unless the pixel or the channel quad is beyond the last one.
fn store(pixel: u32, quad: u32, slice: u32, sum: vec4<f32>) {
    if (quad < params.out_quads) { store_channel(channel_epilogue(quad, params.out_quads), pixel, quad, slice, sum); }
}

/// The same for a channel quad within bounds, with its part of the epilogue.
fn store_channel(channel: ChannelEpilogue, pixel: u32, quad: u32, slice: u32, sum: vec4<f32>) {
    if (pixel < params.pixels) {
        let at = pixel * params.out_quads + quad;
        y[slice * params.y_slice + at] = epilogue(sum, channel, at);
    }
}
