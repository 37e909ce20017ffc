//! A loaded network: its graph, its parameters on the GPU, and the executable for what is observed now.

use std::sync::Arc;

use web_time::Instant;

use super::inspect::{InspectionCache, kept};
use super::loading::LoadProgress;
use super::milliseconds;
use super::precision::Precision;
use super::report::{ImageInfo, LayerInfo, ModelInfo, Prediction};
use super::source::Weights;
use crate::card::ModelCard;
use crate::decoded_image::DecodedImage;
use crate::error::{Error, Result};
use crate::gpu::{
    DispatchTime, Executable, FramePreprocessor, FrameSource, Gpu, Needs, Parameters, PipelineCompilation, Tuner,
};
use crate::graph::Graph;
use crate::labels::Label;
use crate::ops::{Operator, ParameterValues, Softmax};
use crate::plan::{AlgorithmSelection, Plan, TuningTable};
use crate::resnet::ResNetConfig;
use crate::tensor::HostTensor;
use crate::weights::{ByteSource, Keepable, WeightFile};

#[derive(Debug)]
pub(super) struct Model {
    pub(super) gpu: Gpu,
    card: ModelCard,
    pub(super) config: ResNetConfig,
    labels: Arc<[Label]>,
    pub(super) graph: Graph,
    pub(super) parameters: Parameters,
    pub(super) choices: AlgorithmSelection,
    /// The file, for looking into weights later.
    pub(super) weights: Weights,
    pub(super) executable: Executable,
    /// For several images at a time, as many as there were last.
    pub(super) batch: Option<Executable>,
    pub(super) looks: InspectionCache,
    /// Whether thumbnails are made of every step.
    map: bool,
    /// What the latest run was given, for looking into layers that were not observed at the time.
    latest: Option<Latest>,
    /// Whether `executable` has run on it.
    pub(super) current: bool,
    intake: FramePreprocessor,
    /// How many runs there have been.
    pub(super) runs: u64,
}

/// What went through the network last.
#[derive(Debug, Clone)]
enum Latest {
    DecodedImage(HostTensor),
    /// The frame that the intake still holds.
    Frame,
}

impl Model {
    pub async fn load(
        gpu: &Gpu,
        source: impl ByteSource + Keepable,
        card: ModelCard,
        precision: Precision,
        times: &TuningTable,
        tell: &mut dyn FnMut(LoadProgress<'_>),
    ) -> Result<Self> {
        card.check()?;
        let file = WeightFile::open(source).await?;
        let config = ResNetConfig::infer(&file.dims(), card.stride)?;
        if config.in_channels != 3 {
            let found = config.in_channels;
            return Err(Error::Weights(format!(
                "conv1.weight: expected 3 input channels for RGB images, found {found}"
            )));
        }
        let side = card.preprocess.crop as usize;
        let graph = config.graph(1, side, side)?;
        file.check(&graph)?;
        let labels = card.class_labels(config.classes, file.labels())?.into();
        let format = precision.format(gpu.report().target(), file.is_f16());
        let choices = AlgorithmSelection::from_tuning(gpu.report().with_weights(format), times, &graph);
        let plan = Plan::with_selection(&graph, &kept(&graph, &[""; 0])?, &choices)?;
        let needs = Needs::of(&plan);
        let gpu = gpu.sufficient(needs).await?;
        tell(LoadProgress::Recognised(&LayerInfo::all(&graph)));
        let compiling = PipelineCompilation::begin(&gpu, &plan);
        let mut parameters = Parameters::new(format);
        upload(&gpu, &graph, &file, &mut parameters, tell).await?;
        compiling.finished().await;
        let executable = Executable::new(&gpu, plan, &parameters).await?;
        Ok(Self {
            intake: FramePreprocessor::new(&gpu, &card.preprocess),
            gpu,
            card,
            config,
            labels,
            graph,
            parameters,
            choices,
            weights: Weights::new(file),
            executable,
            batch: None,
            looks: InspectionCache::default(),
            map: false,
            latest: None,
            current: false,
            runs: 0,
        })
    }

    /// A label a class.
    pub fn labels(&self) -> &Arc<[Label]> {
        &self.labels
    }

    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    pub fn info(&self) -> ModelInfo {
        let input = self.graph.input();
        ModelInfo {
            name: self.card.name.clone(),
            architecture: self.config.name(),
            width: self.config.width,
            classes: self.config.classes,
            parameters: self.graph.parameter_count(),
            input: [input.c, input.h, input.w],
            preprocess: self.card.preprocess,
            licence: self.card.licence.clone(),
            dispatches: self.executable.plan().dispatches().count(),
            precision: self.parameters.weights(),
            compute_type: self.executable.plan().compute_type(),
            parameter_bytes: self.parameters.bytes(),
        }
    }

    pub fn layers(&self) -> Vec<LayerInfo> {
        LayerInfo::all(&self.graph)
    }

    /// The network's input for an image and the milliseconds it took to make.
    pub fn prepare(&self, image: &DecodedImage) -> Result<(HostTensor, f64)> {
        let started = Instant::now();
        let input = HostTensor::new(self.graph.input(), self.card.preprocess.normalised(image))?;
        Ok((input, milliseconds(started)))
    }

    pub fn image_info(&self, [width, height]: [u32; 2]) -> ImageInfo {
        ImageInfo::new(width, height, &self.card.preprocess)
    }

    pub async fn run(&mut self, input: HostTensor) -> Result<HostTensor> {
        let logits = self.executable.run(&input).await?;
        self.ran(Latest::DecodedImage(input));
        Ok(logits)
    }

    /// Takes a frame in and runs the network on it.
    pub async fn run_frame(&mut self, frame: &FrameSource<'_>, mirrored: bool) -> Result<HostTensor> {
        self.intake.take(frame, mirrored).await?;
        let logits = self.executable.run_frame(&mut self.intake).await?;
        self.ran(Latest::Frame);
        Ok(logits)
    }

    fn ran(&mut self, latest: Latest) {
        self.latest = Some(latest);
        self.current = true;
        self.runs += 1;
    }

    /// Makes what frames of this size need.
    pub async fn prepare_frames(&mut self, size: [u32; 2], mirrored: bool) -> Result<()> {
        self.intake.prepare(size, mirrored).await
    }

    pub async fn observe(&mut self, nodes: &[impl AsRef<str>]) -> Result<()> {
        let plan = Plan::with_selection(&self.graph, &kept(&self.graph, nodes)?, &self.choices)?;
        if plan.observed() == self.executable.plan().observed() {
            return Ok(());
        }
        self.execute(plan).await
    }

    /// Makes thumbnails of every step from now on; the latest image goes through the network once more for them.
    pub async fn keep_map(&mut self) -> Result<()> {
        if !self.map {
            self.map = true;
            self.execute(self.executable.plan().clone()).await.inspect_err(|_| self.map = false)?;
        }
        self.refresh().await
    }

    async fn execute(&mut self, plan: Plan) -> Result<()> {
        let plan = if self.map { plan.with_thumbnails() } else { plan };
        self.executable = Executable::new(&self.gpu, plan, &self.parameters).await?;
        self.looks.moved();
        self.current = false;
        Ok(())
    }

    /// Measures the ways to compute this network, but what `times` knows.
    pub fn tuner(&self, times: &TuningTable) -> Tuner {
        Tuner::new(&self.gpu, &self.graph, self.choices.adapter, times)
    }

    /// Computes from now on as what was measured says, the latest image first.
    pub async fn compute_by(&mut self, times: &TuningTable) -> Result<()> {
        let choices = AlgorithmSelection::from_tuning(self.choices.adapter, times, &self.graph);
        let names: Vec<&str> =
            self.executable.plan().observed().iter().map(|node| self.graph.nodes()[*node].name.as_str()).collect();
        let plan = Plan::with_selection(&self.graph, &names, &choices)?;
        // Its ways are the former ones.
        self.batch = None;
        self.execute(plan).await?;
        self.choices = choices;
        self.refresh().await
    }

    /// Runs the latest image again if nodes were chosen since.
    pub async fn refresh(&mut self) -> Result<()> {
        if self.current {
            return Ok(());
        }
        match self.latest.clone() {
            Some(Latest::DecodedImage(input)) => drop(self.run(input).await?),
            Some(Latest::Frame) => {
                self.executable.run_frame(&mut self.intake).await?;
                self.ran(Latest::Frame);
            }
            None => {}
        }
        Ok(())
    }

    pub async fn feature_map(&mut self, name: &str) -> Result<HostTensor> {
        let node = self.graph.find(name)?;
        let no_picture = || Error::State(format!("{name}: expected an image to have been classified, found none yet"));
        if self.latest.is_none() {
            return Err(no_picture());
        }
        let observed = self.executable.plan().observed();
        if !observed.contains(&node) {
            let names = observed.iter().chain([&node]).map(|node| self.graph.nodes()[*node].name.clone());
            self.observe(&names.collect::<Vec<_>>()).await?;
        }
        self.refresh().await?;
        self.executable.read(name).await
    }

    /// GPU time of every dispatch.
    pub async fn profile(&mut self) -> Result<Vec<DispatchTime>> {
        self.executable.profile().await
    }

    /// The `top` likeliest classes, best first; of equals the first.
    pub fn predictions(&self, logits: &HostTensor, top: usize) -> Vec<Prediction> {
        let probabilities = Softmax.reference(&[logits], &ParameterValues::new());
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by(|a, b| logits.data()[*b].total_cmp(&logits.data()[*a]));
        let prediction = |index: usize| Prediction {
            index,
            label: self.labels[index].clone(),
            probability: probabilities.data()[index],
        };
        order.into_iter().take(top).map(prediction).collect()
    }
}

/// Brings all parameters to the GPU as they come in the file, one node's in memory at a time.
async fn upload(
    gpu: &Gpu,
    graph: &Graph,
    file: &WeightFile<impl ByteSource>,
    parameters: &mut Parameters,
    tell: &mut dyn FnMut(LoadProgress<'_>),
) -> Result<()> {
    for node in file.arriving(graph) {
        parameters.insert(gpu, graph, &node.name, &file.parameters(node).await?)?;
        tell(LoadProgress::Ready(&node.name));
    }
    Ok(())
}
