//! How values become images and statistics: layouts and dispatches of the inspection kernels, and CPU references of what the GPU
//! computes and draws.
//!
//! Every rule that a shader implements is also a Rust function here, and tests compare the two: value to colour
//! ([`ColourMapping`], [`Legend`]), pixel to value ([`PixelRect`]), statistics of a feature map ([`Statistics`]), class
//! activation maps ([`class_map`]).

mod ascent;
mod channel;
mod class_map;
mod colormap;
mod colour_mapping;
mod deletion;
mod frame_resize;
mod histogram;
mod pixel_rect;
mod pointwise;
mod receptive_field;
mod related_nodes;
mod residual_statistics;
mod statistics;

use crate::kernel::Kernel;

pub use ascent::Ascent;
pub(crate) use channel::{ChannelBuffer, channel_dispatch};
pub(crate) use class_map::{ClassMapBuffer, class_map_dispatch};
pub use class_map::{ClassifierHead, class_map};
pub use colormap::{COLORMAP_SIZE, Colormap};
pub use colour_mapping::{ColourMapping, Legend, Scale};
pub use deletion::{Deletion, blurred};
pub(crate) use frame_resize::{FrameBuffer, FrameResizePlan};
pub use histogram::Histogram;
pub use pixel_rect::PixelRect;
pub use pointwise::{Term, pointwise, terms};
pub(crate) use receptive_field::check_position;
pub use receptive_field::{ReceptiveField, receptive_field};
pub use related_nodes::{RelatedNode, related_nodes};
pub(crate) use residual_statistics::{ResidualBuffer, ResidualLayout};
pub use residual_statistics::{ResidualStatistics, ResidualSums};
pub use statistics::{ChannelStatistics, LayerStatistics, Statistics};
pub(crate) use statistics::{StatisticsBuffer, StatisticsLayout};

/// The compute kernels of this module.
pub fn kernels() -> Vec<&'static Kernel> {
    [
        &statistics::KERNELS[..],
        &frame_resize::KERNELS,
        &[&class_map::KERNEL, &channel::KERNEL, &residual_statistics::KERNEL],
    ]
    .concat()
}
