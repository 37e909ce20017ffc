//! The two 8-bit float formats of PyTorch: Micikevicius et al. 2022 (arXiv 2209.05433).

/// `torch.float8_e4m3fn`: 4 bits of exponent with bias 7, 3 of mantissa, no infinities, NaN where all bits but the sign are set.
pub(super) fn e4m3_to_f32(byte: u8) -> f32 {
    if byte & 0x7f == 0x7f {
        return f32::NAN;
    }
    value(byte, byte >> 3 & 0xf, byte & 7, 3, 7)
}

/// `torch.float8_e5m2`: the upper byte of an `f16`.
pub(super) fn e5m2_to_f32(byte: u8) -> f32 {
    half::f16::from_bits(u16::from(byte) << 8).to_f32()
}

fn value(byte: u8, exponent: u8, mantissa: u8, mantissa_bits: i32, bias: i32) -> f32 {
    let fraction = f32::from(mantissa) / 2f32.powi(mantissa_bits);
    let magnitude = match exponent {
        0 => fraction * 2f32.powi(1 - bias),
        _ => (1.0 + fraction) * 2f32.powi(i32::from(exponent) - bias),
    };
    if byte & 0x80 == 0 { magnitude } else { -magnitude }
}
