//! Steps of a plan: dispatches and the buffers that they bind.

use crate::kernel::Dispatch;
use crate::ops::Op;
use crate::shape::Shape;

/// A GPU buffer, by its function in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BufferRef {
    /// The network's input.
    Input,
    /// An entry of [`super::Plan::slots`].
    Slot(usize),
    /// A packed parameter, by [`crate::graph::Node::parameters`].
    Parameter(usize, &'static str),
    /// Transformed weights, by [`crate::graph::Node::parameters`]; see [`super::Plan::transformed_weights`].
    TransformedWeights(usize, &'static str),
    /// The partial sums of all thumbnails.
    Thumbnails,
    /// A placeholder. The kernel's parameters disable every read of it.
    Unused,
}

/// A dispatch and the buffers that it binds.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedDispatch {
    /// The kernel with its parameters.
    pub dispatch: Dispatch,
    /// The buffers in the order of the kernel's bindings, without the uniform.
    pub buffers: Vec<BufferRef>,
}

/// The operator that a step's dispatches compute.
#[derive(Debug, Clone, PartialEq)]
pub struct LoweredOperator {
    /// The operator of one node, or one that computes several nodes.
    pub op: Op,
    /// The shapes of its inputs.
    pub inputs: Vec<Shape>,
    /// The shape of its output.
    pub output: Shape,
}

/// The computation of one operator and the nodes fused into it: one dispatch, or several with scratch buffers between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Indices of the nodes: those of the operator, then those fused into its epilogue. The last one's value is stored.
    pub nodes: Vec<usize>,
    /// The operator.
    pub operator: LoweredOperator,
    /// The dispatches in order.
    pub dispatches: Vec<PlannedDispatch>,
}

impl Step {
    /// The node whose value is stored.
    pub fn output_node(&self) -> usize {
        self.nodes[self.nodes.len() - 1]
    }
}
