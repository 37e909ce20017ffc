//! A dispatch with its pipeline and buffers.

use std::sync::Arc;

use super::buffer::GpuBuffer;
use super::context::Gpu;
use crate::error::Result;
use crate::kernel::Dispatch;

/// A dispatch ready to be recorded any number of times. It owns what it binds.
#[derive(Debug)]
pub(super) struct BoundDispatch {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
    _buffers: Vec<Arc<GpuBuffer>>,
}

impl BoundDispatch {
    /// `buffers` are in the order of the kernel's bindings, without the uniform. To be called in an error scope.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the pipeline was not compiled by [`Gpu::compile`].
    pub fn new(gpu: &Gpu, dispatch: &Dispatch, mut buffers: Vec<Arc<GpuBuffer>>) -> Result<Self> {
        let pipeline = gpu.pipeline(dispatch)?;
        let params = bytemuck::cast_slice(&dispatch.params);
        buffers.push(GpuBuffer::with_contents(gpu, "params", params, wgpu::BufferUsages::UNIFORM));
        let resources = buffers.iter().map(|buffer| buffer.as_entire_binding());
        let numbered = (dispatch.kernel.first_binding..).zip(resources);
        let entries: Vec<_> = numbered.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&dispatch.kernel.label()),
            layout: &pipeline.bindings,
            entries: &entries,
        });
        Ok(Self { pipeline: pipeline.pipeline, bind_group, workgroups: dispatch.workgroups(), _buffers: buffers })
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
