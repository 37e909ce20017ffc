//! A dispatch with its pipeline and buffers.

use std::sync::Arc;

use super::buffer::GpuBuffer;
use super::context::Gpu;
use crate::error::Result;
use crate::kernel::{Dispatch, KernelCall};

/// A dispatch ready to be recorded any number of times. It owns what it binds.
#[derive(Debug)]
pub(super) struct BoundDispatch {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
    _buffers: Vec<Arc<GpuBuffer>>,
}

impl BoundDispatch {
    /// `buffer` returns the buffer of each argument. To be called in an error scope.
    ///
    /// # Errors
    /// As [`BoundDispatch::new`].
    pub fn bind<'a, A: Copy>(
        gpu: &Gpu,
        dispatch: &Dispatch<A>,
        buffer: impl Fn(A) -> &'a Arc<GpuBuffer>,
    ) -> Result<Self> {
        Self::new(gpu, dispatch, dispatch.arguments.iter().map(|argument| buffer(*argument).clone()).collect())
    }

    /// `buffers` are in the order of the kernel's bindings, without the uniform. To be called in an error scope.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the pipeline was not compiled by [`Gpu::compile`].
    pub fn new(gpu: &Gpu, call: &KernelCall, mut buffers: Vec<Arc<GpuBuffer>>) -> Result<Self> {
        let pipeline = gpu.pipeline(call)?;
        let params = bytemuck::cast_slice(&call.params);
        buffers.push(GpuBuffer::with_contents(gpu, "params", params, wgpu::BufferUsages::UNIFORM));
        let resources = buffers.iter().map(|buffer| buffer.as_entire_binding());
        let numbered = (call.kernel.first_binding..).zip(resources);
        let entries: Vec<_> = numbered.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&call.kernel.label()),
            layout: &pipeline.parts.bindings,
            entries: &entries,
        });
        Ok(Self { pipeline: pipeline.pipeline, bind_group, workgroups: call.workgroups(), _buffers: buffers })
    }

    pub fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Runs dispatches one after the other in a submission of their own.
pub(super) fn run<'a>(gpu: &Gpu, dispatches: impl IntoIterator<Item = &'a BoundDispatch>) {
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    dispatches.into_iter().for_each(|dispatch| dispatch.record(&mut pass));
    drop(pass);
    gpu.queue.submit([encoder.finish()]);
}
