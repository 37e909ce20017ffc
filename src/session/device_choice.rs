//! The device that a session opens: a GPU, or the CPU where there is none.

use web_time::Instant;

use super::state::Session;
use crate::error::{Error, Result};
use crate::gpu::{DeviceKind, Executable, Gpu, Needs, Parameters};
use crate::graph::{Graph, GraphBuilder, ValueRef};
use crate::ops::{Conv2d, ParameterValues, Window};
use crate::plan::{AlgorithmSelection, Plan};
use crate::shape::Shape;
use crate::tensor::HostTensor;

impl Session {
    /// Opens a GPU. If there is none, or if it is a software adapter on which a small layer takes longer than on the CPU, opens the CPU
    /// and returns the reason.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails.
    pub async fn open_fastest() -> Result<(Self, Option<String>)> {
        let gpu = match Gpu::open().await {
            Ok(gpu) => gpu,
            Err(Error::Gpu(reason)) => return Ok((Self::open_on(DeviceKind::Cpu).await?, Some(reason))),
            Err(error) => return Err(error),
        };
        if !gpu.report().software {
            return Ok((Self::with(gpu), None));
        }
        let cpu = Gpu::open_kind(DeviceKind::Cpu, Needs::default()).await?;
        let name = gpu.report().name.clone();
        // A software adapter that cannot run the layer is not worth waiting for.
        let times = (milliseconds(&cpu).await?, milliseconds(&gpu).await.unwrap_or(f64::INFINITY));
        if times.1 <= times.0 {
            return Ok((Self::with(gpu), Some(format!("{name} is a software adapter"))));
        }
        Ok((Self::with(cpu), Some(format!("{name} is a software adapter, and slower"))))
    }
}

/// Milliseconds of a 3x3 convolution of 14x14 pixels and 64 channels, the best of three runs after the first.
async fn milliseconds(gpu: &Gpu) -> Result<f64> {
    let graph = layer()?;
    let selection = AlgorithmSelection::predicted(gpu.report().with_weights(Default::default()));
    let plan = Plan::with_selection(&graph, &[""; 0], &selection)?;
    let mut parameters = Parameters::default();
    let weight = vec![0.01; graph.nodes()[0].op.parameters()[0].len()];
    parameters.insert(gpu, &graph, "layer", &ParameterValues::from([("weight", weight)]))?;
    let mut executable = Executable::new(gpu, plan, &parameters).await?;
    let input = HostTensor::from_fn(graph.input(), |_, channel, row, column| (channel + row + column) as f32);
    executable.run(&input).await?;
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let started = Instant::now();
        executable.run(&input).await?;
        best = best.min(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

fn layer() -> Result<Graph> {
    let conv = Conv2d { in_channels: 64, out_channels: 64, window: Window::square(3, 1, 1), groups: 1, bias: false };
    let mut graph = GraphBuilder::new(Shape::new(1, 64, 14, 14));
    graph.add("layer", conv, &[ValueRef::Input])?;
    graph.finish()
}
