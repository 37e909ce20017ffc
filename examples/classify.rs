//! Classifies images in the terminal, on this machine's GPU.
//!
//! `cargo run --release --example classify -- [OPTIONS] IMAGE…` where an IMAGE is a file, a directory or a glob.

mod terminal;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::hub::SCHEME;
use resnet_lens::labels::{self, Language};
use resnet_lens::session::{Classification, Precision, Prediction, Timings};
use resnet_lens::{Catalog, ModelCard, Session};
use serde::Serialize;

use terminal::pipelines::Pipelines;
use terminal::{Failure, hub, images, read, tuning, write_npy};

/// The weights of the catalog's first model, so that the example answers without a download.
const STARTER: &[u8] = include_bytes!("../www/assets/starter.safetensors");

/// Name what is in images, with a ResNet on the GPU.
#[derive(Debug, Parser)]
struct Options {
    /// A .safetensors or PyTorch file of a ResNet, with its card FILE.json beside it if there is one; or a model of the Hugging
    /// Face hub, as hf:timm/resnet50.tv_in1k, downloaded once. Default: the starter.
    #[arg(long, value_name = "FILE|hf:OWNER/NAME")]
    model: Option<PathBuf>,
    /// Take models of the hub from this machine's cache only.
    #[arg(long)]
    offline: bool,
    /// Class names: a JSON array, Keras' class index, or a label a line.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// In which language classes are named, where they have a name in it; JSON lines have them in all.
    #[arg(long, value_name = "en|ko", default_value = "en")]
    lang: Language,
    /// How many classes to name.
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// How many images go through the network at once; their answers are the same.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "node")]
    batch: u16,
    /// How weights are kept on the GPU: f32, f16, or what suits file and adapter.
    #[arg(long, value_name = "auto|f32|f16", default_value = "auto")]
    precision: Precision,
    /// Measure first which ways to compute are fastest on this adapter, and remember it.
    #[arg(long)]
    tune: bool,
    /// Print a JSON object a line.
    #[arg(long)]
    json: bool,
    /// A node of the network, as in layer1.0.conv1, whose values --dump writes.
    #[arg(long, value_name = "NAME", requires = "dump")]
    node: Option<String>,
    /// Where to write them: a NumPy file, NCHW. With several images FILE.npy becomes FILE-1.npy, FILE-2.npy …
    #[arg(long, value_name = "FILE.npy", requires = "node")]
    dump: Option<PathBuf>,
    /// Files, directories or globs.
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
}

/// A line of `--json`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    image: String,
    predictions: &'a [Prediction],
    adapter: &'a str,
    /// The form of the weights, and the narrowest numbers in which products are made.
    weights: &'static str,
    products: &'static str,
    ms: Timings,
}

fn main() -> ExitCode {
    match pollster::block_on(run(&Options::parse())) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(broken) => {
            eprintln!("{broken} of the images could not be classified");
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Classifies all images and returns how many of them failed; the failures are reported on the way.
async fn run(options: &Options) -> Result<usize, Failure> {
    let session = Session::open().await?;
    let adapter = session.adapter();
    if adapter.software {
        eprintln!(
            "note: {} is a software adapter: the network runs on the CPU, times say nothing about a GPU",
            adapter.name
        );
    }
    session.set_precision(options.precision);
    let pipelines = Pipelines::restore(&session);
    if !options.tune {
        tuning::restore(&session).await;
    }
    load(&session, options).await?;
    if options.tune {
        tuning::tune(&session).await?;
    }
    if let Some(node) = &options.node {
        session.observe(&[node]).await?;
    }
    let (found, missing) = images(&options.images);
    missing.iter().for_each(|failure| eprintln!("error: {failure}"));
    let mut broken = missing.len();
    let batch = usize::from(options.batch);
    for (number, paths) in found.chunks(batch).enumerate() {
        let dump = options.dump.as_deref().map(|file| numbered(file, number + 1, found.len()));
        let answers = match paths {
            [path] => vec![classify(&session, path, options, dump.as_deref()).await],
            _ => together(&session, paths, options).await?,
        };
        for (path, answer) in paths.iter().zip(answers) {
            match answer {
                Ok(answer) => tell(path, &answer, &session, options)?,
                Err(failure) => {
                    broken += 1;
                    eprintln!("error: {failure}");
                }
            }
        }
    }
    // What was measured against each other is compiled as well, and most of it is not used again.
    if let Some(pipelines) = pipelines.filter(|_| !options.tune) {
        pipelines.keep(&session);
    }
    Ok(broken)
}

fn tell(path: &Path, answer: &Classification, session: &Session, options: &Options) -> Result<(), Failure> {
    if let Some(warning) = &answer.image.warning {
        eprintln!("note: {}: {warning}", path.display());
    }
    print(path, answer, session, options)
}

/// Classifies several images in one run; those that cannot be decoded do not take part in it.
async fn together(
    session: &Session,
    paths: &[PathBuf],
    options: &Options,
) -> Result<Vec<Result<Classification, Failure>>, Failure> {
    let decode =
        |path: &PathBuf| DecodedImage::decode(&read(path)?).map_err(|error| Failure::about(path, &error.into()));
    let decoded: Vec<Result<DecodedImage, Failure>> = paths.iter().map(decode).collect();
    let (mut good, mut failures) = (Vec::new(), Vec::new());
    for image in decoded {
        match image {
            Ok(image) => {
                good.push(image);
                failures.push(None);
            }
            Err(failure) => failures.push(Some(failure)),
        }
    }
    let mut answers = session.classify_images(&good, options.top.into()).await?.into_iter();
    let next = |failure: Option<Failure>| failure.map_or_else(|| answers.next().map(Ok), |failure| Some(Err(failure)));
    Ok(failures.into_iter().filter_map(next).collect())
}

async fn load(session: &Session, options: &Options) -> Result<(), Failure> {
    let (mut card, file) = chosen(options)?;
    if let Some(file) = &options.labels {
        card.labels = Some(labels::parse(&String::from_utf8_lossy(&read(file)?))?);
    }
    match &file {
        None => session.load(STARTER, card).await?,
        Some(file) => {
            let opened = std::fs::File::open(file).map_err(|error| Failure::file(file, &error))?;
            session.load(opened, card).await.map_err(|error| Failure::about(file, &error))?
        }
    };
    Ok(())
}

/// The card and the file of the model to use; no file for the starter, which is in this program.
fn chosen(options: &Options) -> Result<(ModelCard, Option<PathBuf>), Failure> {
    let Some(given) = &options.model else {
        return Ok((Catalog::bundled()?.models.swap_remove(0), None));
    };
    match given.to_str().filter(|text| text.starts_with(SCHEME)) {
        Some(id) => {
            let hub::Found { card, weights } = hub::find(id, options.offline)?;
            Ok((card, Some(weights)))
        }
        None => Ok((card_of(given)?, Some(given.clone()))),
    }
}

/// The card that lies beside a weight file under its name, or torchvision's defaults.
fn card_of(model: &Path) -> Result<ModelCard, Failure> {
    let beside = model.with_extension("json");
    if beside.is_file() {
        let json = read(&beside)?;
        return ModelCard::parse(&String::from_utf8_lossy(&json)).map_err(|error| Failure::about(&beside, &error));
    }
    let name = model.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    Ok(ModelCard::torchvision(&name))
}

async fn classify(
    session: &Session,
    path: &Path,
    options: &Options,
    dump: Option<&Path>,
) -> Result<Classification, Failure> {
    let file = read(path)?;
    let answer = session.classify(&file, options.top.into()).await.map_err(|error| Failure::about(path, &error))?;
    if let (Some(node), Some(file)) = (&options.node, dump) {
        write_npy(file, &session.feature_map(node).await?)?;
    }
    Ok(answer)
}

/// `FILE.npy` for a single image, `FILE-<number>.npy` among several.
fn numbered(file: &Path, number: usize, of: usize) -> PathBuf {
    if of == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}-{number}.npy"))
}

/// Writes the answer; fails when nobody reads it any more, as with `| head`.
fn print(path: &Path, answer: &Classification, session: &Session, options: &Options) -> Result<(), Failure> {
    let Some((ms, model)) = session.timings().zip(session.model()) else { return Ok(()) };
    let [weights, products] = [model.precision.name(), model.compute_type.name()];
    let image = path.display().to_string();
    let text = if options.json {
        let adapter = session.adapter().name;
        let line = Line { image, predictions: &answer.predictions, adapter: &adapter, weights, products, ms };
        serde_json::to_string(&line).map_err(|error| Failure::output(&error.into()))?
    } else {
        let first = if answer.first_run { ", the first run" } else { "" };
        let time = format!("{image}  {:.0} ms{first}, weights in {weights}, products in {products}", answer.ms.infer);
        let classes = answer.predictions.iter().map(|prediction| named(prediction, options.lang));
        std::iter::once(time).chain(classes).collect::<Vec<_>>().join("\n")
    };
    writeln!(std::io::stdout(), "{text}").map_err(|error| Failure::output(&error))
}

/// A line of the answer: probability, synset where it is known, name.
fn named(Prediction { label, probability, .. }: &Prediction, language: Language) -> String {
    let synset = label.id.as_ref().map(|id| format!("{id}  ")).unwrap_or_default();
    format!("  {:5.1} %  {synset}{}", probability * 100.0, label.name_in(language))
}
