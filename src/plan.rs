//! From a graph to a list of dispatches: what is fused, in what order it runs, which buffer holds what.
//!
//! One graph, two speeds: a convolution swallows the normalisation, the addition and the rectifier behind it as long as nobody
//! asked to see what lies between. To look into a layer is to ask for one more output; there is no other mechanism.

mod fuse;
mod slots;

use std::collections::BTreeSet;
use std::fmt;

use crate::error::Result;
use crate::graph::{Graph, Value};
use crate::kernel::{Argument, Dispatch};
use crate::shape::Shape;

use fuse::Group;

/// A buffer on the GPU, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BufferRef {
    /// The network's input.
    Input,
    /// One of [`Plan::slots`].
    Slot(usize),
    /// A packed parameter of the node with this index.
    Parameter(usize, &'static str),
    /// A buffer that the kernel does not look at.
    Unused,
}

/// One dispatch of a plan and the nodes it computes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Indices of the nodes fused into it; the value of the last one is stored.
    pub nodes: Vec<usize>,
    /// The call.
    pub dispatch: Dispatch,
    /// What is bound, in the order of the kernel's bindings, the uniform left out.
    pub buffers: Vec<BufferRef>,
}

/// A schedule for one graph and one set of observed nodes: data, to be printed, compared and executed.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    graph: Graph,
    steps: Vec<Step>,
    slots: Vec<usize>,
    observed: BTreeSet<usize>,
    places: Vec<Option<BufferRef>>,
}

impl Plan {
    /// Plans `graph` so that the network's output and every node named in `observed` can be read after a run.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] when a name is none of the graph's.
    pub fn new(graph: &Graph, observed: &[impl AsRef<str>]) -> Result<Self> {
        let mut wanted = BTreeSet::from([graph.output()]);
        for name in observed {
            wanted.insert(graph.find(name.as_ref())?);
        }
        let groups = fuse::groups(graph, &wanted);
        let slots = slots::assign(graph, &groups, &wanted);
        let place = |value| slots::place(graph, &slots.of_node, value);
        let steps = groups.iter().map(|group| step(graph, group, place)).collect();
        let readable = |node: usize| wanted.contains(&node).then(|| place(Value::Node(node)));
        let places = (0..graph.nodes().len()).map(readable).collect();
        Ok(Self { graph: graph.clone(), steps, slots: slots.sizes, observed: wanted, places })
    }

    /// Plans `graph` with every node observed: nothing is fused.
    pub fn inspecting(graph: &Graph) -> Self {
        let names: Vec<&str> = graph.nodes().iter().map(|node| node.name.as_str()).collect();
        Self::new(graph, &names).expect("the names are the graph's own")
    }

    /// The graph this is a plan of.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The dispatches in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
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

    /// The largest buffer in bytes that running this plan takes, parameters left out.
    pub fn largest_buffer(&self) -> u64 {
        let largest = self.slots.iter().copied().chain([self.graph.input().storage_len()]).max();
        largest.unwrap_or(0) as u64 * 4
    }
}

fn step(graph: &Graph, group: &Group, place: impl Fn(Value) -> BufferRef) -> Step {
    let node = &graph.nodes()[group.anchor()];
    let output = graph.nodes()[group.result()].shape;
    let dispatch = node.op.dispatch(&graph.input_shapes(node), output, group.epilogue());
    let dispatch = dispatch.expect("a group's first node has a kernel");
    let resolve = |argument: &Argument| match argument {
        Argument::Input(index) => place(node.inputs[*index]),
        Argument::Residual => group.residual.map_or(BufferRef::Unused, &place),
        Argument::Parameter(name) => BufferRef::Parameter(group.anchor(), name),
        Argument::NormParameter(name) => group.norm.map_or(BufferRef::Unused, |norm| BufferRef::Parameter(norm, name)),
        Argument::Unused => BufferRef::Unused,
        Argument::Output => place(Value::Node(group.result())),
    };
    let buffers = dispatch.arguments.iter().map(resolve).collect();
    Step { nodes: group.nodes.clone(), dispatch, buffers }
}

/// The listing: a line a dispatch with the nodes, the kernel, what it reads and writes, and the shape it stores.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = self.slots.iter().sum::<usize>() * 4 / 1024;
        writeln!(
            f,
            "input {} · {} dispatches · {} slots, {kib} KiB",
            self.graph.input(),
            self.steps.len(),
            self.slots.len()
        )?;
        for (index, step) in self.steps.iter().enumerate() {
            let names: Vec<&str> = step.nodes.iter().map(|node| self.graph.nodes()[*node].name.as_str()).collect();
            let activations = step.buffers.iter().filter_map(|buffer| match buffer {
                BufferRef::Input => Some("input".to_owned()),
                BufferRef::Slot(slot) => Some(format!("s{slot}")),
                BufferRef::Parameter(..) | BufferRef::Unused => None,
            });
            let mut activations: Vec<String> = activations.collect();
            let output = activations.pop().unwrap_or_default();
            let (kernel, shape) = (step.dispatch.kernel.name, self.output_shape(step).to_string());
            writeln!(
                f,
                "{index:3}  {kernel:11}  {:>9} → {output:2}  {shape:14}  {}",
                activations.join(" "),
                names.join(" + ")
            )?;
        }
        Ok(())
    }
}
