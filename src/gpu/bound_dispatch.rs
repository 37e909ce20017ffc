//! A kernel's call with everything it takes.

use wgpu::util::DeviceExt;

use super::context::Gpu;
use crate::kernel::Dispatch;

/// A dispatch ready to be recorded, again and again.
#[derive(Debug)]
pub(super) struct BoundDispatch {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    workgroups: [u32; 3],
    params: wgpu::Buffer,
}

/// Not left to a browser's garbage collection: a plan has hundreds of them.
impl Drop for BoundDispatch {
    fn drop(&mut self) {
        self.params.destroy();
    }
}

impl BoundDispatch {
    /// `buffers` in the order of the kernel's bindings, the uniform left out.
    pub fn new(gpu: &Gpu, dispatch: &Dispatch, buffers: &[&wgpu::Buffer]) -> Self {
        let (pipeline, layout) = gpu.pipeline(dispatch);
        let params = gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("params"),
            contents: bytemuck::cast_slice(&dispatch.params),
            usage: wgpu::BufferUsages::UNIFORM,
        });
        let resources = buffers.iter().copied().chain([&params]).map(wgpu::Buffer::as_entire_binding);
        let numbered = (dispatch.kernel.first_binding..).zip(resources);
        let entries: Vec<_> = numbered.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&dispatch.kernel.label()),
            layout: &layout,
            entries: &entries,
        });
        Self { pipeline, bindings, workgroups: dispatch.workgroups(), params }
    }

    pub fn record(&self, pass: &mut wgpu::ComputePass) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Runs calls one after the other, submitted by themselves.
pub(super) fn run<'a>(gpu: &Gpu, calls: impl IntoIterator<Item = &'a BoundDispatch>) {
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    calls.into_iter().for_each(|call| call.record(&mut pass));
    drop(pass);
    gpu.queue.submit([encoder.finish()]);
}

/// A buffer of `length` values of four bytes that kernels write.
pub(super) fn storage(gpu: &Gpu, label: &str, length: usize) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: length as u64 * 4,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
