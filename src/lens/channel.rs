//! Gathers one channel of an activation into a contiguous buffer, so that only this channel is read back.

use crate::kernel::{Dispatch, Kernel, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;

params!(struct Params { pixels, stride, channel });

pub(super) static KERNEL: Kernel =
    Kernel::new("channel", wgsl!("channel", "invocation_id"), bindings!(x => y), Params::FIELDS);

/// What [`channel_dispatch`] binds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ChannelBuffer {
    Activation,
    Channel,
}

/// The dispatch that gathers `channel` of an activation of this shape: `n * h * w` values.
pub(crate) fn channel_dispatch(shape: Shape, channel: usize) -> Dispatch<ChannelBuffer> {
    let pixels = shape.n * shape.h * shape.w;
    let params = Params { pixels, stride: shape.channel_quads() * 4, channel };
    let arguments = [("x", ChannelBuffer::Activation), ("y", ChannelBuffer::Channel)];
    Dispatch::new(&KERNEL, &params, &arguments, pixels)
}
