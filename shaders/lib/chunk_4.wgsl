
/// Input channels per row of x.
const CHUNK: u32 = 4u;
