//! Compiles a graph into a list of dispatches: fusion, order, buffer assignment.
//!
//! A convolution absorbs the batch norm, addition and ReLU that follow it unless one of the intermediate values is observed.
//! Observing a node makes it an output; there is no separate inspection mechanism.

mod algorithm_selection;
mod combine;
mod fuse;
mod layer_class;
mod listing;
mod lowering;
mod select;
mod slots;
mod step;
mod thumbnail;
mod tuning_table;

use std::collections::BTreeSet;

use crate::error::Result;
use crate::graph::{Graph, ValueRef};
use crate::kernel::{Kernel, Lowered, TransformedWeights};
use crate::ops::ComputeType;
use crate::shape::Shape;

pub use algorithm_selection::{AlgorithmSelection, Rejection, SelectedAlgorithms};
pub use layer_class::LayerClass;
pub use step::{BufferRef, LoweredOperator, PlannedDispatch, Step};
pub(crate) use thumbnail::ThumbnailBuffer;
pub use thumbnail::{Thumbnail, ThumbnailLayout};
pub use tuning_table::TuningTable;

/// The kernels that a plan adds to those of the operators.
pub fn kernels() -> Vec<&'static Kernel> {
    thumbnail::KERNELS.into()
}

/// A schedule for one graph and one set of observed nodes, as plain data.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    graph: Graph,
    steps: Vec<Step>,
    transformed_weights: Vec<(usize, TransformedWeights)>,
    slots: Vec<usize>,
    observed: BTreeSet<usize>,
    storage: Vec<Option<BufferRef>>,
    thumbnail_dispatches: Vec<PlannedDispatch>,
    thumbnails: ThumbnailLayout,
}

impl Plan {
    /// A plan whose output and observed nodes can be read after a run. Each layer uses its default algorithm.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] if the graph has no node of an observed name.
    pub fn new(graph: &Graph, observed: &[impl AsRef<str>]) -> Result<Self> {
        Self::with_selection(graph, observed, &AlgorithmSelection::default())
    }

    /// As [`Plan::new`], with the algorithms of `selection`.
    ///
    /// # Errors
    /// As [`Plan::new`], and [`crate::Error::Algorithm`] if the tuned algorithm of a layer cannot compute it and the selection is
    /// [`AlgorithmSelection::strict`].
    pub fn with_selection(graph: &Graph, observed: &[impl AsRef<str>], selection: &AlgorithmSelection) -> Result<Self> {
        let mut nodes = BTreeSet::from([graph.output()]);
        for name in observed {
            nodes.insert(graph.find(name.as_ref())?);
        }
        Self::compile(graph, nodes, selection)
    }

    /// A plan with every node observed: no nodes are fused.
    pub fn inspected(graph: &Graph) -> Self {
        let observed = (0..graph.nodes().len()).collect();
        Self::compile(graph, observed, &AlgorithmSelection::default()).expect("default algorithms compute every layer")
    }

    fn compile(graph: &Graph, observed: BTreeSet<usize>, selection: &AlgorithmSelection) -> Result<Self> {
        let groups = fuse::groups(graph, &observed, selection);
        let lowered = groups.iter().map(|group| lowering::lower(graph, group, selection));
        let lowered: Vec<Lowered> = lowered.collect::<Result<_>>()?;
        let scratch: Vec<&[usize]> = lowered.iter().map(|lowered| &lowered.scratch[..]).collect();
        let slots = slots::assign(graph, &groups, &scratch, &observed);
        let storage = |value| slots::storage(graph, &slots.of_node, value);
        let mut transformed_weights = Vec::new();
        let mut steps = Vec::with_capacity(groups.len());
        for ((group, lowered), scratch) in groups.iter().zip(lowered).zip(&slots.scratch) {
            let owner = group.owner(graph);
            transformed_weights.extend(lowered.transformed_weights.map(|weights| (owner, weights)));
            steps.push(lowering::step(graph, group, lowered.dispatches, scratch, storage));
        }
        let readable = |node: usize| observed.contains(&node).then(|| storage(ValueRef::Node(node)));
        let storage = (0..graph.nodes().len()).map(readable).collect();
        Ok(Self {
            graph: graph.clone(),
            steps,
            transformed_weights,
            slots: slots.sizes,
            observed,
            storage,
            thumbnail_dispatches: Vec::new(),
            thumbnails: ThumbnailLayout::default(),
        })
    }

    /// The same plan with one thumbnail per step, computed while the step's value is still in its slot. Steps behind the output, which
    /// [`Graph::gradient`] adds, have none.
    pub fn with_thumbnails(mut self) -> Self {
        self.thumbnails = ThumbnailLayout::default();
        let output = self.graph.output();
        let thumbnail = |step: &Step| {
            let written = step.dispatches.last().and_then(|dispatch| dispatch.buffers.last().copied());
            let dispatch = self.thumbnails.add(self.graph.nodes()[step.output_node()].shape);
            PlannedDispatch { dispatch, buffers: vec![written.unwrap_or(BufferRef::Unused), BufferRef::Thumbnails] }
        };
        let steps = self.steps.iter().take_while(|step| step.output_node() <= output);
        self.thumbnail_dispatches = steps.map(thumbnail).collect();
        self
    }

    /// The dispatches that compute thumbnails, one after each of the first steps; empty without
    /// [`Plan::with_thumbnails`].
    pub fn thumbnail_dispatches(&self) -> &[PlannedDispatch] {
        &self.thumbnail_dispatches
    }

    /// The layout of the thumbnails, one per step; empty without [`Plan::with_thumbnails`].
    pub fn thumbnails(&self) -> &ThumbnailLayout {
        &self.thumbnails
    }

    /// The index of the step that computes a node. For a view, the step that computes its input; `None` if no step computes it, as
    /// for nodes that no observed node depends on.
    pub fn step_of(&self, node: usize) -> Option<usize> {
        let step = self.steps.iter().position(|step| step.nodes.contains(&node));
        let node = &self.graph.nodes()[node];
        step.or_else(|| match node.inputs[0] {
            ValueRef::Node(source) if node.op.is_view() => self.step_of(source),
            _ => None,
        })
    }

    /// The compiled graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The steps in order of execution.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The dispatches of all steps in order of execution.
    pub fn dispatches(&self) -> impl Iterator<Item = &PlannedDispatch> {
        self.steps.iter().flat_map(|step| &step.dispatches)
    }

    /// Weights to transform once before the first run, each with its [`crate::graph::Node::parameters`].
    pub fn transformed_weights(&self) -> &[(usize, TransformedWeights)] {
        &self.transformed_weights
    }

    /// The length of each slot in `f32`. A slot is a buffer that holds several activations, one after another.
    pub fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// Indices of the nodes that can be read after a run, including the output.
    pub fn observed(&self) -> &BTreeSet<usize> {
        &self.observed
    }

    /// The buffer that holds the value of an observed node after a run; `None` for other nodes.
    pub fn storage(&self, node: usize) -> Option<BufferRef> {
        self.storage.get(node).copied().flatten()
    }

    /// The shape of the value that a step stores.
    pub fn output_shape(&self, step: &Step) -> Shape {
        self.graph.nodes()[step.output_node()].shape
    }

    /// The narrowest type in which a step multiplies.
    pub fn compute_type(&self) -> ComputeType {
        let f16 = self.dispatches().any(|planned| planned.dispatch.kernel.features.f16);
        if f16 { ComputeType::F16 } else { ComputeType::F32 }
    }

    /// The size in bytes of the largest activation buffer.
    pub fn largest_buffer(&self) -> u64 {
        let largest = self.slots.iter().copied().chain([self.graph.input().storage_len()]).max();
        largest.unwrap_or(0) as u64 * 4
    }
}
