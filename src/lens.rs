//! How an activation becomes a picture and numbers about it: plain data and the CPU's version of what the GPU draws.
//!
//! Every rule that a shader follows stands here too, as the operators' CPU references do: ramps and scales ([`Colour`],
//! [`Legend`]), which values a pixel shows ([`Tile`]), the numbers about a map ([`Statistics`]). The tests hold the two together.

mod channel;
mod class_map;
mod colour;
mod field;
mod histogram;
mod intake;
mod product;
mod ramp;
mod statistics;
mod taps;
mod thumbnail;
mod tile;

use crate::kernel::Kernel;

pub(crate) use channel::channel_dispatch;
pub(crate) use class_map::class_map_dispatch;
pub use class_map::{Head, class_map};
pub use colour::{Colour, Legend, Scale};
pub(crate) use field::check_place;
pub use field::{Field, receptive_field};
pub use histogram::Histogram;
pub(crate) use intake::IntakePlan;
pub use product::{Term, pointwise, terms};
pub use ramp::{RAMP_COLOURS, Ramp};
pub(crate) use statistics::Survey;
pub use statistics::{ChannelStatistics, LayerStatistics, Statistics};
pub use taps::{Tap, taps};
pub use thumbnail::{Thumbnail, Thumbnails};
pub use tile::Tile;

/// The compute kernels of the lens.
pub fn kernels() -> Vec<&'static Kernel> {
    [&statistics::KERNELS[..], &intake::KERNELS, &thumbnail::KERNELS, &[&class_map::KERNEL, &channel::KERNEL]].concat()
}
