//! Operators that compute several nodes in one dispatch, chosen where none of the values between the nodes is observed and the adapter
//! has an algorithm for them.

use super::algorithm_selection::AlgorithmSelection;
use crate::graph::{Graph, ValueRef};
use crate::ops::{Conv2dPair, EpiloguePart, Op, PooledLinear, Role};

/// An operator that computes several nodes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Combination {
    pub op: Op,
    /// The nodes. The last one's value is the operator's.
    pub nodes: Vec<usize>,
    pub inputs: Vec<ValueRef>,
    /// For each packed parameter of the operator, the node that owns it and its name there.
    pub parameters: Vec<(&'static str, usize, &'static str)>,
}

/// The values of a graph that a combination may use.
pub(super) struct Candidates<'a> {
    pub graph: &'a Graph,
    pub selection: &'a AlgorithmSelection,
    /// The only needed consumer of a node whose value is not observed.
    pub successor: &'a dyn Fn(usize) -> Option<usize>,
    /// Whether the value of each node is stored.
    pub stored: &'a [bool],
}

impl Candidates<'_> {
    /// The combination that begins with `node`.
    pub fn starting_at(&self, node: usize) -> Option<Combination> {
        let combination = match self.op(node).role() {
            Role::Pool => self.pooled_linear(node),
            Role::Convolution => self.conv_pair(node),
            _ => None,
        }?;
        let inputs: Vec<_> = combination.inputs.iter().map(|value| self.graph.shape(*value)).collect();
        let output = self.graph.nodes()[*combination.nodes.last()?].shape;
        (!self.selection.candidates(&combination.op, &inputs, output).is_empty()).then_some(combination)
    }

    fn op(&self, node: usize) -> &Op {
        &self.graph.nodes()[node].op
    }

    fn input(&self, node: usize) -> ValueRef {
        self.graph.nodes()[node].inputs[0]
    }

    /// Global average pooling, a flattening and the fully connected layer.
    fn pooled_linear(&self, pool: usize) -> Option<Combination> {
        let flatten = (self.successor)(pool).filter(|node| self.op(*node).is_view())?;
        let last = (self.successor)(flatten)?;
        let op = PooledLinear::of(self.op(pool), self.op(last))?;
        let parameters = ["weight", "bias"].map(|name| (name, last, name)).into();
        let (nodes, inputs) = (vec![pool, flatten, last], vec![self.input(pool)]);
        Some(Combination { op, nodes, inputs, parameters })
    }

    /// The last convolution of a residual branch and the projection on its shortcut, with their batch normalisations and their sum.
    fn conv_pair(&self, conv: usize) -> Option<Combination> {
        let is_norm = |node: &usize| self.op(*node).epilogue_part() == Some(EpiloguePart::Norm);
        let norm = (self.successor)(conv).filter(is_norm)?;
        let sum = (self.successor)(norm).filter(|node| self.op(*node).role() == Role::Add)?;
        let other = self.graph.nodes()[sum].inputs.iter().copied().find(|value| *value != ValueRef::Node(norm))?;
        let is_inner = |node: usize, next: usize| (self.successor)(node) == Some(next);
        let ValueRef::Node(projected_norm) = other else { return None };
        let ValueRef::Node(projected) = self.input(projected_norm) else { return None };
        let op = Conv2dPair::of(self.op(projected), self.op(conv))?;
        let is_pair = is_norm(&projected_norm) && is_inner(projected_norm, sum) && is_inner(projected, projected_norm);
        let shortcut = self.input(projected);
        let is_ready =
            matches!(shortcut, ValueRef::Input) || matches!(shortcut, ValueRef::Node(node) if self.stored[node]);
        if !is_pair || !is_ready {
            return None;
        }
        Some(Combination {
            op,
            nodes: vec![projected, projected_norm, conv, norm, sum],
            inputs: vec![shortcut, self.input(conv)],
            parameters: vec![
                ("weight", conv, "weight"),
                ("affine", norm, "affine"),
                ("projection_weight", projected, "weight"),
                ("projection_affine", projected_norm, "affine"),
            ],
        })
    }
}
