//! A plan on a GPU: buffers, pipelines and bind groups exist before the first image.

use std::sync::Arc;

use super::activation::Activation;
use super::adapter::Needs;
use super::bound_dispatch::{BoundDispatch, storage};
use super::context::Gpu;
use super::frame_preprocess::FramePreprocessor;
use super::parameters::{GpuBuffer, Parameters};
use super::readback;
use super::thumbnail_atlas::ThumbnailAtlas;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::plan::{self, BufferRef, Plan};
use crate::tensor::HostTensor;

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
    calls: Vec<BoundDispatch>,
    /// The thumbnails and the calls that make them, with the number of the plan's call that each follows.
    thumbnail_atlas: Option<ThumbnailAtlas>,
    thumbnail_dispatches: Vec<(usize, BoundDispatch)>,
    answer: wgpu::Buffer,
    /// Parameters in the forms that the calls read.
    _prepared: Vec<Arc<GpuBuffer>>,
}

/// The memory on the GPU goes now, see [`Parameters::free`]. Nobody may read an activation or a thumbnail of it any more.
impl Drop for Executable {
    fn drop(&mut self) {
        let activations = self.slots.iter().chain([&self.input, &self.answer]);
        activations.chain(self.thumbnail_atlas.iter().flat_map(ThumbnailAtlas::memory)).for_each(wgpu::Buffer::destroy);
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
        let input = storage(gpu, "input", graph.input().storage_len());
        let unused = storage(gpu, "unused", 4);
        let slots: Vec<_> = plan.slots().iter().map(|length| storage(gpu, "slot", *length)).collect();
        let answer = readback::staging::<f32>(gpu, graph.nodes()[graph.output()].shape.storage_len());
        let missing = |node: usize, name: &str| {
            let node = &graph.nodes()[node].name;
            Error::Graph(format!("{node}: expected its parameter {name} on the GPU, found none"))
        };
        let prepared = parameters.prepare(gpu, plan.prepared()).map_err(|(node, name)| missing(node, name))?;
        let thumbnail_atlas =
            (!plan.thumbnail_dispatches().is_empty()).then(|| ThumbnailAtlas::new(gpu, plan.thumbnails()));
        let resolve = |buffer: BufferRef| match buffer {
            BufferRef::Thumbnails => Ok(thumbnail_atlas.as_ref().map_or(&unused, ThumbnailAtlas::parts).clone()),
            BufferRef::Input => Ok(input.clone()),
            BufferRef::Slot(slot) => Ok(slots[slot].clone()),
            BufferRef::Unused => Ok(unused.clone()),
            BufferRef::Parameter(node, name) | BufferRef::TransformedWeights(node, name) => {
                parameters.get(node, name).ok_or_else(|| missing(node, name))
            }
        };
        let bind = |call: &plan::PlannedDispatch| {
            let buffers = call.buffers.iter().map(|buffer| resolve(*buffer)).collect::<Result<Vec<_>>>()?;
            Ok(BoundDispatch::new(gpu, &call.dispatch, &buffers.iter().collect::<Vec<_>>()))
        };
        let calls = plan.calls().map(bind).collect::<Result<Vec<_>>>()?;
        let mut thumbnail_dispatches = Vec::new();
        let mut done = 0;
        for (step, glance) in plan.steps().iter().zip(plan.thumbnail_dispatches()) {
            done += step.calls.len();
            thumbnail_dispatches.push((done - 1, bind(glance)?));
        }
        gpu.check()?;
        Ok(Self {
            gpu: gpu.clone(),
            plan,
            input,
            slots,
            calls,
            thumbnail_atlas,
            thumbnail_dispatches,
            answer,
            _prepared: prepared,
        })
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
    pub async fn run_frame(&self, intake: &mut FramePreprocessor) -> Result<HostTensor> {
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
        let mut thumbnail_dispatches = self.thumbnail_dispatches.iter().peekable();
        for (number, call) in self.calls.iter().enumerate() {
            call.record(&mut pass);
            if let Some((_, glance)) = thumbnail_dispatches.next_if(|(behind, _)| *behind == number) {
                glance.record(&mut pass);
            }
        }
        drop(pass);
        encoder
    }

    /// Runs the network on the input that is there and brings nothing back.
    pub(super) fn repeat(&self) {
        self.gpu.queue.submit([self.record(self.encoder()).finish()]);
    }

    /// The GPU it runs on.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    pub(super) fn calls(&self) -> &[BoundDispatch] {
        &self.calls
    }

    /// The thumbnails that runs make, if the plan has any.
    pub fn thumbnail_atlas(&self) -> Option<&ThumbnailAtlas> {
        self.thumbnail_atlas.as_ref()
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
