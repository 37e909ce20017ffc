//! The device that a session opens: a GPU, or the CPU where there is none.

use web_time::Instant;

use super::state::Session;
use crate::error::{Error, Result};
use crate::gpu::{DeviceKind, Executable, Gpu, Needs, Parameters};
use crate::graph::{Graph, GraphBuilder, ValueRef};
use crate::ops::{Conv2d, ParameterValues, WeightFormat, Window};
use crate::plan::{AlgorithmSelection, Plan};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// The largest difference between the two devices' values, relative to the largest value, that rounding explains.
const TOLERANCE: f32 = 1e-3;

impl Session {
    /// Opens a GPU. If there is none, or [`faster_device`] prefers the CPU, opens the CPU and returns the reason.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails.
    pub async fn open_fastest() -> Result<(Self, Option<String>)> {
        let (device, reason) = match Gpu::open().await {
            Ok(gpu) => faster_device(gpu).await?,
            Err(Error::Gpu(reason)) => (Gpu::open_kind(DeviceKind::Cpu, Needs::default()).await?, Some(reason)),
            Err(error) => return Err(error),
        };
        Ok((Self::with(device), reason))
    }
}

/// The GPU, or the CPU with the reason: one small layer runs on both, and the GPU fails, computes other values, or is a software adapter
/// that takes longer.
///
/// # Errors
/// [`Error::Gpu`] if the CPU does not have the memory for the layer.
pub async fn faster_device(gpu: Gpu) -> Result<(Gpu, Option<String>)> {
    let cpu = Gpu::open_kind(DeviceKind::Cpu, Needs::default()).await?;
    let expected = Sample::run(&cpu).await?;
    let name = gpu.report().name.clone();
    let reason = match Sample::run(&gpu).await {
        Err(error) => Some(error.to_string()),
        Ok(found) if found.differs_from(&expected) => Some(format!("{name} computes wrong values")),
        Ok(found) if gpu.report().software && found.milliseconds > expected.milliseconds => {
            Some(format!("{name} is a software adapter, and slower"))
        }
        Ok(_) => None,
    };
    Ok(if reason.is_some() { (cpu, reason) } else { (gpu, None) })
}

/// A 1x1 convolution of 14x14 pixels and 64 channels on one device: a single kernel, since a software adapter compiles slowly.
struct Sample {
    values: HostTensor,
    /// The best of three runs after the first.
    milliseconds: f64,
}

impl Sample {
    async fn run(gpu: &Gpu) -> Result<Self> {
        let graph = layer()?;
        let selection = AlgorithmSelection::predicted(gpu.report().with_weights(WeightFormat::F32));
        let plan = Plan::with_selection(&graph, &[""; 0], &selection)?;
        let mut parameters = Parameters::default();
        let length = graph.nodes()[0].op.parameters()[0].len();
        let weight = (0..length).map(|at| (at * 7919 % 101) as f32 / 101.0 - 0.5).collect();
        parameters.insert(gpu, &graph, "layer", &ParameterValues::from([("weight", weight)]))?;
        let mut executable = Executable::new(gpu, plan, &parameters).await?;
        let input = HostTensor::from_fn(graph.input(), |_, c, y, x| ((c * 31 + y * 17 + x * 13) % 29) as f32 / 29.0);
        let values = executable.run(&input).await?;
        let mut milliseconds = f64::INFINITY;
        for _ in 0..3 {
            let started = Instant::now();
            executable.run(&input).await?;
            milliseconds = milliseconds.min(started.elapsed().as_secs_f64() * 1e3);
        }
        Ok(Self { values, milliseconds })
    }

    fn differs_from(&self, expected: &Self) -> bool {
        let pairs = self.values.data().iter().zip(expected.values.data());
        let largest = expected.values.data().iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        // Also true for a value that is not a number.
        !pairs.into_iter().all(|(found, expected)| (found - expected).abs() <= TOLERANCE * largest)
    }
}

fn layer() -> Result<Graph> {
    let conv = Conv2d { in_channels: 64, out_channels: 64, window: Window::square(1, 1, 0), groups: 1, bias: false };
    let mut graph = GraphBuilder::new(Shape::new(1, 64, 14, 14));
    graph.add("layer", conv, &[ValueRef::Input])?;
    graph.finish()
}
