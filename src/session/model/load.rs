//! Loads a weight file: recognises the network and uploads its parameters.

use super::Model;
use super::checked_plan::checked_plan;
use super::inspection_cache::InspectionCache;
use super::network::Network;
use super::observed_nodes::observed_nodes;
use crate::card::ModelCard;
use crate::error::{Error, Result};
use crate::gpu::{Executable, FramePreprocessor, Gpu, Needs, Parameters, PipelineCompilation};
use crate::graph::Graph;
use crate::labels::Label;
use crate::plan::{AlgorithmSelection, Plan, TuningTable};
use crate::resnet::{Normalisation, ResNetConfig, Stem};
use crate::session::precision::Precision;
use crate::session::progress::LoadProgress;
use crate::session::report::LayerInfo;
use crate::session::weights::Weights;
use crate::weights::{ByteSource, MaybeSendSync, WeightFile};

impl Model {
    /// Loads a weight file. Pipelines compile while parameters are uploaded.
    ///
    /// # Errors
    /// [`Error::Weights`], [`Error::Card`], [`Error::Shape`] or [`Error::Gpu`].
    pub async fn load(
        gpu: &Gpu,
        source: impl ByteSource + MaybeSendSync,
        card: ModelCard,
        precision: Precision,
        table: &TuningTable,
        on_progress: &mut dyn FnMut(LoadProgress<'_>),
    ) -> Result<Self> {
        card.check()?;
        let file = WeightFile::open(source).await?;
        let config = config(&file, &card)?;
        let preprocess = card.preprocess_of(&config);
        let side = preprocess.crop as usize;
        let graph = config.graph(1, side, side)?;
        file.check(&graph)?;
        let (labels, unused_labels) = labels(&card, &config, file.labels())?;
        let format = precision.format(gpu.report().target(), file.is_f16());
        let mut selection = AlgorithmSelection::from_tuning(gpu.report().with_weights(format), table, &graph);
        let observed = observed_nodes(&graph, &[""; 0])?;
        let plan = Plan::with_selection(&graph, &observed, &selection)?;
        let gpu = gpu.sufficient(Needs::of(&plan)).await?;
        on_progress(LoadProgress::Recognised(&LayerInfo::all(&graph)));
        let compilation = PipelineCompilation::begin(&gpu, &plan);
        let mut parameters = Parameters::new(format);
        upload(&gpu, &graph, &file, &mut parameters, on_progress).await?;
        compilation.finished().await;
        let plan = checked_plan(&gpu, &graph, &observed, &mut selection).await?;
        let executable = Executable::new(&gpu, plan, &parameters).await?;
        let network = Network::new(graph, parameters);
        Ok(Self {
            preprocessor: FramePreprocessor::new(&gpu, &preprocess, config.in_channels),
            preprocess,
            scheme: file.scheme(),
            notes: notes(&config, &card, &file).into_iter().chain(unused_labels).collect(),
            gpu,
            card,
            config,
            labels: labels.into(),
            loaded: network.clone(),
            edits: Vec::new(),
            network,
            attribution: None,
            selection,
            weights: Weights::new(file),
            executable,
            batch: None,
            cache: InspectionCache::default(),
            thumbnails: false,
            latest: None,
            current: false,
            runs: 0,
        })
    }
}

/// The configuration of the network in a weight file.
///
/// # Errors
/// [`Error::Weights`] if the file contains no supported network or its input is neither an RGB nor a grey image.
fn config(file: &WeightFile<impl ByteSource>, card: &ModelCard) -> Result<ResNetConfig> {
    let inferred = ResNetConfig::infer(&file.dims(), card.stride)?;
    let config = ResNetConfig { anti_alias: card.anti_alias, ..inferred };
    if matches!(config.in_channels, 1 | 3) {
        return Ok(config);
    }
    let found = config.in_channels;
    Err(Error::Weights(format!(
        "conv1.weight: expected 3 input channels for RGB images or 1 for grey ones, found {found}"
    )))
}

/// The class names, and a sentence about those in the weight file if they cannot be used: they are optional.
///
/// # Errors
/// [`Error::Card`] when the card has another number of names than the network has classes.
fn labels(card: &ModelCard, config: &ResNetConfig, of_file: Option<&str>) -> Result<(Vec<Label>, Option<String>)> {
    let Some(classes) = config.classes else { return Ok((Vec::new(), None)) };
    match card.class_labels(classes, of_file) {
        Err(error) if card.labels.is_none() => {
            let note = format!("class names in the file are not used: {error}");
            Ok((card.class_labels(classes, None)?, Some(note)))
        }
        labels => Ok((labels?, None)),
    }
}

/// Sentences about what the file leaves open or what was chosen in reading it.
fn notes(config: &ResNetConfig, card: &ModelCard, file: &WeightFile<impl ByteSource>) -> Vec<String> {
    let mut notes = file.notes().to_vec();
    if config.classes.is_none() {
        notes.push("the file has no classifier: layers can be viewed, there are no predictions".to_owned());
    }
    if config.in_channels == 1 {
        notes.push("the network takes one channel: images are converted to grey".to_owned());
    }
    if let Normalisation::Group { groups } = config.normalisation {
        notes.push(format!(
            "the file has no statistics of batch normalisation: group normalisation with {groups} groups is assumed"
        ));
    }
    if config.stem == Stem::Conv3x3 && card.preprocess.is_none() {
        let note =
            "a network for small images without a card: CIFAR-10's size, mean and standard deviation are assumed";
        notes.push(note.to_owned());
    }
    notes
}

/// Uploads all parameters in the order of the file. Memory holds those of one node at a time.
async fn upload(
    gpu: &Gpu,
    graph: &Graph,
    file: &WeightFile<impl ByteSource>,
    parameters: &mut Parameters,
    on_progress: &mut dyn FnMut(LoadProgress<'_>),
) -> Result<()> {
    for node in file.arriving(graph) {
        parameters.insert(gpu, graph, &node.name, &file.parameters(node).await?)?;
        on_progress(LoadProgress::Ready(&node.name));
    }
    Ok(())
}
