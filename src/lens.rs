//! How an activation becomes a picture and numbers about it: plain data and the CPU's version of what the GPU draws.
//!
//! Every rule that a shader follows stands here too, as the operators' CPU references do: ramps and scales ([`Colour`],
//! [`Legend`]), which values a pixel shows ([`Tile`]), the numbers about a map ([`Statistics`]). The tests hold the two together.

mod colour;
mod field;
mod histogram;
mod ramp;
mod statistics;
mod taps;
mod tile;

use crate::kernel::Kernel;

pub use colour::{Colour, Legend, Scale};
pub use field::{Field, receptive_field};
pub use histogram::Histogram;
pub use ramp::{RAMP_COLOURS, Ramp};
pub use statistics::{ChannelStatistics, LayerStatistics, Statistics, Survey};
pub use taps::{Tap, taps};
pub use tile::Tile;

/// The compute kernels of the lens.
pub fn kernels() -> Vec<&'static Kernel> {
    statistics::KERNELS.to_vec()
}
