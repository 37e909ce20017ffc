
/// Side of the output's tile: 2 or 4. The input's tile is two larger each way, and so many planes each way there are.
override OUTPUTS: u32 = 4;

/// A row or column of a tile; `e` and `f` are zero where a tile has only four of them.
struct Six {
    a: vec4<f32>,
    b: vec4<f32>,
    c: vec4<f32>,
    d: vec4<f32>,
    e: vec4<f32>,
    f: vec4<f32>,
}
