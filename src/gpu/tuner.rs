//! Measures the candidate algorithms of each layer class on the adapter, in steps short enough for idle time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use web_time::Instant;

use super::context::Gpu;
use super::executable::Executable;
use super::parameters::Parameters;
use super::readback;
use crate::error::Result;
use crate::graph::{Graph, GraphBuilder, ValueRef};
use crate::ops::{AdapterProfile, Algorithm, ParameterValues};
use crate::plan::{AlgorithmSelection, LayerClass, Plan, TuningTable};
use crate::warning::warn;

/// The minimum duration of a measurement in milliseconds. Shorter ones are dominated by the submission and by the rounded clocks
/// of browsers.
const MIN_MS: f64 = 5.0;
/// The maximum number of repetitions per submission.
const MAX_REPETITIONS: usize = 500;
/// Measurements per algorithm. The shortest time counts, because disturbances only lengthen a run.
const ROUNDS: usize = 2;

/// The progress of a [`Tuner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TuningProgress {
    /// Layer classes that have been measured.
    pub done: usize,
    /// Layer classes to measure, including those done.
    pub total: usize,
}

/// Measures the candidate algorithms of each layer class of a network, the classes with most multiply-accumulates first.
#[derive(Debug)]
pub struct Tuner {
    gpu: Gpu,
    selection: AlgorithmSelection,
    table: TuningTable,
    pending: VecDeque<Pending>,
    total: usize,
}

/// A layer class to measure: a graph of one such layer and its candidate algorithms.
#[derive(Debug)]
struct Pending {
    class: LayerClass,
    graph: Graph,
    algorithms: Vec<Algorithm>,
}

impl Tuner {
    /// A tuner for the layers of `graph` on `adapter`. Classes in `table` are not measured again.
    pub fn new(gpu: &Gpu, graph: &Graph, adapter: AdapterProfile, table: &TuningTable) -> Self {
        let selection = AlgorithmSelection::predicted(adapter);
        let mut found: BTreeMap<LayerClass, (u64, Pending)> = BTreeMap::new();
        for node in graph.nodes() {
            let inputs = graph.input_shapes(node);
            let algorithms = selection.candidates(&node.op, &inputs, node.shape);
            let Some(class) = selection.class(&node.op, &inputs, node.shape) else { continue };
            if algorithms.len() < 2 || table.get(&class).is_some() {
                continue;
            }
            let mut layer = GraphBuilder::new(inputs[0]);
            // The shapes have been checked in the network's graph.
            let Ok(_) = layer.add("layer", node.op.clone(), &[ValueRef::Input]) else { continue };
            let Ok(layer) = layer.finish() else { continue };
            let pending = Pending { class: class.clone(), graph: layer, algorithms };
            found.entry(class).or_insert((0, pending)).0 += node.op.macs(node.shape);
        }
        let mut pending: Vec<(u64, Pending)> = found.into_values().collect();
        pending.sort_by_key(|(macs, _)| Reverse(*macs));
        let pending: VecDeque<Pending> = pending.into_iter().map(|(_, pending)| pending).collect();
        Self { gpu: gpu.clone(), selection, table: table.clone(), total: pending.len(), pending }
    }

    /// The number of measured classes and of all classes.
    pub fn progress(&self) -> TuningProgress {
        TuningProgress { done: self.total - self.pending.len(), total: self.total }
    }

    /// The measured times and those given to [`Tuner::new`], for [`AlgorithmSelection::from_tuning`].
    pub fn table(&self) -> &TuningTable {
        &self.table
    }

    /// Measures one layer class. Returns the milliseconds of each algorithm, the predicted one first; empty after the last class.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device is lost or no algorithm of the class works.
    pub async fn step(&mut self) -> Result<Vec<(Algorithm, f64)>> {
        let Some(pending) = self.pending.pop_front() else { return Ok(Vec::new()) };
        let times = self.measure(&pending).await?;
        let nanoseconds = times.iter().map(|(algorithm, ms)| (*algorithm, (ms * 1e6).round() as u64));
        self.table.insert(pending.class, nanoseconds.collect());
        Ok(times)
    }

    async fn measure(&self, pending: &Pending) -> Result<Vec<(Algorithm, f64)>> {
        let node = &pending.graph.nodes()[0];
        let values = |len: usize| (0..len).map(|i| (i % 61) as f32 / 610.0 - 0.05).collect();
        let values: ParameterValues = node.op.parameters().iter().map(|spec| (spec.name, values(spec.len()))).collect();
        let mut parameters = Parameters::new(self.selection.adapter.weights);
        parameters.insert(&self.gpu, &pending.graph, &node.name, &values)?;
        parameters.uploaded().await?;
        let algorithms = self.correct(pending).await?;
        self.compare(pending, algorithms, &parameters).await
    }

    /// The algorithms of a class whose results agree with the CPU reference on this device.
    async fn correct(&self, pending: &Pending) -> Result<Vec<Algorithm>> {
        let (node, input) = (&pending.graph.nodes()[0], pending.graph.input());
        let mut correct = Vec::with_capacity(pending.algorithms.len());
        for algorithm in &pending.algorithms {
            match self.gpu.check_kernel(&node.op, input, *algorithm, self.selection.adapter).await {
                Ok(Some(rejection)) => warn(&rejection.to_string()),
                Ok(None) => correct.push(*algorithm),
                Err(error) => warn(&error.to_string()),
            }
        }
        self.gpu.check_lost()?;
        Ok(correct)
    }

    /// The time of each algorithm. Algorithms that fail on the device, because memory is exhausted or the driver cannot compile
    /// them, are left out.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device is lost or no algorithm works.
    async fn compare(
        &self,
        pending: &Pending,
        algorithms: Vec<Algorithm>,
        parameters: &Parameters,
    ) -> Result<Vec<(Algorithm, f64)>> {
        let mut times: Vec<_> = algorithms.into_iter().map(|algorithm| (algorithm, f64::INFINITY)).collect();
        for _ in 0..ROUNDS {
            let mut failure = None;
            let mut working = Vec::with_capacity(times.len());
            for (algorithm, best) in times {
                match self.time(pending, algorithm, parameters).await {
                    Ok(time) => working.push((algorithm, best.min(time))),
                    Err(error) => failure = Some(error),
                }
            }
            self.gpu.check_lost()?;
            times = working;
            if let (true, Some(error)) = (times.is_empty(), failure) {
                return Err(error);
            }
        }
        Ok(times)
    }

    async fn time(&self, pending: &Pending, algorithm: Algorithm, parameters: &Parameters) -> Result<f64> {
        let mut selection = self.selection.clone();
        selection.tuned.insert(pending.class.clone(), algorithm);
        let plan = Plan::with_selection(&pending.graph, &[""; 0], &selection)?;
        milliseconds_per_run(&self.gpu, &mut Executable::new(&self.gpu, plan, parameters).await?).await
    }
}

/// The time of a run after a warm-up run.
async fn milliseconds_per_run(gpu: &Gpu, executable: &mut Executable) -> Result<f64> {
    submit(gpu, executable, 1).await?;
    let once = submit(gpu, executable, 1).await?;
    if once >= MIN_MS {
        return Ok(once);
    }
    let repetitions = ((MIN_MS / once.max(0.01)).ceil() as usize).min(MAX_REPETITIONS);
    Ok(submit(gpu, executable, repetitions).await? / repetitions as f64)
}

/// Milliseconds until the device has finished this many runs.
async fn submit(gpu: &Gpu, executable: &mut Executable, repetitions: usize) -> Result<f64> {
    let started = Instant::now();
    let ((), errors) = gpu.scoped("measure an algorithm", || (0..repetitions).for_each(|_| executable.repeat()));
    let finished = readback::finished(gpu).await;
    let elapsed = started.elapsed().as_secs_f64() * 1e3;
    errors.check().await?;
    finished.map(|()| elapsed)
}
