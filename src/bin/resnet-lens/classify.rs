//! `resnet-lens classify`: prints the most probable classes of images.

use std::path::{Path, PathBuf};

use clap::Args;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::graph::Objective;
use resnet_lens::session::Classification;
use resnet_lens::{Error, Session};

use crate::answers_file::AnswersFile;
use crate::failure::Failure;
use crate::images::{self, ImageOptions, Images};
use crate::network::{EditOptions, NetworkOptions};
use crate::output::{self, ClassOptions, Format};
use crate::{node_files, npy, terminal};

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
  find photos -name '*.jpg' -print0 | resnet-lens classify --files - --shard 3/16 --resume 3.jsonl

Output: Answers are printed to standard output, notes and errors to standard error. With --json, the line of an image is \
{\"image\": PATH, \"model\": NAME, \"predictions\": [{\"index\", \"id\", \"label\", \"ko\", \"probability\"}, ...], \"sure\", \"adapter\", \"weights\", \
\"products\", \"ms\": {\"load\", \"first\", \"infer\"}}. \"ms\" is the time in milliseconds to load the model, of its first run, \
and of its latest run. \"sure\" is false where the best class is less probable than the model's card requires, and null without such a \
card; without --json the line of the image says \"not sure\".

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
    #[command(flatten)]
    images: ImageOptions,
    /// Write answers as JSON lines to the end of this file, and skip the images that it has an answer for. After an interruption the
    /// same command continues. Images that failed are tried again.
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "dump", help_heading = "Many images")]
    resume: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    classes: ClassOptions,
    /// Print one JSON object per image and line, with class names in all languages.
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Number of images per run of the network. It changes the speed, not the answers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(conflicts_with = "nodes", help_heading = "Performance")]
    batch: u16,
    #[command(flatten)]
    edit: EditOptions,
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
    let network = arguments.network.open().await?;
    arguments.edit.apply(&network.session).await?;
    if arguments.gradient.is_none() {
        network.session.observe(&arguments.nodes).await?;
    }
    let failed = classify_all(&network.session, arguments).await?;
    network.keep_pipelines();
    Ok(failed)
}

/// Classifies the images batch by batch and returns how many failed.
async fn classify_all(session: &Session, arguments: &Arguments) -> Result<usize, Failure> {
    let images = arguments.images.expand()?;
    images.failures.iter().for_each(terminal::error);
    if let Some(note) = images.skipped_note() {
        terminal::note(&note);
    }
    let Images { mut files, failures, .. } = images;
    let mut failed = failures.len();
    let mut output = Output::open(arguments, session)?;
    if let Output::File(answers) = &output {
        files.retain(|file| !answers.has(file));
    }
    for (index, paths) in files.chunks(arguments.batch.into()).enumerate() {
        let answers = match paths {
            [path] => {
                let dump = arguments.dump.as_deref().map(|file| node_files::path(file, index + 1, files.len()));
                vec![classify_one(session, path, arguments, dump.as_deref()).await]
            }
            _ => classify_batch(session, paths, arguments.classes.top()).await?,
        };
        for (path, answer) in paths.iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    if let Some(warning) = &answer.image.warning {
                        terminal::note(&format!("{}: {warning}", path.display()));
                    }
                    output.write(path, &answer, session)?;
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

/// Where answers go.
#[derive(Debug)]
enum Output {
    Terminal(Format),
    File(AnswersFile),
}

impl Output {
    fn open(arguments: &Arguments, session: &Session) -> Result<Self, Failure> {
        let Some(file) = &arguments.resume else {
            return Ok(Self::Terminal(if arguments.json {
                Format::Json
            } else {
                Format::Text(arguments.classes.lang)
            }));
        };
        let model = session.model().map(|model| model.name.clone()).unwrap_or_default();
        AnswersFile::open(file, &model).map(Self::File)
    }

    fn write(&mut self, path: &Path, answer: &Classification, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Terminal(format) => output::print(&output::text(path, answer, session, *format)?),
            Self::File(answers) => answers.add(&output::text(path, answer, session, Format::Json)?),
        }
    }
}

async fn classify_one(
    session: &Session,
    path: &Path,
    arguments: &Arguments,
    dump: Option<&Path>,
) -> Result<Classification, Failure> {
    let answer = images::classify(session, path, arguments.classes.top()).await?;
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
        let file = node_files::path(file, node, values.len());
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
        let image = images::read(path)
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
