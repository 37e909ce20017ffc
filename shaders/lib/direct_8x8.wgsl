
/// Pixels and channel quads per invocation, and invocations per workgroup.
const WIDE: bool = false;
const PIXELS: u32 = 8u;
const QUADS: u32 = 2u;
const LANES: u32 = 64u;
