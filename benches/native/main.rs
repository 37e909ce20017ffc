//! Times a ResNet natively on this machine's GPU: the first run, the following runs, and every dispatch separately.
//! `make bench` runs it; benches/README.md explains the output.

#[path = "../../tests/common/mod.rs"]
mod common;
mod gradient;
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

/// An error whose text is one sentence.
type Failure = Box<dyn std::error::Error>;

/// Time a ResNet on this machine's GPU.
#[derive(Debug, Parser)]
struct Options {
    /// A .safetensors file with torchvision's tensor names; a model card FILE.json next to it is used.
    /// Default: the ImageNet ResNet-50 of ../shared/data if it exists, otherwise the starter.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Use random weights instead of a file, the same in every run. They need no download and take the same time.
    #[arg(long, value_name = "NETWORK", conflicts_with = "model")]
    random: Option<Depth>,
    /// Input of the network: a NumPy file of shape 1xCxHxW. Default: random values.
    #[arg(long, value_name = "FILE.npy", requires = "reference")]
    input: Option<PathBuf>,
    /// Expected logits for that input: {"logits": [...]}. Default: computed by the CPU reference.
    #[arg(long, value_name = "FILE.json", requires = "input")]
    reference: Option<PathBuf>,
    /// Batch sizes, each measured separately.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,8,32")]
    batch: Vec<NonZero<usize>>,
    /// Formats of the weights on the GPU, each measured separately.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_value = "f32,f16")]
    weights: Vec<Format>,
    /// Narrowest products that weights in f16 may use, each measured separately. Default: everything the adapter supports.
    #[arg(long, value_name = "PRODUCTS", value_delimiter = ',', default_value = "matrices")]
    products: Vec<Products>,
    /// First measure the candidate algorithms of each kind of layer and use the fastest, as the page does when idle.
    #[arg(long)]
    tune: bool,
    /// Minimum duration of the warm runs of a case, in seconds; at least five runs are made.
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    seconds: f64,
    /// File for all measurements as JSON.
    #[arg(long, value_name = "FILE.json")]
    json: Option<PathBuf>,
    /// Also measure PyTorch: eager, channels last, on CUDA if available.
    #[arg(long)]
    compare_pytorch: bool,
    /// A Python with torch and torchvision.
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Time the gradient of a logit with respect to the image instead, beside the forward pass, with weights in f32.
    #[arg(long)]
    gradient: bool,
    /// Print the adapter's name, driver and features as JSON and measure nothing.
    #[arg(long)]
    adapter: bool,
    /// Passed by `cargo bench` to every benchmark; ignored.
    #[arg(long, hide = true)]
    bench: bool,
}

/// [`WeightFormat`] as a command-line value.
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
    if options.gradient {
        println!("{}", Report::new(&network, gpu.report()));
        return gradient::measure(&network, options.seconds).await;
    }
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
            let pytorch = pytorch::measure(&options.python, &network, batch, options.seconds)?;
            pytorch.iter().for_each(|times| times.print_against(&ours));
            report.pytorch.extend(pytorch);
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
        None => Network::default_model(recorded).await,
    }
}
