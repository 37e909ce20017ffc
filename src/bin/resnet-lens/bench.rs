//! `resnet-lens bench`: the time of a network on this machine.

use std::ops::ControlFlow;

use clap::Args;
use resnet_lens::Session;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::DispatchTime;
use resnet_lens::session::ModelInfo;
use serde::Serialize;

use crate::failure::Failure;
use crate::network::{EditOptions, NetworkOptions};
use crate::output::{self, json};
use crate::{table, terminal};

/// The options of `resnet-lens bench`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  resnet-lens bench
  resnet-lens bench --model resnet50.safetensors --batch 8
  resnet-lens bench --device cpu --runs 50 --json
  resnet-lens bench --tune --layers
Output: milliseconds per image from the network's input to its logits, as an application waits for them: upload, all dispatches, \
read-back. The first run, in which a driver may compile pipelines, is separate. With --layers one line per dispatch, slowest first: GPU \
time, rate, kernel, nodes; these times are of a single dispatch repeated, so their sum differs from that of a run.
Exit status: 0, or 1 if the model cannot be used. 2 if the command line is invalid.")]
pub struct Arguments {
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    edit: EditOptions,
    /// Number of images per run of the network.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = "Performance")]
    batch: u16,
    /// Number of runs after the first.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = "Performance")]
    runs: u16,
    /// Also measure every dispatch. Needs a device that measures GPU time.
    #[arg(long, help_heading = "Output")]
    layers: bool,
    /// Print one JSON object.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// The measurement.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    architecture: String,
    adapter: String,
    /// Whether the adapter is a program on the CPU.
    software: bool,
    weights: &'static str,
    products: &'static str,
    dispatches: usize,
    batch: u16,
    runs: u16,
    /// Milliseconds per image.
    first: f64,
    median: f64,
    min: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<DispatchTime>,
}

/// Measures and prints the times.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let network = arguments.network.open().await?;
    let session = &network.session;
    arguments.edit.apply(session).await?;
    let Some(model) = session.model() else { return Ok(()) };
    let images = vec![noise(model.input)?; usize::from(arguments.batch)];
    let first = run_once(session, &images).await?;
    let mut times = Vec::new();
    for _ in 0..arguments.runs {
        times.push(run_once(session, &images).await?);
    }
    times.sort_by(f64::total_cmp);
    let mut report = report(session, &model, arguments, first, &times);
    if arguments.layers {
        report.layers = session.profile(&mut |_| ControlFlow::Continue(())).await?.unwrap_or_default();
        report.layers.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    }
    network.keep_pipelines();
    print(&report, arguments.json)
}

/// Milliseconds per image of one run.
async fn run_once(session: &Session, images: &[DecodedImage]) -> Result<f64, Failure> {
    let answers = session.classify_images(images, 1).await?;
    Ok(answers.first().map_or(0.0, |answer| answer.ms.infer))
}

/// An image of the network's input size. Its values are not uniform, since some processors multiply zeros faster.
fn noise([_, height, width]: [usize; 3]) -> Result<DecodedImage, Failure> {
    let pixel = |index: usize| {
        let value = index.wrapping_mul(2_654_435_761) >> 8;
        [value as u8, (value >> 8) as u8, (value >> 16) as u8, 255]
    };
    let pixels: Vec<u8> = (0..height * width).flat_map(pixel).collect();
    DecodedImage::from_rgba(width as u32, height as u32, &pixels)
        .map_err(|error| Failure::from(resnet_lens::Error::from(error)))
}

fn report(session: &Session, model: &ModelInfo, arguments: &Arguments, first: f64, times: &[f64]) -> Report {
    let adapter = session.adapter();
    Report {
        model: model.name.clone(),
        architecture: model.architecture.clone(),
        adapter: adapter.name.clone(),
        software: adapter.software,
        weights: model.precision.name(),
        products: model.compute_type.name(),
        dispatches: model.dispatches,
        batch: arguments.batch,
        runs: arguments.runs,
        first,
        median: times[times.len() / 2],
        min: times[0],
        layers: Vec::new(),
    }
}

fn print(report: &Report, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::print(&json(report)?);
    }
    let Report { model, architecture, adapter, weights, products, dispatches, batch, .. } = report;
    let names = terminal::escape(model).into_owned() + ", " + architecture + " on " + &terminal::escape(adapter);
    output::print(&format!(
        "{names}: weights in {weights}, products in {products}, {dispatches} dispatches, batch {batch}"
    ))?;
    let Report { first, median, min, runs, .. } = report;
    output::print(&format!(
        "{median:.1} ms per image (median of {runs}), {min:.1} ms at least, {first:.1} ms the first run"
    ))?;
    if report.layers.is_empty() {
        return Ok(());
    }
    let mut rows = vec![["ms", "GFLOP/s", "kernel", "nodes"].map(str::to_owned).to_vec()];
    rows.extend(report.layers.iter().map(|time| {
        vec![format!("{:.3}", time.ms), format!("{:.1}", time.gflops), time.kernel.clone(), time.nodes.join(" ")]
    }));
    output::print(&table::aligned(&rows))
}
