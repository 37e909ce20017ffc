//! Runs a network on the GPU and keeps the times. What answers wrongly is not timed.

use std::time::Instant;

use resnet_lens::gpu::{DispatchTime, Executable, Gpu, Needs};
use resnet_lens::plan::Plan;
use resnet_lens::tensor::HostTensor;
use serde::Serialize;

use crate::Failure;
use crate::common::{recorded::top5, upload};
use crate::network::Network;

/// The least number of warm runs.
const RUNS: usize = 5;

/// The times of one batch, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Pictures at once.
    pub batch: usize,
    /// How far a logit of any picture is from the right one at most.
    pub largest_error: f32,
    /// Packing and uploading the weights, making buffers and pipelines.
    pub prepare: f64,
    /// The first run, which compiles what the driver left for it.
    pub first: f64,
    /// The runs after it: upload of the input, network, read-back of the logits.
    pub warm: Spread,
    /// GPU time of a warm run, the network alone; none where the GPU has no timestamps.
    pub gpu: Option<f64>,
    /// Dispatches a run.
    pub dispatches: usize,
    /// Each of them; empty where the GPU has no timestamps.
    pub profile: Vec<DispatchTime>,
}

/// Times of equal runs, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Spread {
    pub runs: usize,
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Spread {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let middle = times.len() / 2;
        let median = if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2.0 };
        Self { runs: times.len(), min: times[0], median, max: times[times.len() - 1] }
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Measures runs of `batch` pictures on a device of their own, for at least `seconds`.
pub async fn measure(network: &Network, batch: usize, seconds: f64) -> Result<Measured, Failure> {
    let graph = network.graph(batch)?;
    let plan = Plan::new(&graph, &[""; 0])?;
    let gpu = Gpu::open_for(Needs::of(&plan)).await?;
    let input = network.pictures(batch)?;

    let started = Instant::now();
    let parameters = upload(&gpu, &graph, &network.parameters);
    let run = Executable::new(&gpu, plan, &parameters)?;
    let prepare = milliseconds(started);
    let started = Instant::now();
    let answer = run.run(&input).await?;
    let first = milliseconds(started);
    let largest_error = check(network, &answer)?;

    let mut times = Vec::new();
    let began = Instant::now();
    while times.len() < RUNS || began.elapsed().as_secs_f64() < seconds {
        let started = Instant::now();
        run.run(&input).await?;
        times.push(milliseconds(started));
    }
    let measurable = gpu.report().features.contains(&"timestamp-query");
    let (whole, profile) =
        if measurable { (Some(run.gpu_time().await?), run.profile().await?) } else { (None, Vec::new()) };
    check(network, &run.run(&input).await?)?;
    let dispatches = run.plan().steps().len();
    Ok(Measured { batch, largest_error, prepare, first, warm: Spread::of(times), gpu: whole, dispatches, profile })
}

/// Returns the largest error of a logit of any picture.
fn check(network: &Network, answer: &HostTensor) -> Result<f32, Failure> {
    let expected = &network.expected;
    let classes = answer.shape().c;
    if classes != expected.logits.len() {
        return Err(format!("{}: expected {classes} logits, found {}", expected.source, expected.logits.len()).into());
    }
    let mut largest = 0.0;
    for (picture, logits) in answer.data().chunks_exact(classes).enumerate() {
        let (found, right) = (top5(logits), top5(&expected.logits));
        if found != right {
            return Err(format!("picture {picture}: expected the top 5 {right:?}, found {found:?}").into());
        }
        for (class, (found, right)) in logits.iter().zip(&expected.logits).enumerate() {
            let error = (found - right).abs();
            // Not `error > tolerance`: NaN is wrong, too.
            let good = error <= expected.tolerance;
            if !good {
                let tolerance = expected.tolerance;
                return Err(format!(
                    "picture {picture}, logit {class}: expected {right} ± {tolerance:e}, found {found}"
                )
                .into());
            }
            largest = error.max(largest);
        }
    }
    Ok(largest)
}
