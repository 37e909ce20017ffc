//! Runs a network on the GPU and keeps the times. What answers wrongly is not timed.

use std::time::Instant;

use clap::ValueEnum;
use cpu_time::ProcessTime;
use resnet_lens::gpu::{DispatchTime, Executable, Gpu, Needs, Parameters, Tuner};
use resnet_lens::graph::Graph;
use resnet_lens::ops::{AdapterProfile, Algorithm, ComputeType, WeightFormat};
use resnet_lens::plan::{AlgorithmSelection, LayerClass, Plan, TuningTable};
use resnet_lens::tensor::HostTensor;
use serde::Serialize;

use crate::Failure;
use crate::common::recorded::top5;
use crate::network::Network;

/// The least number of warm runs.
const RUNS: usize = 5;

/// The narrowest products that a layer may use.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Products {
    /// f32, for weights of either format.
    F32,
    /// f16 where the adapter has `shader-f16`, without cooperative matrices.
    F16,
    /// All that the adapter has, cooperative matrices included.
    Matrices,
}

impl Products {
    /// The profile without the arithmetic that is narrower.
    fn limit(self, profile: AdapterProfile) -> AdapterProfile {
        match self {
            Self::F32 => AdapterProfile { arithmetic: ComputeType::F32, matrix_side: None, ..profile },
            Self::F16 => AdapterProfile { matrix_side: None, ..profile },
            Self::Matrices => profile,
        }
    }
}

/// What is measured at once.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Images at once.
    pub batch: usize,
    /// How weights are kept.
    pub weights: WeightFormat,
    /// The narrowest products.
    pub products: Products,
    /// Whether the ways to compute are measured first.
    pub tune: bool,
    /// How long warm runs go on at least.
    pub seconds: f64,
}

/// The times of one case, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Images at once.
    pub batch: usize,
    /// How weights are kept.
    pub weights: WeightFormat,
    /// The narrowest numbers in which products are made.
    pub arithmetic: ComputeType,
    /// Bytes on the GPU: parameters in all their forms, and activations.
    pub bytes: [u64; 2],
    /// How layers are computed, as far as that was measured.
    pub tuned: Vec<(LayerClass, Algorithm)>,
    /// How far a logit of any image is from the right one at most.
    pub largest_error: f32,
    /// Packing and uploading the weights, making buffers and pipelines.
    pub prepare: f64,
    /// The first run, which compiles what the driver left for it.
    pub first: f64,
    /// The runs after it: upload of the input, network, read-back of the logits.
    pub warm: Spread,
    /// CPU time of all threads a warm run: on a software adapter the work itself, which other programs do not lengthen.
    pub cpu: f64,
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

/// Measures a case on a device of its own.
pub async fn measure(network: &Network, case: Case) -> Result<Measured, Failure> {
    let graph = network.graph(case.batch)?;
    let (gpu, choices, plan) = plan(&graph, case).await?;
    let input = network.images(case.batch)?;
    let activations = (plan.slots().iter().sum::<usize>() + graph.input().storage_len()) as u64 * 4;

    let started = Instant::now();
    let mut parameters = Parameters::new(case.weights);
    for (node, values) in graph.nodes().iter().zip(&network.parameters) {
        parameters.insert(&gpu, &graph, &node.name, values)?;
    }
    let mut run = Executable::new(&gpu, plan, &parameters).await?;
    let prepare = milliseconds(started);
    let started = Instant::now();
    let answer = run.run(&input).await?;
    let first = milliseconds(started);
    let largest_error = check(network, case.weights, &answer)?;

    let mut times = Vec::new();
    let (began, computed) = (Instant::now(), ProcessTime::now());
    while times.len() < RUNS || began.elapsed().as_secs_f64() < case.seconds {
        let started = Instant::now();
        run.run(&input).await?;
        times.push(milliseconds(started));
    }
    let cpu = computed.elapsed().as_secs_f64() * 1e3 / times.len() as f64;
    let measurable = gpu.report().features.contains(&"timestamp-query");
    let (whole, profile) =
        if measurable { (Some(run.gpu_time().await?), run.profile().await?) } else { (None, Vec::new()) };
    check(network, case.weights, &run.run(&input).await?)?;
    Ok(Measured {
        batch: case.batch,
        weights: case.weights,
        arithmetic: run.plan().compute_type(),
        bytes: [parameters.bytes(), activations],
        tuned: choices.tuned.into_iter().collect(),
        largest_error,
        prepare,
        first,
        warm: Spread::of(times),
        cpu,
        gpu: whole,
        dispatches: run.plan().dispatches().count(),
        profile,
    })
}

/// A device for the case, and what it computes on it in which way.
async fn plan(graph: &Graph, case: Case) -> Result<(Gpu, AlgorithmSelection, Plan), Failure> {
    let gpu = Gpu::open().await?;
    let mut choices = AlgorithmSelection::predicted(case.products.limit(gpu.report().with_weights(case.weights)));
    let gpu = Gpu::open_for(Needs::of(&Plan::with_selection(graph, &[""; 0], &choices)?)).await?;
    if case.tune {
        let mut tuner = Tuner::new(&gpu, graph, choices.adapter, &TuningTable::new());
        while !tuner.step().await?.is_empty() {
            let progress = tuner.progress();
            eprint!("\rtuning: {} of {} kinds of layers", progress.done, progress.total);
        }
        eprintln!();
        choices = AlgorithmSelection::from_tuning(choices.adapter, tuner.table(), graph);
    }
    let plan = Plan::with_selection(graph, &[""; 0], &choices)?;
    // What was chosen may take larger buffers than what is known to be good.
    let gpu = gpu.sufficient(Needs::of(&plan)).await?;
    Ok((gpu, choices, plan))
}

/// Returns the largest error of a logit of any image.
fn check(network: &Network, weights: WeightFormat, answer: &HostTensor) -> Result<f32, Failure> {
    let expected = &network.expected;
    let tolerance = expected.tolerance(weights);
    let classes = answer.shape().c;
    if classes != expected.logits.len() {
        return Err(format!("{}: expected {classes} logits, found {}", expected.source, expected.logits.len()).into());
    }
    let mut largest = 0.0;
    for (image, logits) in answer.data().chunks_exact(classes).enumerate() {
        let (found, right) = (top5(logits), top5(&expected.logits));
        if found != right {
            return Err(format!("image {image}: expected the top 5 {right:?}, found {found:?}").into());
        }
        for (class, (found, right)) in logits.iter().zip(&expected.logits).enumerate() {
            let error = (found - right).abs();
            // Not `error > tolerance`: NaN is wrong, too.
            let good = error <= tolerance;
            if !good {
                return Err(
                    format!("image {image}, logit {class}: expected {right} ± {tolerance:e}, found {found}").into()
                );
            }
            largest = error.max(largest);
        }
    }
    Ok(largest)
}
