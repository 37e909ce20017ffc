//! Nodes of a graph and references to their values.

use crate::ops::Op;
use crate::shape::Shape;

/// A reference to a value: a tensor that flows between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueRef {
    /// The graph's input.
    Input,
    /// The output of the node with this index.
    Node(usize),
}

/// An operator with its inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The name in torchvision's `feature_extraction`, as in `layer1.0.conv1`. It is also the prefix of the names of its parameters
    /// in a weight file, except for the nodes that [`super::Graph::edit`] adds.
    pub name: String,
    /// The operator.
    pub op: Op,
    /// The input values, [`crate::ops::Operator::arity`] of them.
    pub inputs: Vec<ValueRef>,
    /// The shape of the output.
    pub shape: Shape,
    /// The index in the loaded graph of the node whose parameters it uses: its own index in a graph that was not edited. The steps of
    /// a repeated block share the parameters of the block.
    pub parameters: usize,
}

impl Node {
    /// The number of learned parameters.
    pub fn parameter_count(&self) -> usize {
        self.op.parameters().iter().filter(|spec| spec.learned).map(|spec| spec.len()).sum()
    }
}
