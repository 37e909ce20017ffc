//! A plan on a GPU: buffers, pipelines and bind groups exist before the first picture.

use super::activation::Activation;
use super::adapter::Needs;
use super::context::Gpu;
use super::intake::Intake;
use super::parameters::Parameters;
use super::readback;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::plan::{BufferRef, Plan, Step};
use crate::tensor::HostTensor;
use wgpu::util::DeviceExt;

/// Offsets of uniform bindings are multiples of this by WebGPU's default limits.
const UNIFORM_STRIDE: usize = 256;

/// A [`Plan`] ready to run.
///
/// A run is one encoder, one pass, one submission, and reads the network's output back once. Runs share the buffers: start the
/// next one when the last one has answered.
#[derive(Debug)]
pub struct Executable {
    gpu: Gpu,
    plan: Plan,
    input: wgpu::Buffer,
    slots: Vec<wgpu::Buffer>,
    calls: Vec<Call>,
    answer: wgpu::Buffer,
}

/// A dispatch with all that it binds.
#[derive(Debug)]
pub(super) struct Call {
    /// The plan's step that it belongs to.
    pub(super) step: usize,
    pub(super) kernel: &'static str,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    workgroups: [u32; 2],
}

impl Call {
    pub(super) fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(self.workgroups[0], self.workgroups[1], 1);
    }
}

impl Executable {
    /// Makes everything that running `plan` takes.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device cannot hold it or refuses, [`Error::Graph`] when a node's parameters are missing.
    pub fn new(gpu: &Gpu, plan: Plan, parameters: &Parameters) -> Result<Self> {
        let needs = Needs::of(&plan);
        if !gpu.suffices(needs) {
            let found = "a device that was opened with less";
            return Err(Error::Gpu(format!("expected buffers of {} bytes, found {found}", needs.largest_buffer)));
        }
        let graph = plan.graph();
        let activation = |label: &str, length: usize| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: length as u64 * 4,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let input = activation("input", graph.input().storage_len());
        let unused = activation("unused", 4);
        let slots: Vec<_> = plan.slots().iter().map(|length| activation("slot", *length)).collect();
        let answer = readback::staging::<f32>(gpu, graph.nodes()[graph.output()].shape.storage_len());
        let uniforms = uniforms(gpu, plan.steps());
        let resolve = |buffer: BufferRef| match buffer {
            BufferRef::Input => Ok(&input),
            BufferRef::Slot(slot) => Ok(&slots[slot]),
            BufferRef::Unused => Ok(&unused),
            BufferRef::Parameter(node, name) => parameters.get(node, name).ok_or_else(|| {
                Error::Graph(format!(
                    "{}: expected its parameter {name} on the GPU, found none",
                    graph.nodes()[node].name
                ))
            }),
        };
        let mut calls = Vec::with_capacity(plan.steps().len());
        for (index, step) in plan.steps().iter().enumerate() {
            let buffers = step.buffers.iter().map(|buffer| resolve(*buffer)).collect::<Result<Vec<_>>>()?;
            calls.push(call(gpu, step, &buffers, &uniforms, index));
        }
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), plan, input, slots, calls, answer })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The graph of the plan.
    pub fn graph(&self) -> &Graph {
        self.plan.graph()
    }

    /// Runs the network and returns the value of its last node.
    ///
    /// # Errors
    /// [`Error::Shape`] when `input` has another shape than the graph's, [`Error::Gpu`] when the device fails.
    pub async fn run(&self, input: &HostTensor) -> Result<HostTensor> {
        self.gpu.check()?;
        if input.shape() != self.graph().input() {
            return Err(Error::shape(
                "the network",
                format!("an input of shape {}", self.graph().input()),
                input.shape(),
            ));
        }
        self.gpu.queue.write_buffer(&self.input, 0, bytemuck::cast_slice(&input.to_storage()));
        self.answer(self.record(self.encoder())).await
    }

    /// Runs the network on the latest frame of `intake` and returns the value of its last node. The input's channels are three.
    ///
    /// # Errors
    /// [`Error::State`] when no frame was taken in, [`Error::Gpu`] when the device fails.
    pub async fn run_frame(&self, intake: &mut Intake) -> Result<HostTensor> {
        self.gpu.check()?;
        let mut encoder = self.encoder();
        intake.encode(&mut encoder, &self.input)?;
        self.answer(self.record(encoder)).await
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// Submits what is recorded and reads the value of the network's last node.
    async fn answer(&self, mut encoder: wgpu::CommandEncoder) -> Result<HostTensor> {
        let output = &self.graph().nodes()[self.graph().output()];
        let logits = self.activation(&output.name)?;
        encoder.copy_buffer_to_buffer(&logits.buffer, 0, &self.answer, 0, self.answer.size());
        self.gpu.queue.submit([encoder.finish()]);
        let values: Vec<f32> = readback::read(&self.gpu, &self.answer).await?;
        Ok(HostTensor::from_storage(output.shape, &values))
    }

    /// All dispatches in one pass.
    fn record(&self, mut encoder: wgpu::CommandEncoder) -> wgpu::CommandEncoder {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for call in &self.calls {
            call.record(&mut pass);
        }
        drop(pass);
        encoder
    }

    /// Runs the network on the input that is there and brings nothing back.
    pub(super) fn repeat(&self) {
        self.gpu.queue.submit([self.record(self.encoder()).finish()]);
    }

    pub(super) fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The value that the node called `name` had in the last run; zeros before the first.
    ///
    /// # Errors
    /// As [`Executable::activation`], and [`Error::Gpu`] when the device fails.
    pub async fn read(&self, name: &str) -> Result<HostTensor> {
        self.activation(name)?.read().await
    }

    /// Where the value of the node called `name` lies; every run overwrites it.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::State`] when the plan does not observe it.
    pub fn activation(&self, name: &str) -> Result<Activation> {
        let node = self.graph().find(name)?;
        let buffer = match self.plan.place(node) {
            Some(BufferRef::Slot(slot)) => &self.slots[slot],
            Some(BufferRef::Input) => &self.input,
            _ => {
                let expected = "expected it among the observed nodes";
                return Err(Error::State(format!("{name}: its value was not kept: {expected}")));
            }
        };
        Ok(Activation { gpu: self.gpu.clone(), buffer: buffer.clone(), shape: self.graph().nodes()[node].shape })
    }
}

/// The extents of all steps in one buffer, [`UNIFORM_STRIDE`] bytes apart.
fn uniforms(gpu: &Gpu, steps: &[Step]) -> wgpu::Buffer {
    let mut bytes = vec![0; steps.len() * UNIFORM_STRIDE];
    for (step, place) in steps.iter().zip(bytes.chunks_exact_mut(UNIFORM_STRIDE)) {
        let extents: &[u8] = bytemuck::cast_slice(&step.dispatch.extents);
        place[..extents.len()].copy_from_slice(extents);
    }
    gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("extents"),
        contents: &bytes,
        usage: wgpu::BufferUsages::UNIFORM,
    })
}

fn call(gpu: &Gpu, step: &Step, buffers: &[&wgpu::Buffer], uniforms: &wgpu::Buffer, index: usize) -> Call {
    let (pipeline, layout) = gpu.pipeline(&step.dispatch);
    let extents = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: uniforms,
        offset: (index * UNIFORM_STRIDE) as u64,
        size: wgpu::BufferSize::new(step.dispatch.extents.len() as u64 * 4),
    });
    let resources = buffers.iter().map(|buffer| buffer.as_entire_binding()).chain([extents]);
    let entries: Vec<_> =
        (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
    let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(step.dispatch.kernel.name),
        layout: &layout,
        entries: &entries,
    });
    let workgroups = step.dispatch.workgroups();
    Call { step: index, kernel: step.dispatch.kernel.name, pipeline, bindings, workgroups }
}
