
// What follows a sum, as bits of params.epilogue. They are data and no overrides, so that layers which differ in nothing else
// share a pipeline: the first image waits for each that must be compiled.
const BIAS: u32 = 1u;
const NORM: u32 = 2u;
const RESIDUAL: u32 = 4u;
const RELU: u32 = 8u;

@group(0) @binding(0) var<storage, read> bias: array<vec4<f32>>;       // [o/4]
@group(0) @binding(1) var<storage, read> affine: array<vec4<f32>>;     // scale [o/4], then shift [o/4]
@group(0) @binding(2) var<storage, read> residual: array<vec4<f32>>;   // as the output

/// What the epilogue does to all pixels of four channels alike.
struct Ending {
    bias: vec4<f32>,
    scale: vec4<f32>,
    shift: vec4<f32>,
}

fn asks_for(part: u32) -> bool {
    return (params.epilogue & part) != 0u;
}

fn ending(quad: u32, quads: u32) -> Ending {
    var ending = Ending(vec4<f32>(), vec4<f32>(1.0), vec4<f32>());
    if (asks_for(BIAS)) { ending.bias = bias[quad]; }
    if (asks_for(NORM)) {
        ending.scale = affine[quad];
        ending.shift = affine[quads + quad];
    }
    return ending;
}

/// y = relu((sum + bias) * scale + shift + residual): BatchNorm2d, Add and ReLU in one line, each only where asked for.
/// `at` is the place in the output.
fn epilogue(sum: vec4<f32>, ending: Ending, at: u32) -> vec4<f32> {
    var y = (sum + ending.bias) * ending.scale + ending.shift;
    if (asks_for(RESIDUAL)) { y += residual[at]; }
    if (asks_for(RELU)) { y = max(y, vec4<f32>()); }
    return y;
}
