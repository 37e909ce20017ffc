

/// The position of four channels in an NHWC tensor: image, row, column and quad of channels.
struct OutputPosition {
    image: u32,
    row: u32,
    column: u32,
    quad: u32,
}

/// The position of the `at`-th `vec4` of a tensor of `height` rows, `width` columns and `quads` quads of channels.
fn output_position(at: u32, height: u32, width: u32, quads: u32) -> OutputPosition {
    let pixel = at / quads;
    let rows = pixel / width;
    return OutputPosition(rows / height, rows % height, pixel % width, at % quads);
}
