//! Runs a network on the GPU and records the times. A run with wrong logits is an error.

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

/// Minimum number of warm runs.
const RUNS: usize = 5;

/// The narrowest products that a layer may use.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Products {
    /// f32, for weights of either format.
    F32,
    /// f16 where the adapter has `shader-f16`, without cooperative matrices.
    F16,
    /// Everything the adapter supports, including cooperative matrices.
    Matrices,
}

impl Products {
    /// The profile without narrower products.
    fn limit(self, profile: AdapterProfile) -> AdapterProfile {
        match self {
            Self::F32 => AdapterProfile { arithmetic: ComputeType::F32, matrix_side: None, ..profile },
            Self::F16 => AdapterProfile { matrix_side: None, ..profile },
            Self::Matrices => profile,
        }
    }
}

/// One configuration to measure.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Images per run.
    pub batch: usize,
    /// Format of the weights on the GPU.
    pub weights: WeightFormat,
    /// The narrowest products that are allowed.
    pub products: Products,
    /// Whether the candidate algorithms are measured first.
    pub tune: bool,
    /// Minimum duration of all warm runs.
    pub seconds: f64,
}

/// The times of one case, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Images per run.
    pub batch: usize,
    /// Format of the weights on the GPU.
    pub weights: WeightFormat,
    /// The narrowest type in which products are computed.
    pub arithmetic: ComputeType,
    /// Bytes on the GPU: parameters with their transformed copies, and activations.
    pub bytes: [u64; 2],
    /// The measured algorithm of each kind of layer; empty without tuning.
    pub tuned: Vec<(LayerClass, Algorithm)>,
    /// The largest absolute error of a logit of any image.
    pub largest_error: f32,
    /// Packing and uploading the weights, creating buffers and pipelines.
    pub prepare: f64,
    /// The first run, in which the driver finishes its compilation.
    pub first: f64,
    /// The following runs: upload of the input, network, read-back of the logits.
    pub warm: Spread,
    /// CPU time of all threads per warm run. On a software adapter this is the work itself, independent of other programs.
    pub cpu: f64,
    /// GPU time of the network in a warm run; `None` without the feature `timestamp-query`.
    pub gpu: Option<f64>,
    /// Dispatches per run.
    pub dispatches: usize,
    /// GPU time of each dispatch; empty without the feature `timestamp-query`.
    pub profile: Vec<DispatchTime>,
}

/// Statistics of the times of repeated runs, in milliseconds.
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

/// Measures a case on its own device.
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

/// Opens a device for the case, selects the algorithms, and compiles the plan.
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
    // A measured algorithm may need larger buffers than the default one.
    let gpu = gpu.sufficient(Needs::of(&plan)).await?;
    Ok((gpu, choices, plan))
}

/// Compares the logits of all images with the expected ones. Returns the largest absolute error.
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
            // Not `error > tolerance`: NaN must fail.
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
