//! A network as a graph of operators with checked shapes.

mod changes;
mod edit;
mod gradient;
mod node;
mod randomised;
mod residual;
mod surgery;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::ops::{Op, ParameterValues};
use crate::shape::Shape;
use crate::tensor::HostTensor;

pub use gradient::{INPUT, Objective, ascent_name, grad_cam_name, gradient_name, mean_name};
pub use node::{Node, ValueRef};
pub use randomised::Randomised;
pub use residual::ResidualBlock;
use residual::residual_blocks;
pub use surgery::{FACTORS, STEPS, Surgery};

/// A network whose shapes are known and whose nodes are in order of execution. Built by [`GraphBuilder`].
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    input: Shape,
    nodes: Vec<Node>,
    output: usize,
    blocks: Vec<ResidualBlock>,
}

impl Graph {
    /// The value of every node by the operators' CPU references; `parameters` by [`Node::parameters`].
    pub fn reference(&self, parameters: &[ParameterValues], input: &HostTensor) -> Vec<HostTensor> {
        self.evaluate(input, |node, _| Cow::Borrowed(&parameters[node.parameters]))
    }

    /// The value of every node by the operators' CPU references. `parameters` is called for every node in order of execution, with the
    /// values of its inputs.
    pub fn evaluate<'a>(
        &self,
        input: &HostTensor,
        mut parameters: impl FnMut(&Node, &[&HostTensor]) -> Cow<'a, ParameterValues>,
    ) -> Vec<HostTensor> {
        let mut values: Vec<HostTensor> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let operand = |value: &ValueRef| match value {
                ValueRef::Input => input,
                ValueRef::Node(index) => &values[*index],
            };
            let inputs: Vec<&HostTensor> = node.inputs.iter().map(operand).collect();
            let own = parameters(node, &inputs);
            values.push(node.op.reference(&inputs, &own));
        }
        values
    }

    /// The shape of the input.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// All nodes in order of execution.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The residual blocks, in the order of the loaded network where the graph was edited.
    pub fn blocks(&self) -> &[ResidualBlock] {
        &self.blocks
    }

    /// The index of the output node: the last one, in front of the nodes that [`Graph::gradient`] adds.
    pub fn output(&self) -> usize {
        self.output
    }

    /// The index of the node of this name.
    ///
    /// # Errors
    /// [`Error::Graph`] if the graph has no such node.
    pub fn find(&self, name: &str) -> Result<usize> {
        let found = self.nodes.iter().position(|node| node.name == name);
        found.ok_or_else(|| {
            Error::Graph(format!(
                "the graph has no node {name:?}: expected the name of one of its {} nodes",
                self.nodes.len()
            ))
        })
    }

    /// The shape of a value.
    pub fn shape(&self, value: ValueRef) -> Shape {
        match value {
            ValueRef::Input => self.input,
            ValueRef::Node(index) => self.nodes[index].shape,
        }
    }

    /// The shapes of a node's inputs.
    pub fn input_shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|value| self.shape(*value)).collect()
    }

    /// For every node, the indices of the nodes that take its output as an input.
    pub fn consumers(&self) -> Vec<Vec<usize>> {
        let mut consumers = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for value in &node.inputs {
                if let ValueRef::Node(source) = value {
                    consumers[*source].push(index);
                }
            }
        }
        consumers
    }

    /// For every node, whether one of `nodes` is it or depends on it.
    pub fn depended_on(&self, nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut found = vec![false; self.nodes.len()];
        nodes.into_iter().for_each(|node| found[node] = true);
        for index in (0..found.len()).rev() {
            if found[index] {
                for value in &self.nodes[index].inputs {
                    if let ValueRef::Node(source) = value {
                        found[*source] = true;
                    }
                }
            }
        }
        found
    }

    /// The number of learned parameters.
    pub fn parameter_count(&self) -> usize {
        self.nodes.iter().map(Node::parameter_count).sum()
    }
}

/// Builds a [`Graph`] node by node and checks every shape.
#[derive(Debug)]
pub struct GraphBuilder {
    graph: Graph,
    names: HashMap<String, usize>,
}

impl GraphBuilder {
    /// An empty graph whose input has the shape `input`.
    pub fn new(input: Shape) -> Self {
        Self { graph: Graph { input, nodes: Vec::new(), output: 0, blocks: Vec::new() }, names: HashMap::new() }
    }

    /// Appends a node and returns its output.
    ///
    /// # Errors
    /// [`Error::Graph`] for a duplicate name, a wrong number of inputs or an input that is not in the graph, [`Error::Shape`] if an
    /// input has the wrong shape or the output would be empty or too large.
    pub fn add(&mut self, name: impl Into<String>, op: impl Into<Op>, inputs: &[ValueRef]) -> Result<ValueRef> {
        let own = self.len();
        self.add_sharing(name, op, inputs, own)
    }

    /// The shape of a value that is in the graph.
    pub fn shape(&self, value: ValueRef) -> Shape {
        self.graph.shape(value)
    }

    /// The number of nodes.
    fn len(&self) -> usize {
        self.graph.nodes.len()
    }

    /// As [`GraphBuilder::add`], with the parameters of another node: see [`Node::parameters`].
    fn add_sharing(
        &mut self,
        name: impl Into<String>,
        op: impl Into<Op>,
        inputs: &[ValueRef],
        parameters: usize,
    ) -> Result<ValueRef> {
        let (name, op) = (name.into(), op.into());
        if inputs.len() != op.arity() {
            let (expected, found) = (op.arity(), inputs.len());
            return Err(Error::Graph(format!("{name}: expected {expected} inputs of {}, found {found}", op.kind())));
        }
        if let Some(ValueRef::Node(foreign)) =
            inputs.iter().find(|value| matches!(value, ValueRef::Node(index) if *index >= self.graph.nodes.len()))
        {
            return Err(Error::Graph(format!(
                "{name}: expected inputs that are already in the graph, found node number {foreign}"
            )));
        }
        let shapes: Vec<Shape> = inputs.iter().map(|value| self.graph.shape(*value)).collect();
        let shape = op.output_shape(&name, &shapes)?;
        if shape.dims().contains(&0) {
            return Err(Error::shape(&name, "an output with at least one value", format!("the shape {shape}")));
        }
        // `usize` has 32 bits in a browser.
        let bytes = shape.dims().iter().try_fold(16usize, |bytes, dim| bytes.checked_mul(*dim));
        if bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
            return Err(Error::shape(&name, "an output that fits in memory", format!("the shape {shape}")));
        }
        let index = self.graph.nodes.len();
        if self.names.insert(name.clone(), index).is_some() {
            return Err(Error::Graph(format!("the graph: expected unique names, found two nodes named {name:?}")));
        }
        self.graph.nodes.push(Node { name, op, inputs: inputs.to_vec(), shape, parameters });
        Ok(ValueRef::Node(index))
    }

    /// The finished graph. The node added last is its output.
    ///
    /// # Errors
    /// [`Error::Graph`] if the graph has no node or its input is empty.
    pub fn finish(mut self) -> Result<Graph> {
        if self.graph.nodes.is_empty() {
            return Err(Error::Graph("the graph: expected at least one node, found none".to_owned()));
        }
        if self.graph.input.is_empty() {
            return Err(Error::Graph(format!(
                "the graph's input: expected at least one value, found the shape {}",
                self.graph.input
            )));
        }
        self.graph.output = self.graph.nodes.len() - 1;
        self.graph.blocks = residual_blocks(&self.graph.nodes);
        Ok(self.graph)
    }
}
