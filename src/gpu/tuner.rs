//! Which way to compute each layer is fastest on this very adapter: measured, in slices short enough for idle moments.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use web_time::Instant;

use super::context::Gpu;
use super::executable::Executable;
use super::parameters::Parameters;
use super::readback;
use crate::error::Result;
use crate::graph::{Graph, GraphBuilder, Value};
use crate::ops::{AdapterProfile, Algorithm, ParameterValues};
use crate::plan::{AlgorithmSelection, Plan, TuningTable};

/// The least that a measurement lasts, in milliseconds: clocks in browsers are rounded, and submitting takes time, too.
const ENOUGH: f64 = 5.0;
/// The most repetitions in one submission.
const MOST: usize = 500;
/// How often each way is measured; the shortest time counts, since nothing makes a run faster than it is.
const ROUNDS: usize = 2;

/// How far a tuner has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TuningProgress {
    /// Kinds of layers that are measured.
    pub done: usize,
    /// Kinds of layers there are.
    pub total: usize,
}

/// Measures the ways to compute each kind of layer of a network, dearest layers first.
#[derive(Debug)]
pub struct Tuner {
    gpu: Gpu,
    choices: AlgorithmSelection,
    times: TuningTable,
    classes: VecDeque<Class>,
    total: usize,
}

/// A kind of layer, as a network of its own.
#[derive(Debug)]
struct Class {
    name: String,
    graph: Graph,
    ways: Vec<Algorithm>,
}

impl Tuner {
    /// A tuner for the layers of `graph` on `adapter`; what `times` knows is not measured again.
    pub fn new(gpu: &Gpu, graph: &Graph, adapter: AdapterProfile, times: &TuningTable) -> Self {
        let choices = AlgorithmSelection::of(adapter);
        let mut found: BTreeMap<String, (u64, Class)> = BTreeMap::new();
        for node in graph.nodes() {
            let inputs = graph.input_shapes(node);
            let ways = node.op.algorithms(&inputs, node.shape, adapter);
            let Some(name) = choices.class(&node.op, &inputs, node.shape) else { continue };
            if ways.len() < 2 || times.contains_key(&name) {
                continue;
            }
            let mut alone = GraphBuilder::new(inputs[0]);
            // The shapes were right in the network, so they are right alone.
            let Ok(_) = alone.add("layer", node.op.clone(), &[Value::Input]) else { continue };
            let Ok(graph) = alone.finish() else { continue };
            let class = Class { name: name.clone(), graph, ways };
            found.entry(name).or_insert((0, class)).0 += node.op.macs(node.shape);
        }
        let mut classes: Vec<(u64, Class)> = found.into_values().collect();
        classes.sort_by_key(|(macs, _)| std::cmp::Reverse(*macs));
        let classes: VecDeque<Class> = classes.into_iter().map(|(_, class)| class).collect();
        Self { gpu: gpu.clone(), choices, times: times.clone(), total: classes.len(), classes }
    }

    /// How far it has come.
    pub fn progress(&self) -> TuningProgress {
        TuningProgress { done: self.total - self.classes.len(), total: self.total }
    }

    /// What is known now, for [`AlgorithmSelection::settled`].
    pub fn times(&self) -> &TuningTable {
        &self.times
    }

    /// Measures one kind of layer. Returns the milliseconds that each way took, the network's own way first; nothing when all
    /// kinds are measured.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn step(&mut self) -> Result<Vec<(Algorithm, f64)>> {
        let Some(class) = self.classes.pop_front() else { return Ok(Vec::new()) };
        let times = self.measure(&class).await?;
        let nanoseconds = times.iter().map(|(way, ms)| (*way, (ms * 1e6).round() as u64));
        self.times.insert(class.name, nanoseconds.collect());
        Ok(times)
    }

    async fn measure(&self, class: &Class) -> Result<Vec<(Algorithm, f64)>> {
        let node = &class.graph.nodes()[0];
        let values = |len: usize| (0..len).map(|i| (i % 61) as f32 / 610.0 - 0.05).collect();
        let parameters: ParameterValues =
            node.op.parameters().iter().map(|spec| (spec.name, values(spec.len()))).collect();
        let mut uploaded = Parameters::new(self.choices.adapter.weights);
        uploaded.insert(&self.gpu, &class.graph, &node.name, &parameters)?;
        uploaded.uploaded().await?;
        self.compare(class, &uploaded).await
    }

    /// The time of each candidate. A candidate that fails on the device, for want of memory or in the driver's compiler, is left
    /// out.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device is lost or no candidate works.
    async fn compare(&self, class: &Class, uploaded: &Parameters) -> Result<Vec<(Algorithm, f64)>> {
        let mut times: Vec<_> = class.ways.iter().map(|way| (*way, f64::INFINITY)).collect();
        for _ in 0..ROUNDS {
            let mut failure = None;
            let mut working = Vec::with_capacity(times.len());
            for (way, best) in times {
                match self.time(class, way, uploaded).await {
                    Ok(time) => working.push((way, best.min(time))),
                    Err(error) => failure = Some(error),
                }
            }
            self.gpu.begin()?;
            times = working;
            if let (true, Some(error)) = (times.is_empty(), failure) {
                return Err(error);
            }
        }
        Ok(times)
    }

    async fn time(&self, class: &Class, algorithm: Algorithm, uploaded: &Parameters) -> Result<f64> {
        let mut choices = self.choices.clone();
        choices.measured.insert(class.name.clone(), algorithm);
        let plan = Plan::with(&class.graph, &[""; 0], &choices)?;
        time(&self.gpu, &mut Executable::new(&self.gpu, plan, uploaded).await?).await
    }
}

/// Milliseconds of a run, the first left out.
async fn time(gpu: &Gpu, executable: &mut Executable) -> Result<f64> {
    submit(gpu, executable, 1).await?;
    let once = submit(gpu, executable, 1).await?;
    if once >= ENOUGH {
        return Ok(once);
    }
    let repetitions = ((ENOUGH / once.max(0.01)).ceil() as usize).min(MOST);
    Ok(submit(gpu, executable, repetitions).await? / repetitions as f64)
}

async fn submit(gpu: &Gpu, executable: &mut Executable, repetitions: usize) -> Result<f64> {
    let started = Instant::now();
    let ((), errors) = gpu.scoped("measure an algorithm", || (0..repetitions).for_each(|_| executable.repeat()));
    let finished = readback::finished(gpu).await;
    let elapsed = started.elapsed().as_secs_f64() * 1e3;
    errors.check().await?;
    finished.map(|()| elapsed)
}
