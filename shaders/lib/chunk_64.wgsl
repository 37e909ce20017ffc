
/// How many input channels of a pixel are one row of x.
const CHUNK: u32 = 64u;
