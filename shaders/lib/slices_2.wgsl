
/// Parts of a workgroup of `conv2d_tiled`, the invocations of a part, and those of the workgroup.
const SLICES: u32 = 2u;
const PART: u32 = 64u;
const LANES: u32 = 128u;
/// Input channel quads per step, and lengths of the columns in workgroup memory: odd, at least 7·CHUNK + 1 and 4·CHUNK + 1.
const CHUNK: u32 = 4u;
const X_COLUMN: u32 = 29u;
const W_COLUMN: u32 = 17u;
