
/// One half with 22 fractional bits, for rounding.
fn half() -> vec3<i32> {
    return vec3<i32>(1i << 21u);
}

fn clip8(sum: vec3<i32>) -> vec3<i32> {
    return clamp(sum >> vec3<u32>(22u), vec3<i32>(), vec3<i32>(255));
}

fn unpack(pixel: u32) -> vec3<i32> {
    return vec3<i32>((vec3<u32>(pixel) >> vec3<u32>(0u, 8u, 16u)) & vec3<u32>(255u));
}

fn pack(levels: vec3<i32>) -> u32 {
    let bytes = vec3<u32>(levels) << vec3<u32>(0u, 8u, 16u);
    return bytes.r | bytes.g | bytes.b;
}
