//! Gathers one channel of an activation into a contiguous buffer, so that only this channel is read back.

use crate::kernel::{Argument, Dispatch, Kernel, bindings, wgsl};
use crate::shape::Shape;

pub(super) const KERNEL: Kernel =
    Kernel::new("channel", wgsl!("channel", "invocation_id"), bindings!(x => y), &["pixels", "stride", "channel"]);

/// The dispatch that gathers `channel` of an activation of this shape: `n * h * w` values. [`Argument::Input`] 0 is the
/// activation.
pub(crate) fn channel_dispatch(shape: Shape, channel: usize) -> Dispatch {
    let pixels = shape.n * shape.h * shape.w;
    let params = [pixels, shape.channel_quads() * 4, channel].map(|param| param as u32);
    Dispatch::new(&KERNEL, params.into(), vec![Argument::Input(0), Argument::Output], pixels)
}
