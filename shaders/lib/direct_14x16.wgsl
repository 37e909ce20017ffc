
/// Pixels and channel quads per invocation, and invocations per workgroup: few, so that even the smallest maps occupy every processor.
const WIDE: bool = true;
const PIXELS: u32 = 14u;
const QUADS: u32 = 4u;
const LANES: u32 = 8u;
