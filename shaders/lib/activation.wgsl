
// Activation functions. The codes are those of `ops::Activation` in Rust; 0 is none.
const RELU: u32 = 1u;
const SILU: u32 = 2u;

fn relu(x: vec4<f32>) -> vec4<f32> {
    return max(x, vec4<f32>());
}

/// x · sigmoid(x). The exponent is bounded because exp(89) overflows; at x = -80 the result is 0 to 30 decimal places.
fn silu(x: vec4<f32>) -> vec4<f32> {
    return x / (1.0 + exp(min(-x, vec4<f32>(80.0))));
}

fn activate(code: u32, x: vec4<f32>) -> vec4<f32> {
    var y = x;
    if (code == RELU) { y = relu(x); }
    if (code == SILU) { y = silu(x); }
    return y;
}
