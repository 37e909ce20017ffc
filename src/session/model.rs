//! A loaded network: its graph, its parameters on the GPU, and the executable for the observed nodes.

mod attribute;
mod attribution;
mod batch;
mod checked_plan;
mod deletion;
mod gradient;
mod inspect;
mod inspection_cache;
mod integrated_gradients;
mod load;
mod network;
mod observed_nodes;
mod surgery;
mod visualise;

use std::ops::ControlFlow;
use std::sync::Arc;

use super::report::{ImageInfo, LayerInfo, ModelInfo, Prediction};
use super::weights::Weights;
use crate::card::ModelCard;
use crate::decoded_image::DecodedImage;
use crate::error::{Error, Result};
use crate::gpu::{DispatchTime, Executable, FramePreprocessor, FrameSource, Gpu, ProfileProgress, Tuner};
use crate::graph::{Graph, Node, Surgery};
use crate::labels::Label;
use crate::ops::{Operator, ParameterValues, Softmax};
use crate::plan::{AlgorithmSelection, Plan, TuningTable};
use crate::preprocess::Preprocess;
use crate::resnet::ResNetConfig;
use crate::tensor::HostTensor;

use attribution::Attribution;
pub(super) use inspection_cache::Inspected;
use inspection_cache::InspectionCache;
use network::Network;
use observed_nodes::observed_nodes;
pub(super) use surgery::Answer;

#[derive(Debug)]
pub(super) struct Model {
    gpu: Gpu,
    card: ModelCard,
    config: ResNetConfig,
    labels: Arc<[Label]>,
    preprocess: Preprocess,
    /// The naming scheme of the weight file.
    scheme: &'static str,
    notes: Vec<String>,
    /// The network of the file.
    loaded: Network,
    edits: Vec<Surgery>,
    /// The network with the edits, which runs.
    network: Network,
    selection: AlgorithmSelection,
    /// The file, from which inspection reads weights.
    weights: Weights,
    executable: Executable,
    /// The executable of the latest batch size.
    batch: Option<Executable>,
    cache: InspectionCache,
    /// Whether runs compute thumbnails.
    thumbnails: bool,
    /// The Grad-CAM that runs compute.
    attribution: Option<Attribution>,
    /// The latest input. It is run again when a node is observed later.
    latest: Option<Latest>,
    /// Whether `executable` has run on the latest input.
    current: bool,
    preprocessor: FramePreprocessor,
    /// The number of runs.
    runs: u64,
}

/// The latest input and the width and height of its image.
#[derive(Debug, Clone)]
struct Latest {
    input: LatestInput,
    size: [u32; 2],
}

#[derive(Debug, Clone)]
enum LatestInput {
    Image(HostTensor),
    /// The frame that the preprocessor holds.
    Frame,
}

impl Model {
    /// The labels by class index.
    pub fn labels(&self) -> &Arc<[Label]> {
        &self.labels
    }

    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The network that runs, with the edits.
    pub fn graph(&self) -> &Graph {
        &self.network.graph
    }

    /// The network of the file, without edits.
    pub fn loaded(&self) -> &Graph {
        &self.loaded.graph
    }

    pub fn info(&self) -> ModelInfo {
        let input = self.network.graph.input();
        ModelInfo {
            name: self.card.name.clone(),
            architecture: self.config.name(),
            width: self.config.width,
            classes: self.config.classes.unwrap_or(0),
            parameters: self.loaded.graph.parameter_count(),
            input: [input.c, input.h, input.w],
            preprocess: self.preprocess,
            scheme: self.scheme,
            notes: self.notes.iter().cloned().chain(self.rejections()).collect(),
            sure_from: self.card.sure_from,
            licence: self.card.licence.clone(),
            dispatches: self.executable.plan().dispatches().count(),
            precision: self.network.parameters.weights(),
            compute_type: self.executable.plan().compute_type(),
            parameter_bytes: self.network.parameters.bytes(),
            edits: self.edits.clone(),
        }
    }

    /// A sentence about each algorithm that is not used because the device fails to compute it.
    fn rejections(&self) -> Vec<String> {
        let mut rejections = self.gpu.wrong_kernels();
        let failing = self.selection.rejected.iter().filter(|rejection| !rejections.contains(rejection));
        let failing: Vec<_> = failing.cloned().collect();
        rejections.extend(failing);
        rejections.iter().map(ToString::to_string).collect()
    }

    /// The nodes of the file's network with the shapes of the edited one.
    pub fn layers(&self) -> Vec<LayerInfo> {
        LayerInfo::of_edited(&self.loaded.graph, &self.network.graph)
    }

    /// The network's input for an image.
    pub fn preprocess(&self, image: &DecodedImage) -> Result<HostTensor> {
        let grey = self.config.in_channels == 1;
        let values = if grey { self.preprocess.normalised_grey(image) } else { self.preprocess.normalised(image) };
        HostTensor::new(self.network.graph.input(), values)
    }

    pub fn image_info(&self, [width, height]: [u32; 2]) -> ImageInfo {
        ImageInfo::new(width, height, &self.preprocess)
    }

    /// Runs the network on the input for an image of `size` and returns the logits.
    pub async fn run(&mut self, input: HostTensor, size: [u32; 2]) -> Result<HostTensor> {
        let logits = self.executable.run(&input).await?;
        self.finish_run(Latest { input: LatestInput::Image(input), size });
        Ok(logits)
    }

    /// Preprocesses a frame, runs the network on it and returns the logits.
    pub async fn run_frame(&mut self, frame: &FrameSource<'_>, mirrored: bool) -> Result<HostTensor> {
        self.preprocessor.take(frame, mirrored).await?;
        let logits = self.executable.run_frame(&mut self.preprocessor).await?;
        self.finish_run(Latest { input: LatestInput::Frame, size: frame.size() });
        Ok(logits)
    }

    fn finish_run(&mut self, latest: Latest) {
        if matches!(latest.input, LatestInput::Image(_)) {
            self.preprocessor.release();
        }
        self.latest = Some(latest);
        self.current = true;
        self.runs += 1;
    }

    /// Creates the resources for frames of this size.
    pub async fn prepare_frames(&mut self, size: [u32; 2], mirrored: bool) -> Result<()> {
        self.preprocessor.prepare(size, mirrored).await
    }

    /// Observes exactly these nodes.
    pub async fn observe(&mut self, nodes: &[impl AsRef<str>]) -> Result<()> {
        let nodes = observed_nodes(&self.network.graph, nodes)?;
        let mut selection = self.selection.clone();
        let plan = self.plan(&self.network.graph, &nodes, &mut selection).await?;
        self.selection = selection;
        if plan.observed() == self.executable.plan().observed() {
            return Ok(());
        }
        self.execute(plan).await
    }

    /// Computes thumbnails in every run from now on. Runs the latest image again.
    pub async fn enable_thumbnails(&mut self) -> Result<()> {
        if !self.thumbnails {
            self.thumbnails = true;
            let plan = self.executable.plan().clone().with_thumbnails();
            self.execute(plan).await.inspect_err(|_| self.thumbnails = false)?;
        }
        self.refresh().await
    }

    /// Replaces the executable by one for `plan`.
    async fn execute(&mut self, plan: Plan) -> Result<()> {
        self.executable = Executable::new(&self.gpu, plan, &self.network.parameters).await?;
        self.cache.clear_activations();
        self.current = false;
        Ok(())
    }

    /// A tuner for the layer classes that are not in `table`.
    pub fn tuner(&self, table: &TuningTable) -> Tuner {
        Tuner::new(&self.gpu, &self.network.graph, self.selection.adapter, table)
    }

    /// Selects algorithms by measured times and runs the latest image again.
    pub async fn apply_tuning(&mut self, table: &TuningTable) -> Result<()> {
        let mut selection = AlgorithmSelection::from_tuning(self.selection.adapter, table, &self.network.graph);
        let names: Vec<String> = self.observed().map(|node| node.name.clone()).collect();
        let plan = self.plan(&self.network.graph, &names, &mut selection).await?;
        // It was planned with the previous selection.
        self.batch = None;
        self.execute(plan).await?;
        self.selection = selection;
        self.refresh().await
    }

    /// Runs the latest input again if the executable has changed since.
    pub async fn refresh(&mut self) -> Result<()> {
        if self.current {
            return Ok(());
        }
        if let Some(latest) = &self.latest {
            run_latest(&mut self.executable, &mut self.preprocessor, &latest.input).await?;
            self.current = true;
            self.runs += 1;
        }
        Ok(())
    }

    /// The value of a node for the latest input. Observes the node first if it is not observed yet.
    pub async fn feature_map(&mut self, name: &str) -> Result<HostTensor> {
        let node = self.network.graph.find(name)?;
        if self.latest.is_none() {
            return Err(Error::State(format!("{name}: expected an image to be classified before, found none")));
        }
        if !self.executable.plan().observed().contains(&node) {
            let mut names: Vec<String> = self.observed().map(|node| node.name.clone()).collect();
            names.push(name.to_owned());
            self.observe(&names).await?;
        }
        self.refresh().await?;
        self.executable.read(name).await
    }

    /// The nodes of the network whose values can be read after a run.
    fn observed(&self) -> impl Iterator<Item = &Node> {
        self.executable.plan().observed().iter().filter_map(|node| self.network.graph.nodes().get(*node))
    }

    /// The GPU time of every dispatch; `None` if `on_progress` cancels the measurement.
    pub async fn profile(
        &mut self,
        on_progress: &mut dyn FnMut(ProfileProgress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<DispatchTime>>> {
        self.executable.profile_with_progress(on_progress).await
    }

    /// The `top` most probable classes, best first. Of equal ones, the lower index is first.
    ///
    /// # Errors
    /// [`Error::Weights`] if a logit is infinite or not a number.
    pub fn predictions(&self, logits: &HostTensor, top: usize) -> Result<Vec<Prediction>> {
        let wrong = logits.data().iter().filter(|logit| !logit.is_finite()).count();
        if wrong > 0 {
            return Err(Error::Weights(format!(
                "the network's outputs: expected {} finite numbers, found {wrong} that are infinite or not numbers: its weights may be \
                 damaged or too large",
                logits.data().len()
            )));
        }
        let probabilities = Softmax.reference(&[logits], &ParameterValues::new());
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by(|a, b| logits.data()[*b].total_cmp(&logits.data()[*a]));
        let prediction = |index: usize| Prediction {
            index,
            label: self.labels[index].clone(),
            probability: probabilities.data()[index],
        };
        Ok(order.into_iter().take(top).map(prediction).collect())
    }
}

/// Runs an executable of the model on the latest input and returns the logits.
async fn run_latest(
    executable: &mut Executable,
    preprocessor: &mut FramePreprocessor,
    input: &LatestInput,
) -> Result<HostTensor> {
    match input {
        LatestInput::Image(input) => executable.run(input).await,
        LatestInput::Frame => executable.run_frame(preprocessor).await,
    }
}
