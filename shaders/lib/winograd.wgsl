
/// Side of an output tile: 2 or 4. An input tile has two rows and columns more; there is one plane per element of it.
override OUTPUTS: u32 = 4;

/// A row or column of a tile. `e` and `f` are zero if OUTPUTS is 2.
struct Six {
    a: vec4<f32>,
    b: vec4<f32>,
    c: vec4<f32>,
    d: vec4<f32>,
    e: vec4<f32>,
    f: vec4<f32>,
}
