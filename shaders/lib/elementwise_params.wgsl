
struct Params {
    quads: u32,           // of the whole output
    channel_quads: u32,   // of one pixel
}
