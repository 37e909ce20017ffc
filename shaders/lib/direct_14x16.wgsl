
/// Pixels and quads of channels of an invocation: 14 x 16. Few to a workgroup, so that the smallest maps, too, have work for every
/// processor.
const WIDE: bool = true;
const PIXELS: u32 = 14u;
const QUADS: u32 = 4u;
const LANES: u32 = 8u;
