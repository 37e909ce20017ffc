
/// Pixels and quads of channels of an invocation: 8 x 8.
const WIDE: bool = false;
const PIXELS: u32 = 8u;
const QUADS: u32 = 2u;
const LANES: u32 = 64u;
