//! GPU time of a run and of every dispatch, by timestamps around passes of nothing else.

use std::slice;

use serde::Serialize;

use super::bound_dispatch::BoundDispatch;
use super::context::Gpu;
use super::executable::Executable;
use super::readback;
use crate::error::{Error, Result};
use crate::plan::{self, Step};

/// The least that a measurement lasts, in milliseconds: Chrome rounds timestamps to 0.1 ms, and 2 % of that is good enough.
const ENOUGH: f64 = 5.0;

/// What a shorter time than this is taken for when the number of repetitions is chosen: it may have been rounded to nothing.
const QUANTUM: f64 = 0.1;

/// The most repetitions in one pass. The shortest dispatches take about a microsecond, launching them included.
const MOST: u32 = 10_000;

/// What one dispatch of a plan costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DispatchTime {
    /// The names of the nodes that its step computes.
    pub nodes: Vec<String>,
    /// The kernel's name, the layout of its weights, and `in f16` where it makes its products so.
    pub kernel: String,
    /// GPU time in milliseconds, the mean over repetitions one behind the other.
    pub ms: f64,
    /// Twice the multiply-accumulates of the nodes, counted as the operators define them, by the time of all dispatches of
    /// their step, in 10⁹ a second: a kernel that needs fewer operations than the definition shows a higher rate. Zero for
    /// nodes that do none.
    pub gflops: f64,
}

impl Executable {
    /// Measures every dispatch by itself, in the plan's order. Between two measurements the caches hold what the dispatch
    /// itself left there, so the sum may differ from the time of a run. Once the network has run,
    /// what [`Executable::read`] returns stays the same.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device cannot measure (it lacks the feature `timestamp-query`) or fails.
    pub async fn profile(&self) -> Result<Vec<DispatchTime>> {
        let timer = Timer::new(self.gpu())?;
        // Compiles what the driver left for the first run.
        self.repeat();
        let mut times = Vec::with_capacity(self.calls().len());
        for call in self.calls() {
            times.push(timer.measure(slice::from_ref(call)).await?);
        }
        // Additions in place have been repeated: this puts the values back.
        self.repeat();
        self.gpu().check()?;
        let mut measured = &times[..];
        let steps = self.plan().steps().iter().flat_map(|step| {
            let (own, others) = measured.split_at(step.calls.len());
            measured = others;
            self.step_times(step, own)
        });
        Ok(steps.collect())
    }

    /// GPU time of a whole run on the input of the last one, in milliseconds: no upload, no read-back.
    ///
    /// # Errors
    /// As [`Executable::profile`].
    pub async fn gpu_time(&self) -> Result<f64> {
        let timer = Timer::new(self.gpu())?;
        self.repeat();
        timer.measure(self.calls()).await
    }

    /// The dispatches of a step that took these milliseconds.
    fn step_times(&self, step: &Step, times: &[f64]) -> Vec<DispatchTime> {
        let nodes = || step.nodes.iter().map(|node| &self.graph().nodes()[*node]);
        let macs: u64 = nodes().map(|node| node.op.macs(node.shape)).sum();
        let gflops = 2.0 * macs as f64 / (times.iter().sum::<f64>() * 1e6);
        let time = |(call, ms): (&plan::PlannedDispatch, &f64)| DispatchTime {
            nodes: nodes().map(|node| node.name.clone()).collect(),
            kernel: call.dispatch.kernel.label(),
            ms: *ms,
            gflops,
        };
        step.calls.iter().zip(times).map(time).collect()
    }
}

/// Two timestamps and the way to read them.
struct Timer<'a> {
    gpu: &'a Gpu,
    stamps: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    staging: wgpu::Buffer,
}

impl<'a> Timer<'a> {
    fn new(gpu: &'a Gpu) -> Result<Self> {
        if !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Err(Error::Gpu(format!(
                "dispatches cannot be timed: expected a GPU with timestamp-query, found {} without it",
                gpu.report().name
            )));
        }
        let stamps = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("timestamps"),
            ty: wgpu::QueryType::Timestamp,
            count: 2,
        });
        let resolved = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("timestamps"),
            size: 2 * u64::from(wgpu::QUERY_SIZE),
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let staging = readback::staging::<u64>(gpu, 2);
        Ok(Self { gpu, stamps, resolved, staging })
    }

    /// Milliseconds of these dispatches. They are repeated more often until all repetitions together last long enough.
    async fn measure(&self, calls: &[BoundDispatch]) -> Result<f64> {
        let mut repetitions = 1;
        loop {
            let ms = self.time(calls, repetitions).await?;
            if ms >= ENOUGH || repetitions == MOST {
                return Ok(ms / f64::from(repetitions));
            }
            // Half as many again as the last measurement asks for, so that the next one is long enough.
            let factor = (1.5 * ENOUGH / ms.max(QUANTUM)).ceil();
            repetitions = repetitions.saturating_mul(factor as u32).min(MOST);
        }
    }

    /// Milliseconds of a pass with this many repetitions.
    async fn time(&self, calls: &[BoundDispatch], repetitions: u32) -> Result<f64> {
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("timed"),
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &self.stamps,
                beginning_of_pass_write_index: Some(0),
                end_of_pass_write_index: Some(1),
            }),
        });
        for _ in 0..repetitions {
            calls.iter().for_each(|call| call.record(&mut pass));
        }
        drop(pass);
        encoder.resolve_query_set(&self.stamps, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.staging, 0, self.staging.size());
        self.gpu.queue.submit([encoder.finish()]);
        let stamps: Vec<u64> = readback::read(self.gpu, &self.staging).await?;
        // Some drivers let the clock jump back between passes.
        let ticks = stamps[1].saturating_sub(stamps[0]);
        Ok(ticks as f64 * f64::from(self.gpu.queue.get_timestamp_period()) / 1e6)
    }
}
