//! Times a ResNet natively on this machine's GPU: the whole run, the first run apart, and every dispatch by itself.
//! `make bench` runs it; benches/README.md says how to read it.

#[path = "../../tests/common/mod.rs"]
mod common;
mod measure;
mod network;
mod pytorch;
mod report;

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use resnet_lens::gpu::Gpu;
use resnet_lens::ops::WeightFormat;

use measure::{Case, Products, measure};
use network::{Depth, Network};
use report::{Report, print, write_json};

/// A sentence for people.
type Failure = Box<dyn std::error::Error>;

/// Time a ResNet on this machine's GPU.
#[derive(Debug, Parser)]
struct Options {
    /// A .safetensors file under torchvision's names; a model card FILE.json beside it is honoured.
    /// Default: the ImageNet ResNet-50 of ../shared/data, where there is one, or else the starter.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Random weights instead of a file's, always the same ones: nothing to download, and as fast as others.
    #[arg(long, value_name = "NETWORK", conflicts_with = "model")]
    random: Option<Depth>,
    /// The network's input, a NumPy file of 1xCxHxW values; without it random values.
    #[arg(long, value_name = "FILE.npy", requires = "reference")]
    input: Option<PathBuf>,
    /// The answer to it, {"logits": […]}; without it the naive loops of the CPU reference say what is right.
    #[arg(long, value_name = "FILE.json", requires = "input")]
    reference: Option<PathBuf>,
    /// How many images at once; each number is measured by itself.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,8,32")]
    batch: Vec<NonZero<usize>>,
    /// How weights are kept on the GPU; each is measured by itself.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_value = "f32,f16")]
    weights: Vec<Format>,
    /// The narrowest products that may be used with weights in f16; each is measured separately. By default all that the
    /// adapter has.
    #[arg(long, value_name = "PRODUCTS", value_delimiter = ',', default_value = "matrices")]
    products: Vec<Products>,
    /// Measure the ways to compute each kind of layer first and take the fastest, as the page does when it is idle.
    #[arg(long)]
    tune: bool,
    /// How long warm runs of a batch are repeated; at least five are made.
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    seconds: f64,
    /// Where to write all that was measured, as JSON.
    #[arg(long, value_name = "FILE.json")]
    json: Option<PathBuf>,
    /// Measure PyTorch, too: eager, channels last, on CUDA where there is it.
    #[arg(long)]
    compare_pytorch: bool,
    /// The Python that has torch and torchvision.
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Print the adapter's name, driver and features as JSON and measure nothing.
    #[arg(long)]
    adapter: bool,
    /// What `cargo bench` passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// See [`WeightFormat`].
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    F32,
    F16,
}

impl From<Format> for WeightFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::F32 => Self::F32,
            Format::F16 => Self::F16,
        }
    }
}

fn main() -> ExitCode {
    match pollster::block_on(run(&Options::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    if options.adapter {
        println!("{}", serde_json::to_string(Gpu::open().await?.report())?);
        return Ok(());
    }
    let network = network(options).await?;
    let gpu = Gpu::open().await?;
    let mut report = Report::new(&network, gpu.report());
    println!("{report}");
    for batch in options.batch.iter().map(|batch| batch.get()) {
        let mut ours = Vec::new();
        for format in &options.weights {
            for products in &options.products {
                let case = Case {
                    batch,
                    weights: (*format).into(),
                    products: *products,
                    tune: options.tune,
                    seconds: options.seconds,
                };
                let measured = measure(&network, case).await?;
                print(&measured);
                ours.push(measured);
            }
        }
        if options.compare_pytorch {
            let rivals = pytorch::measure(&options.python, &network, batch, options.seconds)?;
            rivals.iter().for_each(|rival| rival.print_against(&ours));
            report.pytorch.extend(rivals);
        }
        report.cases.extend(ours);
    }
    options.json.as_deref().map_or(Ok(()), |path| write_json(path, &report))
}

async fn network(options: &Options) -> Result<Network, Failure> {
    if let Some(depth) = options.random {
        return Network::random(depth);
    }
    let recorded = options.input.as_deref().zip(options.reference.as_deref());
    match &options.model {
        Some(file) => Network::open(file, recorded).await,
        None => Network::at_hand(recorded).await,
    }
}
