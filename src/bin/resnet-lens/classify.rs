//! `resnet-lens classify`: prints the most probable classes of images.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::{Objective, Surgery};
use resnet_lens::labels::Language;
use resnet_lens::session::Classification;
use resnet_lens::{Error, Session};

use crate::device::{self, Device};
use crate::failure::Failure;
use crate::images::Images;
use crate::model::ModelOptions;
use crate::output::{self, Format};
use crate::pipelines::PipelineCache;
use crate::{npy, terminal, tuning};

/// The options of `resnet-lens classify`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_long_help = "\
Examples:
  resnet-lens classify photo.jpg
  resnet-lens classify --top 1 --json photos/
  resnet-lens classify --model hf:timm/resnet50.tv_in1k 'photos/*.png'
  resnet-lens classify --model resnet50.pth --labels my-classes.txt photo.jpg
  resnet-lens classify --batch 8 --precision f16 --tune photos/
  resnet-lens classify --node layer1.0.conv1 --dump conv1.npy photo.jpg
  resnet-lens classify --edit branch:layer1.1:0 --edit swap:layer3.1:layer3.2 photo.jpg

Output: Answers are printed to standard output, notes and errors to standard error. With --json, the line of an image is \
{\"image\": PATH, \"predictions\": [{\"index\", \"id\", \"label\", \"ko\", \"probability\"}, ...], \"adapter\", \"weights\", \
\"products\", \"ms\": {\"load\", \"first\", \"infer\"}}. \"ms\" is the time in milliseconds to load the model, of its first run, \
and of its latest run.

Exit status: 0 if every image was classified. 1 if the model could not be loaded, or if an image could not be read; the \
other images are classified nevertheless. 2 if the command line is invalid.

Environment:
  HF_TOKEN                 access token for private and gated models; it is sent to the hub only [default: the content of
                           HF_TOKEN_PATH, or of the file token in HF_HOME]
  HF_HUB_CACHE             use files that the hub's own tools have downloaded to this folder [default: hub in HF_HOME]
  HF_HOME                  folder of the hub's own tools [default: ~/.cache/huggingface]
  HF_ENDPOINT              address of the hub, or of a mirror
  HF_HUB_OFFLINE           1: do not download, as --offline
  HF_HUB_DOWNLOAD_TIMEOUT  seconds without data before a download is retried [default: 30]

Downloaded models, the results of --tune and compiled pipelines are kept in the folder resnet-lens of the system's cache \
directory. They can be deleted at any time.")]
pub struct Arguments {
    /// Image files, directories or glob patterns.
    ///
    /// Formats: BMP, GIF, JPEG, PNG, TIFF, WebP. Of a directory, the image files in it and in its directories are classified,
    /// in alphabetical order; other files are skipped.
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    #[command(flatten)]
    model: ModelOptions,
    /// Number of classes to print per image.
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = "Output")]
    top: u16,
    /// Language of class names; classes without a name in it keep their own.
    #[arg(long, value_name = "en|ko", default_value = "en", help_heading = "Output")]
    lang: Language,
    /// Print one JSON object per image and line, with class names in all languages.
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Number of images per run of the network. It changes the speed, not the answers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(conflicts_with = "nodes", help_heading = "Performance")]
    batch: u16,
    /// Where the network runs.
    ///
    /// auto takes a GPU, or the CPU if there is none or only a software adapter that is slower. gpu also takes a software adapter.
    #[arg(long, value_enum, default_value_t, help_heading = "Performance")]
    device: Device,
    /// First measure which algorithm is fastest for each kind of layer on this GPU; later runs use the results.
    #[arg(long, help_heading = "Performance")]
    tune: bool,
    /// Change the network before it runs; can be given several times, and the edits apply in order.
    ///
    /// branch:BLOCK:FACTOR and shortcut:BLOCK:FACTOR multiply an operand of a residual block's addition by 0 to 2; 0 switches it
    /// off. skip:BLOCK bypasses a block. repeat:BLOCK:STEPS runs a block with an identity shortcut 2 to 8 times, each F(x) divided by
    /// STEPS, or multiplied by FACTOR with repeat:BLOCK:STEPS:FACTOR. swap:BLOCK:BLOCK and reverse:FIRST:LAST change the order of
    /// blocks of one shape. lesion:NODE:CHANNEL sets a channel to zero. stride:1x1 and stride:3x3 select the convolution that
    /// downsamples. A BLOCK is named as layer3.1, a NODE as layer3.1.conv2.
    #[arg(long = "edit", value_name = "TEXT", help_heading = "Inspection")]
    edits: Vec<Surgery>,
    /// Name of a network node, such as layer1.0.conv1, whose value --dump writes; can be given several times.
    #[arg(long = "node", value_name = "NAME", requires = "dump", help_heading = "Inspection")]
    nodes: Vec<String>,
    /// Index of a class: --dump writes the gradient of its logit with respect to the value of --node instead of the value. The
    /// node `input` is the preprocessed image.
    #[arg(long, value_name = "CLASS", requires = "nodes", help_heading = "Inspection")]
    gradient: Option<usize>,
    /// NumPy file for the value of --node: f32, NCHW. For several images FILE.npy becomes FILE-1.npy, FILE-2.npy, ...; for several
    /// nodes FILE-NAME.npy.
    #[arg(long, value_name = "FILE.npy", requires = "nodes", help_heading = "Inspection")]
    dump: Option<PathBuf>,
}

/// Classifies all images and returns how many failed. Those failures are printed; an `Err` ends the command.
pub async fn run(arguments: &Arguments) -> Result<usize, Failure> {
    let session = device::open(arguments.device).await?;
    let pipelines = PipelineCache::restore(&session);
    if !arguments.tune {
        tuning::restore(&session).await;
    }
    arguments.model.load(&session).await?;
    if arguments.tune {
        tuning::tune(&session).await?;
    }
    if !arguments.edits.is_empty() {
        session.operate(&arguments.edits, 1).await?;
    }
    if arguments.gradient.is_none() {
        session.observe(&arguments.nodes).await?;
    }
    let failed = classify_all(&session, arguments).await?;
    // Tuning compiles every candidate; most of those pipelines are never used again.
    if let Some(pipelines) = pipelines.filter(|_| !arguments.tune) {
        pipelines.save(&session);
    }
    Ok(failed)
}

/// Classifies the images batch by batch and returns how many failed.
async fn classify_all(session: &Session, arguments: &Arguments) -> Result<usize, Failure> {
    let images = Images::expand(&arguments.images);
    images.failures.iter().for_each(terminal::error);
    if let Some(note) = images.skipped_note() {
        terminal::note(&note);
    }
    let Images { files, failures, .. } = images;
    let mut failed = failures.len();
    let format = if arguments.json { Format::Json } else { Format::Text(arguments.lang) };
    for (index, paths) in files.chunks(arguments.batch.into()).enumerate() {
        let answers = match paths {
            [path] => {
                let dump = arguments.dump.as_deref().map(|file| numbered(file, index + 1, files.len()));
                vec![classify_one(session, path, arguments, dump.as_deref()).await]
            }
            _ => classify_batch(session, paths, arguments.top.into()).await?,
        };
        for (path, answer) in paths.iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    if let Some(warning) = &answer.image.warning {
                        terminal::note(&format!("{}: {warning}", path.display()));
                    }
                    output::print(path, &answer, session, format)?;
                }
                Err(failure) => {
                    failed += 1;
                    terminal::error(&failure);
                }
            }
        }
    }
    Ok(failed)
}

async fn classify_one(
    session: &Session,
    path: &Path,
    arguments: &Arguments,
    dump: Option<&Path>,
) -> Result<Classification, Failure> {
    let file = read(path)?;
    let answer = session.classify(&file, arguments.top.into()).await.map_err(|error| Failure::content(path, &error))?;
    if let Some(file) = dump {
        write_nodes(session, arguments, file).await?;
    }
    Ok(answer)
}

/// Writes what --dump asks for: values of nodes, or gradients with respect to them.
async fn write_nodes(session: &Session, arguments: &Arguments, file: &Path) -> Result<(), Failure> {
    let mut values = Vec::with_capacity(arguments.nodes.len());
    match arguments.gradient {
        Some(class) => {
            let logits = session.layers().last().map(|layer| layer.name.clone()).unwrap_or_default();
            values = session.gradients(&Objective::channel(logits, class), &arguments.nodes, None).await?;
        }
        None => {
            for node in &arguments.nodes {
                values.push(session.feature_map(node).await?);
            }
        }
    }
    for (node, value) in arguments.nodes.iter().zip(&values) {
        let file = if values.len() == 1 { file.to_owned() } else { suffixed(file, node) };
        npy::write(&file, value)?;
    }
    Ok(())
}

/// Classifies several images in one run. Images that cannot be decoded are left out of the run; the results are in the order
/// of `paths`.
async fn classify_batch(
    session: &Session,
    paths: &[PathBuf],
    top: usize,
) -> Result<Vec<Result<Classification, Failure>>, Failure> {
    let mut decoded = Vec::new();
    let mut results = Vec::new();
    for path in paths {
        let image = read(path)
            .and_then(|file| DecodedImage::decode(&file).map_err(|error| Failure::content(path, &error.into())));
        results.push(image.map(|image| decoded.push(image)));
    }
    let answers: Vec<_> = match session.classify_images(&decoded, top).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        // The outputs for one image are not finite. Alone, the others are classified.
        Err(Error::Weights(_)) => {
            let mut answers = Vec::new();
            for image in &decoded {
                answers.push(session.classify_image(image, top).await);
            }
            answers
        }
        Err(error) => return Err(error.into()),
    };
    let mut answers = answers.into_iter();
    let next = |(path, result): (&PathBuf, Result<(), Failure>)| match result {
        Ok(()) => answers.next().map(|answer| answer.map_err(|error| Failure::content(path, &error))),
        Err(failure) => Some(Err(failure)),
    };
    Ok(paths.iter().zip(results).filter_map(next).collect())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::file(path, &error))
}

/// `FILE.npy` for a single image, `FILE-<number>.npy` for one of several.
fn numbered(file: &Path, number: usize, count: usize) -> PathBuf {
    if count == 1 {
        return file.to_owned();
    }
    suffixed(file, number)
}

/// `FILE-<suffix>.npy`.
fn suffixed(file: &Path, suffix: impl Display) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}-{suffix}.npy"))
}
