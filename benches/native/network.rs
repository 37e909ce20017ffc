//! The network to measure: graph, weights, one input and the expected logits.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use resnet_lens::graph::Graph;
use resnet_lens::ops::{ParameterValues, WeightFormat};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::WeightFile;
use resnet_lens::{ModelCard, ResNetConfig};
use serde::Deserialize;

use crate::Failure;
use crate::common::{Random, recorded, terms, tolerance, walk};

/// Largest accepted difference of a logit from a recorded one, which was computed in float64. Logits of ImageNet's networks
/// range from about -19 to 13.
const LOGIT: f32 = 2e-3;
/// The same with weights rounded to `f16`.
const LOGIT_OF_F16: f32 = 3e-2;

/// Weights, input and PyTorch's logits in the shared test data, which is not part of the project.
const SHARED: [&str; 3] = [
    "weights/resnet50-imagenet.f16.safetensors",
    "reference/chelsea-input-nchw.npy",
    "reference/resnet50-chelsea.json",
];

/// The networks of the paper.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Depth {
    ResNet18,
    ResNet34,
    ResNet50,
    ResNet101,
    ResNet152,
}

impl Depth {
    fn config(self) -> ResNetConfig {
        match self {
            Self::ResNet18 => ResNetConfig::resnet18(),
            Self::ResNet34 => ResNetConfig::resnet34(),
            Self::ResNet50 => ResNetConfig::resnet50(),
            Self::ResNet101 => ResNetConfig::resnet101(),
            Self::ResNet152 => ResNetConfig::resnet152(),
        }
    }
}

/// A network with its weights, an input and the expected logits.
#[derive(Debug)]
pub struct Network {
    /// Source of the weights.
    pub source: String,
    pub config: ResNetConfig,
    /// Parameters by node index.
    pub parameters: Vec<ParameterValues>,
    /// One preprocessed image, NCHW.
    pub input: HostTensor,
    pub expected: Expected,
}

/// The expected logits of one image.
#[derive(Debug)]
pub struct Expected {
    pub logits: Vec<f32>,
    /// Largest accepted difference with weights in `f32` and in `f16`.
    tolerances: [f32; 2],
    /// Where the logits come from.
    pub source: String,
}

/// The part of a recorded run that is used here.
#[derive(Deserialize)]
struct Recorded {
    logits: Vec<f32>,
}

impl Network {
    /// The ImageNet network of the shared test data if it exists, otherwise the starter.
    pub async fn default_model(recorded: Option<(&Path, &Path)>) -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let [weights, input, reference] = SHARED.map(|name| root.join("../shared/data").join(name));
        if weights.exists() {
            return Self::open(&weights, recorded.or(Some((&input, &reference)))).await;
        }
        Self::open(&root.join("www/assets/starter.safetensors"), recorded).await
    }

    /// Opens a weight file; `recorded` is an input file and a file with the expected logits.
    pub async fn open(file: &Path, recorded: Option<(&Path, &Path)>) -> Result<Self, Failure> {
        let about = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let card = card_of(file)?;
        let weights = File::open(file).map_err(|error| about(&error))?;
        let weights = WeightFile::open(weights).await.map_err(|error| about(&error))?;
        let config = ResNetConfig::infer(&weights.dims(), card.stride).map_err(|error| about(&error))?;
        let input = recorded.map(|(npy, _)| recorded::npy(npy)).transpose()?;
        let side = card.preprocess_of(&config).crop as usize;
        let [height, width] = input.as_ref().map_or([side; 2], |input| [input.shape().h, input.shape().w]);
        let graph = config.graph(1, height, width)?;
        let mut parameters = Vec::new();
        for node in graph.nodes() {
            parameters.push(weights.parameters(node).await.map_err(|error| about(&error))?);
        }
        let input = input.unwrap_or_else(|| random_input(graph.input()));
        let expected = match recorded {
            Some((_, reference)) => Expected::recorded(reference)?,
            None => Expected::computed(&graph, &parameters, &input),
        };
        let source = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Self { source, config, parameters, input, expected })
    }

    /// A network with random weights, scaled so that activations neither vanish nor overflow.
    pub fn random(depth: Depth) -> Result<Self, Failure> {
        let config = depth.config();
        let graph = config.graph(1, 224, 224)?;
        let mut random = Random::new(50);
        let parameters: Vec<_> = graph.nodes().iter().map(|node| random.parameters(&node.op)).collect();
        let input = random_input(graph.input());
        let expected = Expected::computed(&graph, &parameters, &input);
        Ok(Self { source: "random weights".to_owned(), config, parameters, input, expected })
    }

    /// The graph for `batch` images of the input's size.
    pub fn graph(&self, batch: usize) -> Result<Graph, Failure> {
        let Shape { h, w, .. } = self.input.shape();
        Ok(self.config.graph(batch, h, w)?)
    }

    /// The input repeated `batch` times.
    pub fn images(&self, batch: usize) -> Result<HostTensor, Failure> {
        let shape = Shape { n: batch, ..self.input.shape() };
        Ok(HostTensor::new(shape, self.input.data().repeat(batch))?)
    }
}

impl Expected {
    /// The largest accepted difference of a logit.
    pub fn tolerance(&self, weights: WeightFormat) -> f32 {
        match weights {
            WeightFormat::F32 => self.tolerances[0],
            WeightFormat::F16 => self.tolerances[1],
        }
    }

    fn recorded(file: &Path) -> Result<Self, Failure> {
        let about = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read(file).map_err(|error| about(&error))?;
        let Recorded { logits } = serde_json::from_slice(&text).map_err(|error| about(&error))?;
        let source = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Self { logits, tolerances: [LOGIT, LOGIT_OF_F16], source })
    }

    /// Computes the logits with the operators' CPU references. These are naive loops and take seconds to minutes.
    fn computed(graph: &Graph, parameters: &[ParameterValues], input: &HostTensor) -> Self {
        eprintln!("computing the expected logits on the CPU ...");
        let logits = walk(graph, parameters, input)[graph.output()].data().to_vec();
        let largest = logits.iter().fold(1.0, |largest: f32, logit| largest.max(logit.abs()));
        let tolerances = [tolerance(terms(graph)[graph.output()]), LOGIT_OF_F16].map(|tolerance| tolerance * largest);
        Self { logits, tolerances, source: "CPU reference".to_owned() }
    }
}

/// Random values in the range of a normalised image.
fn random_input(shape: Shape) -> HostTensor {
    Random::new(224).tensor(shape, -2.0, 2.5)
}

/// The model card next to a weight file, or torchvision's defaults.
fn card_of(weights: &Path) -> Result<ModelCard, Failure> {
    let beside: PathBuf = weights.with_extension("json");
    if !beside.is_file() {
        return Ok(ModelCard::torchvision(&weights.to_string_lossy()));
    }
    let json = fs::read_to_string(&beside).map_err(|error| format!("{}: {error}", beside.display()))?;
    Ok(ModelCard::parse(&json).map_err(|error| format!("{}: {error}", beside.display()))?)
}
