
override BIAS: bool = false;
override NORM: bool = false;
override RESIDUAL: bool = false;
override RELU: bool = false;

@group(0) @binding(0) var<storage, read> bias: array<vec4<f32>>;       // [o/4]
@group(0) @binding(1) var<storage, read> affine: array<vec4<f32>>;     // scale [o/4], then shift [o/4]
@group(0) @binding(2) var<storage, read> residual: array<vec4<f32>>;   // as the output

/// What the epilogue does to all pixels of four channels alike.
struct Ending {
    bias: vec4<f32>,
    scale: vec4<f32>,
    shift: vec4<f32>,
}

fn ending(quad: u32, quads: u32) -> Ending {
    var ending = Ending();
    if (BIAS) { ending.bias = bias[quad]; }
    if (NORM) {
        ending.scale = affine[quad];
        ending.shift = affine[quads + quad];
    }
    return ending;
}

/// y = relu((sum + bias) * scale + shift + residual): BatchNorm2d, Add and ReLU in one line, each only where asked for.
/// `at` is the place in the output.
fn epilogue(sum: vec4<f32>, ending: Ending, at: u32) -> vec4<f32> {
    var y = sum;
    if (BIAS) { y += ending.bias; }
    if (NORM) { y = y * ending.scale + ending.shift; }
    if (RESIDUAL) { y += residual[at]; }
    if (RELU) { y = max(y, vec4<f32>()); }
    return y;
}
