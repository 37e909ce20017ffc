//! One channel of an activation by itself, so that no others have to be read with it.

use crate::kernel::{Argument, Dispatch, Kernel, bindings, wgsl};
use crate::shape::Shape;

pub(super) const KERNEL: Kernel =
    Kernel::new("channel", wgsl!("channel", "invocation_id"), bindings!(x => y), &["pixels", "stride", "channel"]);

/// Gathers `channel` of an activation of this shape: as many values as it has pixels.
pub(crate) fn channel_dispatch(shape: Shape, channel: usize) -> Dispatch {
    let pixels = shape.n * shape.h * shape.w;
    let params = [pixels, shape.channel_quads() * 4, channel].map(|extent| extent as u32);
    Dispatch::new(&KERNEL, params.into(), vec![Argument::Input(0), Argument::Output], pixels)
}
