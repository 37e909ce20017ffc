//! A plan with its buffers, pipelines and bind groups.

use std::sync::Arc;

use super::activation::Activation;
use super::bound_dispatch::BoundDispatch;
use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::frame_preprocess::FramePreprocessor;
use super::needs::Needs;
use super::parameters::Parameters;
use super::readback;
use super::thumbnail_atlas::ThumbnailAtlas;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::plan::{BufferRef, Plan, PlannedDispatch};
use crate::tensor::HostTensor;

/// A [`Plan`] ready to run.
///
/// A run is one encoder, one compute pass, one submission and one read-back of the network's output. All runs use the same
/// buffers.
#[derive(Debug)]
pub struct Executable {
    gpu: Gpu,
    plan: Plan,
    input: Arc<GpuBuffer>,
    slots: Vec<Arc<GpuBuffer>>,
    dispatches: Vec<BoundDispatch>,
    thumbnail_atlas: Option<ThumbnailAtlas>,
    /// With the index of the dispatch that each one follows.
    thumbnail_dispatches: Vec<(usize, BoundDispatch)>,
    output_staging: Arc<GpuBuffer>,
}

impl Executable {
    /// Allocates the buffers of `plan`, compiles its pipelines and transforms its weights.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device cannot hold it or refuses, [`Error::Graph`] when a node's parameters are missing.
    pub async fn new(gpu: &Gpu, plan: Plan, parameters: &Parameters) -> Result<Self> {
        gpu.check_lost()?;
        gpu.require(Needs::of(&plan))?;
        parameters.uploaded().await?;
        let thumbnails = (!plan.thumbnail_dispatches().is_empty()).then(|| plan.thumbnails().dispatches());
        gpu.compile_plan(&plan).await?;
        gpu.compile(thumbnails.iter().flatten()).await?;
        gpu.guarded("allocate the network's buffers", || Self::bind(gpu, plan, parameters)).await
    }

    /// To be called in an error scope when the pipelines are compiled.
    fn bind(gpu: &Gpu, plan: Plan, parameters: &Parameters) -> Result<Self> {
        let graph = plan.graph();
        let transformed = parameters.transform(gpu, graph, plan.transformed_weights())?;
        let atlas = (!plan.thumbnail_dispatches().is_empty()).then(|| ThumbnailAtlas::bind(gpu, plan.thumbnails()));
        let thumbnail_atlas = atlas.transpose()?;
        let input = GpuBuffer::storage(gpu, "input", graph.input().storage_len());
        let slots: Vec<_> = plan.slots().iter().map(|length| GpuBuffer::storage(gpu, "slot", *length)).collect();
        let unused = GpuBuffer::storage(gpu, "unused", 4);
        let resolve = |buffer: &BufferRef| match buffer {
            BufferRef::Thumbnails => Ok(thumbnail_atlas.as_ref().map_or(&unused, ThumbnailAtlas::parts).clone()),
            BufferRef::Input => Ok(input.clone()),
            BufferRef::Slot(slot) => Ok(slots[*slot].clone()),
            BufferRef::Unused => Ok(unused.clone()),
            BufferRef::Parameter(node, name) => parameters.get(graph, *node, name),
            BufferRef::TransformedWeights(node, name) => match transformed.get(&(*node, *name)) {
                Some(buffer) => Ok(buffer.clone()),
                None => parameters.get(graph, *node, name),
            },
        };
        let bind = |planned: &PlannedDispatch| {
            let buffers = planned.buffers.iter().map(resolve).collect::<Result<_>>()?;
            BoundDispatch::new(gpu, &planned.dispatch, buffers)
        };
        let dispatches = plan.dispatches().map(bind).collect::<Result<_>>()?;
        let mut thumbnail_dispatches = Vec::new();
        let mut done = 0;
        for (step, planned) in plan.steps().iter().zip(plan.thumbnail_dispatches()) {
            done += step.dispatches.len();
            thumbnail_dispatches.push((done - 1, bind(planned)?));
        }
        let output_staging = readback::staging::<f32>(gpu, graph.nodes()[graph.output()].shape.storage_len());
        let gpu = gpu.clone();
        Ok(Self { gpu, plan, input, slots, dispatches, thumbnail_atlas, thumbnail_dispatches, output_staging })
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
    /// [`Error::Shape`] when the shape of `input` is not the graph's, [`Error::Gpu`] when the device fails.
    pub async fn run(&mut self, input: &HostTensor) -> Result<HostTensor> {
        self.gpu.begin()?;
        let expected = self.graph().input();
        if input.shape() != expected {
            return Err(Error::shape("the network", format!("an input of shape {expected}"), input.shape()));
        }
        self.gpu.queue.write_buffer(&self.input, 0, bytemuck::cast_slice(&input.to_storage()));
        self.submit_and_read(self.encoder()).await
    }

    /// Runs the network, whose input has three channels, on the latest frame of `preprocessor` and returns the value of its
    /// last node.
    ///
    /// # Errors
    /// [`Error::State`] when there is no frame, [`Error::Gpu`] when the device fails.
    pub async fn run_frame(&mut self, preprocessor: &mut FramePreprocessor) -> Result<HostTensor> {
        self.gpu.begin()?;
        preprocessor.bind(&self.input).await?;
        let mut encoder = self.encoder();
        preprocessor.record(&mut encoder)?;
        self.submit_and_read(encoder).await
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// Records the network, submits and reads the value of its last node. Everything submitted here was checked when it was
    /// made, so no error scopes are needed: an error comes with the values.
    async fn submit_and_read(&self, mut encoder: wgpu::CommandEncoder) -> Result<HostTensor> {
        self.record(&mut encoder);
        let output = self.graph().output();
        let (buffer, shape) = (self.buffer(output)?, self.graph().nodes()[output].shape);
        encoder.copy_buffer_to_buffer(buffer, 0, &self.output_staging, 0, self.output_staging.size());
        self.gpu.queue.submit([encoder.finish()]);
        let values = readback::read::<f32>(&self.gpu, &self.output_staging).await;
        self.gpu.check()?;
        Ok(HostTensor::from_storage(shape, &values?))
    }

    /// All dispatches in one pass.
    fn record(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        let mut thumbnails = self.thumbnail_dispatches.iter().peekable();
        for (index, dispatch) in self.dispatches.iter().enumerate() {
            dispatch.record(&mut pass);
            if let Some((_, thumbnail)) = thumbnails.next_if(|(after, _)| *after == index) {
                thumbnail.record(&mut pass);
            }
        }
    }

    /// Runs the network on the input of the latest run and reads nothing back.
    pub(super) fn repeat(&mut self) {
        let mut encoder = self.encoder();
        self.record(&mut encoder);
        self.gpu.queue.submit([encoder.finish()]);
    }

    /// The GPU it runs on.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    pub(super) fn dispatches(&self) -> &[BoundDispatch] {
        &self.dispatches
    }

    /// The thumbnails of the plan, if it has any.
    pub fn thumbnail_atlas(&self) -> Option<&ThumbnailAtlas> {
        self.thumbnail_atlas.as_ref()
    }

    /// The value of the node called `name` in the latest run; zeros before the first.
    ///
    /// # Errors
    /// As [`Executable::activation`], and [`Error::Gpu`] when the device fails.
    pub async fn read(&self, name: &str) -> Result<HostTensor> {
        self.activation(name)?.read().await
    }

    /// The input of the latest run; zeros before the first.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device fails.
    pub async fn read_input(&self) -> Result<HostTensor> {
        let (gpu, buffer) = (self.gpu.clone(), self.input.clone());
        Activation { gpu, buffer, shape: self.graph().input() }.read().await
    }

    /// The value of the node called `name` on the GPU. Every run overwrites it.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::State`] when the plan does not observe it.
    pub fn activation(&self, name: &str) -> Result<Activation> {
        let node = self.graph().find(name)?;
        let buffer = self.buffer(node)?.clone();
        Ok(Activation { gpu: self.gpu.clone(), buffer, shape: self.graph().nodes()[node].shape })
    }

    /// The buffer that holds the value of an observed node after a run.
    fn buffer(&self, node: usize) -> Result<&Arc<GpuBuffer>> {
        match self.plan.storage(node) {
            Some(BufferRef::Slot(slot)) => Ok(&self.slots[slot]),
            Some(BufferRef::Input) => Ok(&self.input),
            _ => {
                let name = &self.graph().nodes()[node].name;
                Err(Error::State(format!("{name}: its value was not kept: expected it among the observed nodes")))
            }
        }
    }
}
