//! Times the gradient of a logit with respect to the image, beside the forward pass alone.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use resnet_lens::gpu::{Executable, Gpu, Needs, Parameters};
use resnet_lens::graph::{Graph, INPUT, Objective, gradient_name};
use resnet_lens::ops::WeightFormat;
use resnet_lens::plan::{AlgorithmSelection, Plan};
use resnet_lens::tensor::HostTensor;

use crate::Failure;
use crate::network::Network;

/// Minimum number of rounds.
const ROUNDS: usize = 3;

/// A plan and the times of its runs.
struct Timed {
    what: &'static str,
    executable: Executable,
    times: Vec<Duration>,
    cpu: Duration,
}

impl Timed {
    async fn run(&mut self, input: &HostTensor) -> Result<(), Failure> {
        let (started, computed) = (Instant::now(), ProcessTime::now());
        self.executable.run(input).await?;
        self.times.push(started.elapsed());
        self.cpu += computed.elapsed();
        Ok(())
    }

    /// The median time and the mean CPU time of a run in milliseconds.
    fn milliseconds(&self) -> [f64; 2] {
        let mut sorted = self.times.clone();
        sorted.sort();
        let [median, cpu] = [sorted[sorted.len() / 2], self.cpu / sorted.len() as u32];
        [median, cpu].map(|time| time.as_secs_f64() * 1e3)
    }
}

/// Runs the network fused, with every value stored, and with its gradient, in turn for `seconds`, and prints the times and the cost of
/// the backward pass: the third minus the first, in units of the second.
///
/// # Errors
/// If the device fails.
pub async fn measure(network: &Network, seconds: f64) -> Result<(), Failure> {
    let graph = network.graph(1)?;
    let logits = graph.nodes()[graph.output()].name.clone();
    let extended = graph.gradient(&Objective::channel(logits, 0), &[INPUT])?;
    let every: Vec<&str> = graph.nodes().iter().map(|node| &*node.name).collect();
    let gpu = Gpu::open().await?;
    let selection = AlgorithmSelection::predicted(gpu.report().with_weights(WeightFormat::F32));
    let plan = |graph: &Graph, observed: &[&str]| Plan::with_selection(graph, observed, &selection);
    let plans = [
        ("forward, fused", plan(&graph, &[])?),
        ("forward, every value stored", plan(&graph, &every)?),
        ("forward and backward to the image", plan(&extended, &[&gradient_name(INPUT)])?),
    ];
    let mut gpu = gpu;
    for (_, plan) in &plans {
        gpu = gpu.sufficient(Needs::of(plan)).await?;
    }
    let mut parameters = Parameters::new(WeightFormat::F32);
    for (node, values) in graph.nodes().iter().zip(&network.parameters) {
        parameters.insert(&gpu, &graph, &node.name, values)?;
    }
    let input = network.images(1)?;
    let mut timed = Vec::new();
    for (what, plan) in plans {
        let mut executable = Executable::new(&gpu, plan, &parameters).await?;
        // Some drivers finish compiling in the first run.
        executable.run(&input).await?;
        timed.push(Timed { what, executable, times: Vec::new(), cpu: Duration::ZERO });
    }
    let began = Instant::now();
    while timed[0].times.len() < ROUNDS || began.elapsed().as_secs_f64() < seconds {
        for one in &mut timed {
            one.run(&input).await?;
        }
    }
    print(&timed);
    Ok(())
}

fn print(timed: &[Timed]) {
    println!("| plan | dispatches | runs | median ms | CPU ms |\n|---|---|---|---|---|");
    for one in timed {
        let [median, cpu] = one.milliseconds();
        let dispatches = one.executable.plan().dispatches().count();
        println!("| {} | {dispatches} | {} | {median:.1} | {cpu:.1} |", one.what, one.times.len());
    }
    let [fused, inspected, both] = [0, 1, 2].map(|index| timed[index].milliseconds());
    let ratio = |of: usize| (both[of] - fused[of]) / inspected[of];
    println!(
        "The backward pass takes {:.2} times the forward pass with every value stored (CPU time: {:.2} times).",
        ratio(0),
        ratio(1)
    );
}
