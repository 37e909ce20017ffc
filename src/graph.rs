//! A network as a graph of operators: which node takes what from where, and what shape it gives.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::ops::Op;
use crate::shape::Shape;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// The input of the graph.
    Input,
    /// The output of the node with this index.
    Node(usize),
}

/// One operator in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The name, as torchvision's `feature_extraction` states it: `layer1.0.conv1`. Weights stand under it in a file.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// What it takes.
    pub inputs: Vec<Value>,
    /// The shape of what it gives.
    pub shape: Shape,
}

impl Node {
    /// How many learned values it has.
    pub fn parameter_count(&self) -> usize {
        self.op.parameters().iter().filter(|spec| spec.learned).map(|spec| spec.len()).sum()
    }
}

/// A checked network: every shape is known and every input comes before its use. Made by [`GraphBuilder`].
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    input: Shape,
    nodes: Vec<Node>,
}

impl Graph {
    /// The shape of the input.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// All nodes in the order of execution.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The index of the last node, whose value is the network's answer.
    pub fn output(&self) -> usize {
        self.nodes.len() - 1
    }

    /// The index of the node of that name.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is none.
    pub fn find(&self, name: &str) -> Result<usize> {
        let found = self.nodes.iter().position(|node| node.name == name);
        found.ok_or_else(|| {
            Error::Graph(format!("there is no node {name:?}: expected one of the network's {} names", self.nodes.len()))
        })
    }

    /// The shape of any value.
    pub fn shape(&self, value: Value) -> Shape {
        match value {
            Value::Input => self.input,
            Value::Node(index) => self.nodes[index].shape,
        }
    }

    /// The shapes that a node takes.
    pub fn input_shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|value| self.shape(*value)).collect()
    }

    /// For every node, the indices of those that take its output.
    pub fn consumers(&self) -> Vec<Vec<usize>> {
        let mut consumers = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for value in &node.inputs {
                if let Value::Node(source) = value {
                    consumers[*source].push(index);
                }
            }
        }
        consumers
    }

    /// How many learned values there are.
    pub fn parameter_count(&self) -> usize {
        self.nodes.iter().map(Node::parameter_count).sum()
    }
}

/// Builds a [`Graph`] node by node; shapes are checked as it grows.
#[derive(Debug)]
pub struct GraphBuilder {
    graph: Graph,
    names: HashMap<String, usize>,
}

impl GraphBuilder {
    /// A graph that takes one tensor of shape `input`.
    pub fn new(input: Shape) -> Self {
        Self { graph: Graph { input, nodes: Vec::new() }, names: HashMap::new() }
    }

    /// Appends a node and returns its output.
    ///
    /// # Errors
    /// [`Error::Graph`] for a name already taken or a wrong number of inputs, [`Error::Shape`] when the shapes do not fit.
    pub fn add(&mut self, name: impl Into<String>, op: impl Into<Op>, inputs: &[Value]) -> Result<Value> {
        let (name, op) = (name.into(), op.into());
        if inputs.len() != op.arity() {
            let (expected, found) = (op.arity(), inputs.len());
            return Err(Error::Graph(format!("{name}: {} takes {expected} inputs, found {found}", op.kind())));
        }
        if let Some(Value::Node(foreign)) =
            inputs.iter().find(|value| matches!(value, Value::Node(index) if *index >= self.graph.nodes.len()))
        {
            return Err(Error::Graph(format!(
                "{name}: its input is node number {foreign}, which is not in this graph yet"
            )));
        }
        let shapes: Vec<Shape> = inputs.iter().map(|value| self.graph.shape(*value)).collect();
        let shape = op.output_shape(&name, &shapes)?;
        if shape.dims().contains(&0) {
            return Err(Error::shape(&name, "an output with at least one value", format!("the shape {shape}")));
        }
        // 32 bits, in which a browser counts, are soon full.
        let bytes = shape.dims().iter().try_fold(16usize, |bytes, extent| bytes.checked_mul(*extent));
        if bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
            return Err(Error::shape(&name, "an output that memory can hold", format!("the shape {shape}")));
        }
        let index = self.graph.nodes.len();
        if self.names.insert(name.clone(), index).is_some() {
            return Err(Error::Graph(format!("the name {name:?} stands twice in the graph")));
        }
        self.graph.nodes.push(Node { name, op, inputs: inputs.to_vec(), shape });
        Ok(Value::Node(index))
    }

    /// The finished graph; the node added last gives the answer.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no node or the input has an extent of zero.
    pub fn finish(self) -> Result<Graph> {
        if self.graph.nodes.is_empty() {
            return Err(Error::Graph("the graph has no node".to_owned()));
        }
        if self.graph.input.is_empty() {
            return Err(Error::Graph(format!("the graph's input has no value: its shape is {}", self.graph.input)));
        }
        Ok(self.graph)
    }
}
