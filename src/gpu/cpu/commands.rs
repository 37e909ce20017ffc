//! Recorded commands and how they are carried out.

use std::sync::{Arc, Mutex};

use web_time::{SystemTime, UNIX_EPOCH};
use wgpu::custom::CommandBufferInterface;

use super::memory::{CpuBuffer, CpuTexture};
use super::resources::{BindGroup, ComputePipeline, QuerySet, RenderPipeline};
use crate::cpu::{Bound, Call, PaintBuffers, paint};
use crate::kernel::Access;
use crate::lock::lock;

/// A recorded command.
#[derive(Debug)]
pub(super) enum Command {
    Dispatch { pipeline: ComputePipeline, bindings: BindGroup },
    Clear(CpuTexture),
    Draw { pipeline: RenderPipeline, bindings: BindGroup, target: CpuTexture, tiles: usize },
    CopyBuffer { from: CpuBuffer, first: u64, to: CpuBuffer, at: u64, bytes: u64 },
    CopyTexture { from: CpuTexture, to: CpuBuffer, at: u64, row: usize },
    Timestamp { set: QuerySet, index: u32 },
    ResolveTimestamps { set: QuerySet, first: usize, count: usize, to: CpuBuffer, at: u64 },
}

/// The commands of an encoder, which its passes add to. A submission carries them out.
#[derive(Debug, Clone, Default)]
pub(super) struct Commands(Arc<Mutex<Vec<Command>>>);

impl CommandBufferInterface for Commands {}

impl Commands {
    pub fn push(&self, command: Command) {
        lock(&self.0).push(command);
    }

    /// Carries the commands out in order.
    pub fn submit(&self) {
        for command in lock(&self.0).drain(..) {
            command.carry_out();
        }
    }
}

impl Command {
    fn carry_out(self) {
        match self {
            Self::Dispatch { pipeline, bindings } => dispatch(&pipeline, bindings.buffers()),
            Self::Clear(texture) => texture.write().fill(0),
            Self::Draw { pipeline, bindings, target, tiles } => draw(pipeline, bindings.buffers(), &target, tiles),
            Self::CopyBuffer { from, first, to, at, bytes } => to.write_bytes(at, &from.bytes(first..first + bytes)),
            Self::CopyTexture { from, to, at, row } => copy_texture(&from, &to, at, row),
            Self::Timestamp { set, index } => set.set(index, now()),
            Self::ResolveTimestamps { set, first, count, to, at } => {
                to.write_bytes(at, bytemuck::cast_slice(&set.values()[first..first + count]));
            }
        }
    }
}

/// Nanoseconds of a clock.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// A locked buffer.
enum Locked<'a> {
    Read { words: std::sync::RwLockReadGuard<'a, Vec<u32>>, contents: u64 },
    ReadWrite(std::sync::RwLockWriteGuard<'a, Vec<u32>>),
}

fn dispatch(pipeline: &ComputePipeline, buffers: &[CpuBuffer]) {
    let Some(entry) = pipeline.entry else { return };
    let Some((params, buffers)) = buffers.split_last() else { return };
    let mut locked: Vec<Locked<'_>> = buffers
        .iter()
        .zip(entry.kernel.bindings)
        .map(|(buffer, binding)| match binding.access {
            Access::ReadWrite => Locked::ReadWrite(buffer.write()),
            Access::Read | Access::Uniform => Locked::Read { words: buffer.read(), contents: buffer.contents() },
        })
        .collect();
    let bound = locked.iter_mut().map(|locked| match locked {
        Locked::Read { words, contents } => Bound::Read { words, contents: *contents },
        Locked::ReadWrite(words) => Bound::ReadWrite(words),
    });
    let params = params.read();
    (entry.function)(&mut Call::new(entry.kernel, &params, &pipeline.constants, bound.collect()));
}

fn draw(pipeline: RenderPipeline, buffers: &[CpuBuffer], target: &CpuTexture, tiles: usize) {
    let (Some(fragment), [values, bounds, range, colormaps, list, view]) = (pipeline.0, buffers) else { return };
    let buffers = [values, bounds, range, colormaps, list, view].map(CpuBuffer::read);
    let [values, bounds, range, colormaps, list, view] = buffers.each_ref().map(|words| &words[..]);
    let buffers = PaintBuffers { values, bounds, range, colormaps, tiles: list, view };
    paint(fragment, &buffers, tiles, &mut target.write());
}

/// Rows that are `row` bytes apart in the buffer.
fn copy_texture(from: &CpuTexture, to: &CpuBuffer, at: u64, row: usize) {
    let pixels = from.read();
    for (index, values) in pixels.chunks_exact(from.size[0] as usize * 4).enumerate() {
        to.write_bytes(at + (index * row) as u64, values);
    }
}
