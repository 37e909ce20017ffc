//! How an activation becomes an image and numbers about it: plain data and the CPU's version of what the GPU draws.
//!
//! Every rule that a shader follows stands here too, as the operators' CPU references do: colormaps and scales ([`Colour`],
//! [`Legend`]), which values a pixel shows ([`Tile`]), the numbers about a map ([`Statistics`]). The tests hold the two together.

mod channel;
mod class_map;
mod colormap;
mod colour;
mod frame_resize;
mod histogram;
mod product;
mod receptive_field;
mod related_nodes;
mod statistics;

mod thumbnail;
mod tile;

use crate::kernel::Kernel;

pub(crate) use channel::channel_dispatch;
pub(crate) use class_map::class_map_dispatch;
pub use class_map::{Head, class_map};
pub use colormap::{Colormap, RAMP_COLOURS};
pub use colour::{Colour, Legend, Scale};
pub(crate) use frame_resize::FrameResizePlan;
pub use histogram::Histogram;
pub use product::{Term, pointwise, terms};
pub(crate) use receptive_field::check_place;
pub use receptive_field::{ReceptiveField, receptive_field};
pub use related_nodes::{RelatedNode, related_nodes};
pub(crate) use statistics::StatisticsLayout;
pub use statistics::{ChannelStatistics, LayerStatistics, Statistics};
pub use thumbnail::{Thumbnail, Thumbnails};
pub use tile::Tile;

/// The compute kernels of the lens.
pub fn kernels() -> Vec<&'static Kernel> {
    [&statistics::KERNELS[..], &frame_resize::KERNELS, &thumbnail::KERNELS, &[&class_map::KERNEL, &channel::KERNEL]]
        .concat()
}
