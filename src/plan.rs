//! From a graph to a list of dispatches: what is fused, in what order it runs, which buffer holds what.
//!
//! One graph, two speeds: a convolution swallows the normalisation, the addition and the rectifier behind it as long as nobody
//! asked to see what lies between. To look into a layer is to ask for one more output; there is no other mechanism.

mod fuse;
mod select;
mod selection;
mod slots;

use std::collections::BTreeSet;
use std::fmt;

use crate::error::Result;
use crate::graph::{Graph, Value};
use crate::kernel::{Argument, Dispatch, Lowered, TransformedWeights};
use crate::lens::Thumbnails;
use crate::ops::ComputeType;
use crate::shape::Shape;

use fuse::Group;
pub use select::TuningTable;
pub use selection::{AlgorithmSelection, SelectedAlgorithms};
use slots::Scratch;

/// A buffer on the GPU, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BufferRef {
    /// The network's input.
    Input,
    /// One of [`Plan::slots`].
    Slot(usize),
    /// A packed parameter of the node with this index.
    Parameter(usize, &'static str),
    /// A parameter of the node with this index in the form that [`Plan::prepared`] makes of it.
    TransformedWeights(usize, &'static str),
    /// What all thumbnails are made of.
    Thumbnails,
    /// A buffer that the kernel does not look at.
    Unused,
}

/// A dispatch and what it binds.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedDispatch {
    /// The kernel and its values.
    pub dispatch: Dispatch,
    /// What is bound, in the order of the kernel's bindings, the uniform left out.
    pub buffers: Vec<BufferRef>,
}

/// What computes some nodes: one dispatch, or a few with scratch memory in between.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Indices of the nodes fused into it; the value of the last one is stored.
    pub nodes: Vec<usize>,
    /// The dispatches, one after the other.
    pub calls: Vec<PlannedDispatch>,
}

/// A schedule for one graph and one set of observed nodes: data, to be printed, compared and executed.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    graph: Graph,
    steps: Vec<Step>,
    prepared: Vec<(usize, TransformedWeights)>,
    slots: Vec<usize>,
    observed: BTreeSet<usize>,
    places: Vec<Option<BufferRef>>,
    thumbnail_dispatches: Vec<PlannedDispatch>,
    thumbnails: Thumbnails,
}

impl Plan {
    /// Plans `graph` so that the network's output and every node named in `observed` can be read after a run; each layer is
    /// computed in its simplest way.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] when a name is none of the graph's.
    pub fn new(graph: &Graph, observed: &[impl AsRef<str>]) -> Result<Self> {
        Self::with(graph, observed, &AlgorithmSelection::default())
    }

    /// As [`Plan::new`], each layer computed as `choices` say.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] when a name is none of the graph's.
    pub fn with(graph: &Graph, observed: &[impl AsRef<str>], choices: &AlgorithmSelection) -> Result<Self> {
        let mut wanted = BTreeSet::from([graph.output()]);
        for name in observed {
            wanted.insert(graph.find(name.as_ref())?);
        }
        let groups = fuse::groups(graph, &wanted);
        let recipes: Vec<Lowered> = groups.iter().map(|group| lower(graph, group, choices)).collect();
        let scratch: Vec<&[usize]> = recipes.iter().map(|lower| &lower.scratch[..]).collect();
        let slots = slots::assign(graph, &groups, &scratch, &wanted);
        let place = |value| slots::place(graph, &slots.of_node, value);
        let mut prepared = Vec::new();
        let mut steps = Vec::with_capacity(groups.len());
        for ((group, lower), scratch) in groups.iter().zip(recipes).zip(&slots.scratch) {
            prepared.extend(lower.prepared.map(|prepared| (group.anchor(), prepared)));
            steps.push(step(graph, group, lower.dispatches, scratch, place));
        }
        let readable = |node: usize| wanted.contains(&node).then(|| place(Value::Node(node)));
        let places = (0..graph.nodes().len()).map(readable).collect();
        Ok(Self {
            graph: graph.clone(),
            steps,
            prepared,
            slots: slots.sizes,
            observed: wanted,
            places,
            thumbnail_dispatches: Vec::new(),
            thumbnails: Thumbnails::default(),
        })
    }

    /// Plans `graph` with every node observed: nothing is fused.
    pub fn inspecting(graph: &Graph) -> Self {
        let names: Vec<&str> = graph.nodes().iter().map(|node| node.name.as_str()).collect();
        Self::new(graph, &names).expect("the names are the graph's own")
    }

    /// The same plan with a thumbnail of every step, made while the step's value is still in its slot.
    pub fn with_thumbnails(mut self) -> Self {
        self.thumbnails = Thumbnails::default();
        let glance = |step: &Step| {
            let written = step.calls.last().and_then(|call| call.buffers.last().copied());
            let dispatch = self.thumbnails.add(self.graph.nodes()[step.nodes[step.nodes.len() - 1]].shape);
            PlannedDispatch { dispatch, buffers: vec![written.unwrap_or(BufferRef::Unused), BufferRef::Thumbnails] }
        };
        self.thumbnail_dispatches = self.steps.iter().map(glance).collect();
        self
    }

    /// The calls that make thumbnails, one behind each step; none unless they were asked for.
    pub fn thumbnail_dispatches(&self) -> &[PlannedDispatch] {
        &self.thumbnail_dispatches
    }

    /// The thumbnails, one a step; none unless they were asked for.
    pub fn thumbnails(&self) -> &Thumbnails {
        &self.thumbnails
    }

    /// The number of the step that computes a node; a node without one shares the storage of the node that it takes.
    pub fn step_of(&self, node: usize) -> Option<usize> {
        let step = self.steps.iter().position(|step| step.nodes.contains(&node));
        step.or_else(|| match self.graph.nodes()[node].inputs[0] {
            Value::Node(source) => self.step_of(source),
            Value::Input => None,
        })
    }

    /// The graph this is a plan of.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The dispatches of all steps in order.
    pub fn calls(&self) -> impl Iterator<Item = &PlannedDispatch> {
        self.steps.iter().flat_map(|step| &step.calls)
    }

    /// What has to be made of the parameters before the first run, by the node they belong to.
    pub fn prepared(&self) -> &[(usize, TransformedWeights)] {
        &self.prepared
    }

    /// The length of each slot in `f32`. A slot is a buffer that holds one activation after another.
    pub fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// Indices of the nodes that can be read after a run, the output among them.
    pub fn observed(&self) -> &BTreeSet<usize> {
        &self.observed
    }

    /// Where the value of an observed node lies after a run.
    pub fn place(&self, node: usize) -> Option<BufferRef> {
        self.places.get(node).copied().flatten()
    }

    /// The shape that a step stores.
    pub fn output_shape(&self, step: &Step) -> Shape {
        self.graph.nodes()[step.nodes[step.nodes.len() - 1]].shape
    }

    /// The narrowest numbers in which a step makes products.
    pub fn arithmetic(&self) -> ComputeType {
        let narrow = self.calls().any(|call| call.dispatch.kernel.needs_f16());
        if narrow { ComputeType::F16 } else { ComputeType::F32 }
    }

    /// The largest buffer in bytes that running this plan takes, parameters left out.
    pub fn largest_buffer(&self) -> u64 {
        let largest = self.slots.iter().copied().chain([self.graph.input().storage_len()]).max();
        largest.unwrap_or(0) as u64 * 4
    }
}

fn lower(graph: &Graph, group: &Group, choices: &AlgorithmSelection) -> Lowered {
    let node = &graph.nodes()[group.anchor()];
    let inputs = graph.input_shapes(node);
    let output = graph.nodes()[group.result()].shape;
    node.op.lower(&inputs, output, group.epilogue(), choices.method(&node.op, &inputs, output))
}

fn step(
    graph: &Graph,
    group: &Group,
    dispatches: Vec<Dispatch>,
    scratch: &Scratch,
    place: impl Fn(Value) -> BufferRef,
) -> Step {
    let node = &graph.nodes()[group.anchor()];
    let resolve = |argument: &Argument| match argument {
        Argument::Input(index) => place(node.inputs[*index]),
        Argument::Residual => group.residual.map_or(BufferRef::Unused, &place),
        Argument::Parameter(name) => BufferRef::Parameter(group.anchor(), name),
        Argument::NormParameter(name) => group.norm.map_or(BufferRef::Unused, |norm| BufferRef::Parameter(norm, name)),
        Argument::TransformedWeights(name) => BufferRef::TransformedWeights(group.anchor(), name),
        Argument::Scratch(index) => BufferRef::Slot(scratch[*index]),
        Argument::Unused => BufferRef::Unused,
        Argument::Output => place(Value::Node(group.result())),
    };
    let call = |dispatch: Dispatch| {
        let buffers = dispatch.arguments.iter().map(resolve).collect();
        PlannedDispatch { dispatch, buffers }
    };
    Step { nodes: group.nodes.clone(), calls: dispatches.into_iter().map(call).collect() }
}

/// The listing: a line a dispatch with the nodes, the kernel, what it reads and writes, and the shape its step stores.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = self.slots.iter().sum::<usize>() * 4 / 1024;
        let (input, dispatches, slots) = (self.graph.input(), self.calls().count(), self.slots.len());
        writeln!(f, "input {input} · {dispatches} dispatches · {slots} slots, {kib} KiB")?;
        let calls = self.steps.iter().flat_map(|step| step.calls.iter().map(move |call| (step, call)));
        for (index, (step, call)) in calls.enumerate() {
            let names: Vec<&str> = step.nodes.iter().map(|node| self.graph.nodes()[*node].name.as_str()).collect();
            let activations = call.buffers.iter().filter_map(|buffer| match buffer {
                BufferRef::Input => Some("input".to_owned()),
                BufferRef::Slot(slot) => Some(format!("s{slot}")),
                BufferRef::Parameter(..)
                | BufferRef::TransformedWeights(..)
                | BufferRef::Thumbnails
                | BufferRef::Unused => None,
            });
            let mut activations: Vec<String> = activations.collect();
            let output = activations.pop().unwrap_or_default();
            let (kernel, shape) = (call.dispatch.kernel.name, self.output_shape(step).to_string());
            writeln!(
                f,
                "{index:3}  {kernel:15}  {:>9} → {output:2}  {shape:14}  {}",
                activations.join(" "),
                names.join(" + ")
            )?;
        }
        Ok(())
    }
}
