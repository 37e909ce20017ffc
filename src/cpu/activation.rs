//! Activation functions: `shaders/lib/activation.wgsl`.

/// sigmoid(x), with the exponent bounded as in the shader.
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).min(80.0).exp())
}

/// x · sigmoid(x).
pub(super) fn silu_of(x: f32) -> f32 {
    x * sigmoid(x)
}
