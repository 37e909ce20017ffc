//! Edits of the network: other graphs of the same parameters.

use std::ops::ControlFlow;

use super::checked_plan::checked_plan;
use super::network::Network;
use super::observed_nodes::observed_nodes;
use super::{Model, run_latest};
use crate::error::{Error, Result};
use crate::gpu::{Executable, residual_sums};
use crate::graph::{Graph, Surgery, ValueRef};
use crate::lens::ResidualStatistics;
use crate::session::report::{BlockImportance, ImageInfo, ImportanceProgress, Prediction};
use crate::tensor::HostTensor;

/// The most probable classes of the latest image, and its size and crop.
pub(in crate::session) type Answer = (Vec<Prediction>, ImageInfo);

impl Model {
    /// Replaces all edits and runs the latest input again. Returns the `top` most probable classes; `None` if there is no input. The
    /// model is unchanged if it fails.
    ///
    /// # Errors
    /// [`Error::Request`] for an edit that the network does not permit, [`Error::Weights`] if the outputs of the edited network are
    /// not finite, [`Error::Gpu`] if the device fails.
    pub async fn operate(&mut self, edits: &[Surgery], top: usize) -> Result<Option<Answer>> {
        let network = self.loaded.edited(&self.gpu, edits)?;
        let mut selection = self.selection.clone();
        let observed = observed_nodes(&network.graph, &self.observed_in(&network.graph))?;
        let plan = self.plan(&network.graph, &observed, &mut selection).await?;
        let mut executable = Executable::new(&self.gpu, plan, &network.parameters).await?;
        let mut result = None;
        if let Some(latest) = &self.latest {
            let logits = run_latest(&mut executable, &mut self.preprocessor, &latest.input).await?;
            result = Some((self.predictions(&logits, top)?, self.image_info(latest.size)));
        }
        self.network = network;
        self.edits = edits.to_vec();
        self.selection = selection;
        self.executable = executable;
        self.batch = None;
        self.cache.clear_activations();
        self.cache.head_weight = None;
        self.current = result.is_some();
        self.runs += u64::from(self.current);
        Ok(result)
    }

    /// Whether other layer classes may occur with these edits than with the current ones.
    pub fn changes_layers(&self, edits: &[Surgery]) -> bool {
        let strides = |edits: &[Surgery]| edits.iter().any(|edit| matches!(edit, Surgery::Stride { .. }));
        strides(edits) != strides(&self.edits)
    }

    /// The names of the observed nodes that `graph` has as well.
    fn observed_in(&self, graph: &Graph) -> Vec<String> {
        let names = self.observed().map(|node| node.name.clone());
        names.filter(|name| graph.find(name).is_ok()).collect()
    }

    /// Runs another network on the latest input. The current values stay.
    ///
    /// # Errors
    /// [`Error::State`] if there is no input for `what`, [`Error::Graph`] if the graph has no node of an observed name,
    /// [`Error::Gpu`] if the device fails.
    pub(super) async fn run_once(
        &mut self,
        what: &str,
        network: &Network,
        observed: &[impl AsRef<str>],
    ) -> Result<(Executable, HostTensor)> {
        let latest = self.latest.clone().ok_or_else(|| no_image(what))?;
        let plan = checked_plan(&self.gpu, &network.graph, observed, &mut self.selection).await?;
        let mut executable = Executable::new(&self.gpu, plan, &network.parameters).await?;
        let logits = run_latest(&mut executable, &mut self.preprocessor, &latest.input).await?;
        Ok((executable, logits))
    }

    /// Norms of branch and shortcut of every residual block for the latest input, with the current edits and before their factors.
    ///
    /// # Errors
    /// [`Error::State`] if there is no input, [`Error::Gpu`] if the device fails.
    pub async fn residual_statistics(&mut self) -> Result<Vec<ResidualStatistics>> {
        let graph = self.network.graph.clone();
        let name = |value: ValueRef| match value {
            ValueRef::Node(index) => Some(graph.nodes()[index].name.clone()),
            ValueRef::Input => None,
        };
        let operands = graph
            .blocks()
            .iter()
            .filter_map(|block| Some((block.name.as_str(), [name(block.branch)?, name(block.shortcut)?])));
        let operands: Vec<(&str, [String; 2])> = operands.collect();
        let observed: Vec<&String> = operands.iter().flat_map(|(_, names)| names).collect();
        let network = self.network.clone();
        let (executable, _) = self.run_once("the residual statistics", &network, &observed).await?;
        let pair = |(_, [branch, shortcut]): &(&str, [String; 2])| {
            Ok((executable.activation(branch)?, executable.activation(shortcut)?))
        };
        let pairs: Vec<_> = operands.iter().map(pair).collect::<Result<_>>()?;
        let sums = residual_sums(&self.gpu, &pairs).await?;
        Ok(operands.iter().zip(sums).map(|((block, _), sums)| sums.statistics(block)).collect())
    }

    /// The logits of the current network for the latest input, without another run unless the executable has changed since.
    ///
    /// # Errors
    /// [`Error::State`] if there is no input for `what`, [`Error::Gpu`] if the device fails.
    async fn latest_logits(&mut self, what: &str) -> Result<HostTensor> {
        if self.latest.is_none() {
            return Err(no_image(what));
        }
        self.refresh().await?;
        self.executable.read(&self.network.graph.nodes()[self.network.graph.output()].name).await
    }

    /// The effect of every block: the probability of `class` when its branch is switched off. `None` for the class means the most
    /// probable one. The result is `None` if `on_progress` cancels.
    ///
    /// # Errors
    /// [`Error::State`] if there is no input, [`Error::Request`] for a class that the network does not have, [`Error::Weights`] if
    /// outputs are not finite, [`Error::Gpu`] if the device fails.
    pub async fn block_importance(
        &mut self,
        class: Option<usize>,
        on_progress: &mut dyn FnMut(ImportanceProgress<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Vec<BlockImportance>>> {
        let classes = self.labels.len();
        if classes == 0 {
            return Err(Error::Request("the block importance: expected a network with classes, found none".to_owned()));
        }
        if let Some(class) = class.filter(|class| *class >= classes) {
            return Err(Error::Request(format!(
                "the block importance: expected a class below {classes}, found {class}"
            )));
        }
        let what = "the block importance";
        let logits = self.latest_logits(what).await?;
        let current = self.predictions(&logits, classes)?;
        let class = class.unwrap_or(current[0].index);
        let of_class = |predictions: &[Prediction]| {
            predictions.iter().find(|prediction| prediction.index == class).map_or(0.0, |found| found.probability)
        };
        let before = of_class(&current);
        let names: Vec<String> = self.loaded.graph.blocks().iter().map(|block| block.name.clone()).collect();
        let mut effects: Vec<BlockImportance> = Vec::with_capacity(names.len());
        for block in &names {
            let mut edits = self.edits.clone();
            edits.push(Surgery::Branch { block: block.clone(), factor: 0.0 });
            let network = self.loaded.edited(&self.gpu, &edits)?;
            let (_, logits) = self.run_once(what, &network, &[""; 0]).await?;
            let predictions = self.predictions(&logits, classes)?;
            let probability = of_class(&predictions);
            let change = probability - before;
            let latest = BlockImportance { block: block.clone(), probability, change, top: predictions[0].index };
            let progress = ImportanceProgress { done: effects.len() + 1, total: names.len(), latest: &latest };
            if on_progress(progress).is_break() {
                return Ok(None);
            }
            effects.push(latest);
        }
        Ok(Some(effects))
    }

    /// The value of a node of the network without edits for the latest input, and the answer of that network.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network has no such node, [`Error::State`] if there is no input, [`Error::Weights`] if the outputs are
    /// not finite, [`Error::Gpu`] if the device fails.
    pub async fn compare_intact(&mut self, node: &str, top: usize) -> Result<(HostTensor, Answer)> {
        let (executable, logits) = self.run_once(node, &self.loaded.clone(), &[node]).await?;
        let size = self.latest.as_ref().map_or([0; 2], |latest| latest.size);
        Ok((executable.read(node).await?, (self.predictions(&logits, top)?, self.image_info(size))))
    }
}

pub(super) fn no_image(what: &str) -> Error {
    Error::State(format!("{what}: expected an image to be classified before, found none"))
}
