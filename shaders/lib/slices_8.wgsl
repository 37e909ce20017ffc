
/// Parts of a workgroup of `conv2d_tiled`, the invocations of a part, and those of the workgroup.
const SLICES: u32 = 8u;
const PART: u32 = 32u;
const LANES: u32 = 256u;
/// Input channel quads per step, and lengths of the columns in workgroup memory: odd, at least 7·CHUNK + 1 and 4·CHUNK + 1.
const CHUNK: u32 = 1u;
const X_COLUMN: u32 = 9u;
const W_COLUMN: u32 = 5u;
