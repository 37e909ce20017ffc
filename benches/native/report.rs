//! Prints the measurements and writes them as JSON, with adapter, driver and versions.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;

use resnet_lens::gpu::{AdapterReport, DispatchTime};
use serde::Serialize;

use crate::Failure;
use crate::measure::Measured;
use crate::network::Network;
use crate::pytorch::PyTorchTimes;

/// All results of one run of the benchmark.
#[derive(Debug, Serialize)]
pub struct Report {
    network: String,
    weights: String,
    input: [usize; 4],
    /// Source of the expected logits.
    reference: String,
    adapter: AdapterReport,
    versions: BTreeMap<&'static str, String>,
    pub cases: Vec<Measured>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pytorch: Vec<PyTorchTimes>,
}

impl Report {
    pub fn new(network: &Network, adapter: &AdapterReport) -> Self {
        let threads = std::thread::available_parallelism().map_or_else(|_| String::new(), |n| format!(", {n} threads"));
        let system = format!("{} {}{threads}", std::env::consts::OS, std::env::consts::ARCH);
        let versions = BTreeMap::from([
            ("resnet-lens", env!("CARGO_PKG_VERSION").to_owned()),
            ("commit", commit().unwrap_or_else(|| "unknown".to_owned())),
            ("wgpu", locked("wgpu").unwrap_or_else(|| "unknown".to_owned())),
            ("system", system),
        ]);
        Self {
            network: network.config.name(),
            weights: network.source.clone(),
            input: network.input.shape().dims(),
            reference: network.expected.source.clone(),
            adapter: adapter.clone(),
            versions,
            cases: Vec::new(),
            pytorch: Vec::new(),
        }
    }
}

/// The version of a dependency in Cargo.lock.
fn locked(name: &str) -> Option<String> {
    let lock = include_str!("../../Cargo.lock");
    let package = lock.split_once(&format!("\nname = \"{name}\"\nversion = \""))?.1;
    Some(package.split('"').next()?.to_owned())
}

/// The commit of the checkout, with the suffix `-dirty` if files differ from it.
fn commit() -> Option<String> {
    let describe = ["describe", "--always", "--dirty", "--abbrev=12"];
    let output = Command::new("git").args(describe).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AdapterReport { name, vendor, backend, driver, kind, features, software, matrix_side, .. } = &self.adapter;
        writeln!(f, "{} · {} · input {:?}", self.network, self.weights, self.input)?;
        writeln!(f, "{name} · {vendor} · {backend} · {driver} · {kind} · {}", features.join(", "))?;
        let versions: Vec<String> = self.versions.iter().map(|(what, version)| format!("{what} {version}")).collect();
        writeln!(f, "{}", versions.join(" · "))?;
        if let Some(side) = matrix_side {
            writeln!(f, "cooperative matrices of {side}x{side}, used with weights in f16 and --tune")?;
        }
        if *software {
            writeln!(f, "This is a software adapter: the times are those of a CPU.")?;
        }
        Ok(())
    }
}

/// Prints the measurements of a case.
pub fn print(measured: &Measured) {
    let Measured { batch, bytes, tuned, largest_error, prepare, first, warm, cpu, gpu, dispatches, profile, .. } =
        measured;
    let [parameters, activations] = bytes.map(|bytes| bytes as f64 / 1e6);
    let each = warm.median / *batch as f64;
    let algorithms = if tuned.is_empty() {
        "default algorithms".to_owned()
    } else {
        format!("{} kinds of layers tuned", tuned.len())
    };
    println!(
        "batch {batch}, {} weights, products in {}, {algorithms}: top 5 correct, largest logit error {largest_error:.1e}, {dispatches} dispatches",
        measured.weights.name(),
        measured.arithmetic.name()
    );
    println!("  memory {parameters:.1} MB parameters, {activations:.1} MB activations");
    println!("  cold   {prepare:.1} ms to prepare, {first:.2} ms first run");
    println!(
        "  warm   {:.3} ms median of {} runs, {:.3} to {:.3}; {each:.3} ms per image, including upload and read-back",
        warm.median, warm.runs, warm.min, warm.max
    );
    println!("  CPU    {cpu:.1} ms of CPU time per run, sum of all threads");
    match gpu {
        Some(gpu) => println!("  GPU    {gpu:.3} ms per run, {:.3} ms per image, network only", gpu / *batch as f64),
        None => println!("  GPU    not measured: this adapter has no timestamp-query"),
    }
    println!();
    print_profile(profile);
}

/// Prints one line per dispatch: time, rate, share of the sum, kernel, nodes.
fn print_profile(profile: &[DispatchTime]) {
    if profile.is_empty() {
        return;
    }
    let sum: f64 = profile.iter().map(|time| time.ms).sum();
    let width = profile.iter().map(|time| time.kernel.len()).max().unwrap_or(0);
    println!("  {:>9}  {:>9}  {:>6}  {:width$}  nodes", "ms", "GFLOP/s", "share", "kernel");
    for DispatchTime { nodes, kernel, ms, gflops } in profile {
        let share = ms / sum * 100.0;
        println!("  {ms:9.4}  {gflops:9.1}  {share:5.1} %  {kernel:width$}  {}", nodes.join(" + "));
    }
    println!("  {sum:9.4}  sum of the dispatches, measured one by one\n");
}

/// Writes the report to a file.
pub fn write_json(path: &Path, report: &Report) -> Result<(), Failure> {
    let about = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    let file = File::create(path).map_err(|error| about(&error))?;
    serde_json::to_writer_pretty(BufWriter::new(file), report).map_err(|error| about(&error))?;
    println!("Written to {}", path.display());
    Ok(())
}
