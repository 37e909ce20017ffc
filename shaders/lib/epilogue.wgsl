
override BIAS: bool = false;
override NORM: bool = false;
override RESIDUAL: bool = false;
override RELU: bool = false;

@group(0) @binding(0) var<storage, read> bias: array<value>;       // [o]
@group(0) @binding(1) var<storage, read> affine: array<value>;     // scale [o], then shift [o]
@group(0) @binding(2) var<storage, read> residual: array<value>;   // as the output

/// y = relu((sum + bias) * scale + shift + residual): BatchNorm2d, Add and ReLU in one line, each only where asked for.
/// `channel` of `channels` and the place `at` in the output count in the kernel's `value`s.
fn epilogue(sum: value, channel: u32, channels: u32, at: u32) -> value {
    var y = sum;
    if (BIAS) { y += bias[channel]; }
    if (NORM) { y = y * affine[channel] + affine[channels + channel]; }
    if (RESIDUAL) { y += residual[at]; }
    if (RELU) { y = max(y, value()); }
    return y;
}
