//! `resnet-lens compress`: writes a weight file with weights of 8 bits.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;

use clap::{Args, ValueEnum};
use resnet_lens::graph::Graph;
use resnet_lens::weights::WeightFile;
use resnet_lens::{Error, ModelCard, ResNetConfig};

use crate::failure::Failure;
use crate::model::{self, Selected};
use crate::{beside, terminal};

/// The options of `resnet-lens compress`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_long_help = "\
Examples:
  resnet-lens compress resnet50.safetensors resnet50-int8.safetensors
  resnet-lens compress checkpoint.pth.tar small.safetensors
  resnet-lens compress hf:timm/resnet50.tv_in1k resnet50-int8.safetensors

Layout: safetensors with the names of torchvision. NAME.weight of a convolution or a linear layer has the type I8 and a factor \
per output channel, NAME.weight_scale, of type F32: the weight is weight[o] * weight_scale[o]. Biases and batch normalisations \
keep their values. Class names are metadata of the file. Where the source has a model card or settings beside it, they are written \
as OUT.json.

Exit status: 0 if the file was written, 1 if not, 2 if the command line is invalid. An existing file is never replaced.")]
pub struct Arguments {
    /// Weights of a ResNet: a file that `classify --model` reads, or a model of the Hugging Face hub.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Format of the weights.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "int8")]
    format: Format,
    /// Do not download: use models of the hub from the cache only.
    #[arg(long)]
    offline: bool,
}

/// A format of compressed weights.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// 8 bits per weight and one factor per output channel.
    Int8,
}

/// Writes the compressed file, and its card where the source has one.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { output, format: Format::Int8, .. } = arguments;
    let card_path = output.with_extension("json");
    refuse_existing(output)?;
    let Selected { card, weights, guessed } = model::select(Some(&arguments.input), arguments.offline)?;
    let Some(path) = weights else { return Err(Failure::new("expected a weight file to compress, found none")) };
    let opened = File::open(&path).map_err(|error| Failure::file(&path, &error))?;
    let before = opened.metadata().map_err(|error| Failure::file(&path, &error))?.len();
    let of_content = |error: Error| Failure::content(&path, &error);
    let file = WeightFile::open(opened).await.map_err(of_content)?;
    file.notes().iter().for_each(terminal::note);
    let config = ResNetConfig::infer(&file.dims(), card.stride).map_err(of_content)?;
    let card = fitting(card, guessed, &path, &config).map_err(of_content)?;
    // The shapes of parameters do not depend on the size of the image; this one is large enough for every network.
    let graph = config.graph(1, 256, 256).map_err(of_content)?;
    file.check(&graph).map_err(of_content)?;
    let own_card = card.preprocess.is_some() || card != beside::plain_card(&path);
    if own_card {
        refuse_existing(&card_path)?;
    }
    let labels = match &card.labels {
        Some(labels) => Some(serde_json::to_string(labels).map_err(|error| Failure::output(&error.into()))?),
        None => file.labels().map(str::to_owned),
    };
    let part = output.with_extension(format!("{}.part", process::id()));
    let written = write(&file, &graph, labels.as_deref(), &part).await;
    let written = written.and_then(|bytes| place(&part, output).map(|()| bytes));
    // The partial file may not exist. If it cannot be removed, the first error is the one to report.
    let _ = fs::remove_file(&part);
    let after = written?;
    if own_card {
        write_card(card, output, &card_path, after)?;
    }
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let line = format!(
        "{}: {}, {:.1} MB, from {:.1} MB",
        terminal::escape(&output.display().to_string()),
        config.name(),
        megabytes(after),
        megabytes(before)
    );
    writeln!(std::io::stdout(), "{line}").map_err(|error| Failure::output(&error))
}

/// Gives the written file its name, unless another program has made a file of that name meanwhile.
fn place(part: &Path, output: &Path) -> Result<(), Failure> {
    match fs::hard_link(part, output) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => refuse_existing(output),
        // Some file systems have no hard links.
        Err(_) => {
            refuse_existing(output)?;
            fs::rename(part, output).map_err(|error| Failure::file(output, &error))
        }
    }
}

fn refuse_existing(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::file(path, &error)),
        Ok(_) => {
            Err(Failure::new(format!("{}: expected no file there, found one, which is not replaced", path.display())))
        }
    }
}

/// The card; without what a file beside the weights says about another network.
fn fitting(card: ModelCard, guessed: bool, path: &Path, config: &ResNetConfig) -> Result<ModelCard, Error> {
    match config.classes.map(|classes| card.class_labels(classes, None)) {
        None | Some(Ok(_)) => Ok(card),
        Some(Err(error)) if guessed => {
            beside::caution_about_card(&Failure::content(path, &error));
            Ok(beside::plain_card(path))
        }
        Some(Err(error)) => Err(error),
    }
}

async fn write(file: &WeightFile<File>, graph: &Graph, labels: Option<&str>, path: &Path) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut output = BufWriter::new(OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?);
    let bytes = file.write_int8(graph, labels, &mut output).await?;
    output.flush().map_err(failed)?;
    Ok(bytes)
}

/// The card of the source, for the new file. Its digest and its address would be those of the source.
fn write_card(card: ModelCard, output: &Path, path: &Path, size: u64) -> Result<(), Failure> {
    let file = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let card = ModelCard { file, url: None, size: Some(size), sha256: None, ..card };
    let json = serde_json::to_string_pretty(&card).map_err(|error| Failure::output(&error.into()))?;
    fs::write(path, json + "\n").map_err(|error| Failure::file(path, &error))
}
