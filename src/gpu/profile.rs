//! GPU time of runs and dispatches, measured by timestamps around compute passes.

use std::ops::ControlFlow;
use std::slice;
use std::sync::Arc;

use serde::Serialize;

use super::bound_dispatch::BoundDispatch;
use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::executable::Executable;
use super::readback;
use crate::error::{Error, Result};
use crate::plan::{PlannedDispatch, Step};

/// The duration of a measurement in milliseconds: Chrome rounds timestamps to 0.1 ms, which is 2 % of it.
const LONG_ENOUGH: f64 = 5.0;

/// The least time assumed for a measurement when the number of repetitions is chosen: it may have been rounded to zero.
const QUANTUM: f64 = 0.1;

/// The most repetitions in one pass. The shortest dispatches take about a microsecond, including their launch.
const MOST_REPETITIONS: u32 = 10_000;

/// The GPU time of one dispatch of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DispatchTime {
    /// The names of the nodes that the dispatch's step computes.
    pub nodes: Vec<String>,
    /// The kernel's name and variant, see [`crate::kernel::Kernel::label`].
    pub kernel: String,
    /// GPU time in milliseconds, the mean over consecutive repetitions.
    pub ms: f64,
    /// Twice the nodes' multiply-accumulates, as the operators define them, divided by the time of all dispatches of the step,
    /// in 10⁹ per second. A kernel that needs fewer operations than the definition has a higher rate. Zero for nodes without
    /// multiply-accumulates.
    pub gflops: f64,
}

/// Progress of a measurement of all dispatches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProfileProgress {
    /// Dispatches measured so far.
    pub done: usize,
    /// All dispatches.
    pub total: usize,
}

impl Executable {
    /// Measures every dispatch separately, in the plan's order. Each repetition finds its own data in the caches, so the sum may
    /// differ from the time of a run. If the network has run before, [`Executable::read`] returns the same values afterwards.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device cannot measure, because it lacks the feature `timestamp-query`, or fails.
    pub async fn profile(&mut self) -> Result<Vec<DispatchTime>> {
        let measured = self.profile_with_progress(&mut |_| ControlFlow::Continue(())).await?;
        Ok(measured.unwrap_or_default())
    }

    /// As [`Executable::profile`]. `on_progress` is called after every dispatch and can cancel the measurement, whose result is `None`
    /// then.
    ///
    /// # Errors
    /// As [`Executable::profile`].
    pub async fn profile_with_progress(
        &mut self,
        on_progress: &mut dyn FnMut(ProfileProgress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<DispatchTime>>> {
        let timer = Timer::new(self.gpu()).await?;
        // Some drivers finish compiling in the first run.
        self.repeat();
        let total = self.dispatches().len();
        let mut times = Vec::with_capacity(total);
        let mut cancelled = false;
        for dispatch in self.dispatches() {
            times.push(timer.measure(slice::from_ref(dispatch)).await?);
            cancelled = on_progress(ProfileProgress { done: times.len(), total }).is_break();
            if cancelled {
                break;
            }
        }
        // In-place additions were repeated. One more run restores the values.
        self.repeat();
        self.gpu().check()?;
        if cancelled {
            return Ok(None);
        }
        let mut measured = &times[..];
        let steps = self.plan().steps().iter().flat_map(|step| {
            let (own, others) = measured.split_at(step.dispatches.len());
            measured = others;
            self.step_times(step, own)
        });
        Ok(Some(steps.collect()))
    }

    /// GPU time in milliseconds of a run on the latest input, without upload and read-back.
    ///
    /// # Errors
    /// As [`Executable::profile`].
    pub async fn gpu_time(&mut self) -> Result<f64> {
        let timer = Timer::new(self.gpu()).await?;
        self.repeat();
        timer.measure(self.dispatches()).await
    }

    /// The dispatches of a step, given their times in milliseconds.
    fn step_times(&self, step: &Step, times: &[f64]) -> Vec<DispatchTime> {
        let nodes = || step.nodes.iter().map(|node| &self.graph().nodes()[*node]);
        let macs: u64 = nodes().map(|node| node.op.macs(node.shape)).sum();
        let gflops = 2.0 * macs as f64 / (times.iter().sum::<f64>() * 1e6);
        let time = |(planned, ms): (&PlannedDispatch, &f64)| DispatchTime {
            nodes: nodes().map(|node| node.name.clone()).collect(),
            kernel: planned.dispatch.kernel.label(),
            ms: *ms,
            gflops,
        };
        step.dispatches.iter().zip(times).map(time).collect()
    }
}

/// A pair of timestamps and the buffers to read them.
struct Timer {
    gpu: Gpu,
    stamps: wgpu::QuerySet,
    resolved: Arc<GpuBuffer>,
    staging: Arc<GpuBuffer>,
}

impl Timer {
    async fn new(gpu: &Gpu) -> Result<Self> {
        gpu.begin()?;
        if !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Err(Error::Gpu(format!(
                "dispatches cannot be timed: expected a GPU with timestamp-query, found {} without it",
                gpu.report().name
            )));
        }
        let create = || {
            let stamps = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            });
            let size = 2 * u64::from(wgpu::QUERY_SIZE);
            let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
            let resolved = GpuBuffer::new(gpu, "timestamps", size, usage);
            let staging = readback::staging::<u64>(gpu, 2);
            Ok(Self { gpu: gpu.clone(), stamps, resolved, staging })
        };
        gpu.guarded("prepare timestamps", create).await
    }

    /// Milliseconds of these dispatches, repeated until all repetitions together last long enough.
    async fn measure(&self, dispatches: &[BoundDispatch]) -> Result<f64> {
        let mut repetitions = 1;
        loop {
            let ms = self.time(dispatches, repetitions).await?;
            if ms >= LONG_ENOUGH || repetitions == MOST_REPETITIONS {
                return Ok(ms / f64::from(repetitions));
            }
            // 1.5 times what the last measurement suggests, so that the next one is long enough.
            let factor = (1.5 * LONG_ENOUGH / ms.max(QUANTUM)).ceil();
            repetitions = repetitions.saturating_mul(factor as u32).min(MOST_REPETITIONS);
        }
    }

    /// Milliseconds of a pass with this many repetitions.
    async fn time(&self, dispatches: &[BoundDispatch], repetitions: u32) -> Result<f64> {
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
            dispatches.iter().for_each(|dispatch| dispatch.record(&mut pass));
        }
        drop(pass);
        encoder.resolve_query_set(&self.stamps, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.staging, 0, self.staging.size());
        self.gpu.queue.submit([encoder.finish()]);
        let stamps = readback::read::<u64>(&self.gpu, &self.staging).await;
        self.gpu.check()?;
        let stamps = stamps?;
        // On some drivers the clock jumps back between passes.
        let ticks = stamps[1].saturating_sub(stamps[0]);
        Ok(ticks as f64 * f64::from(self.gpu.queue.get_timestamp_period()) / 1e6)
    }
}
