//! Residual blocks of a graph.

use std::ops::Range;

use super::node::{Node, ValueRef};
use crate::ops::Role;

/// A residual block: consecutive nodes named `BLOCK.*`, with the addition `BLOCK.add` of the branch F(x) and the shortcut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidualBlock {
    /// The first two components of the nodes' names, as in `layer1.0`.
    pub name: String,
    /// Indices of its nodes. The last one's value is the block's output.
    pub nodes: Range<usize>,
    /// The index of the addition. In an edited graph its operator may be another one.
    pub add: usize,
    /// The block's input x.
    pub input: ValueRef,
    /// F(x) before any factor.
    pub branch: ValueRef,
    /// The value of the shortcut before any factor: x, or its projection.
    pub shortcut: ValueRef,
}

impl ResidualBlock {
    /// Whether its shortcut is x itself.
    pub fn is_identity(&self) -> bool {
        self.shortcut == self.input
    }

    /// The value of its last node.
    pub fn output(&self) -> ValueRef {
        ValueRef::Node(self.nodes.end - 1)
    }
}

/// The residual blocks among `nodes` in order. A block takes the value of the node before it, and nodes from outside take its last
/// value only.
pub(super) fn residual_blocks(nodes: &[Node]) -> Vec<ResidualBlock> {
    let mut blocks = Vec::new();
    let mut start = 0;
    while start < nodes.len() {
        let name = block_name(&nodes[start].name);
        let end = (start..nodes.len()).find(|at| block_name(&nodes[*at].name) != name).unwrap_or(nodes.len());
        blocks.extend(name.and_then(|name| residual_block(nodes, name, start..end)));
        start = end;
    }
    let tapped = tapped_blocks(nodes, &blocks);
    let mut kept = tapped.iter().map(|tapped| !tapped);
    blocks.retain(|_| kept.next().unwrap_or(true));
    blocks
}

/// `layer1.0` of `layer1.0.conv1`.
fn block_name(node: &str) -> Option<&str> {
    let (second, _) = node.match_indices('.').nth(1)?;
    Some(&node[..second])
}

/// The block of the nodes in `range` if they add a branch and a shortcut of one input.
fn residual_block(nodes: &[Node], name: &str, range: Range<usize>) -> Option<ResidualBlock> {
    let is_add = |node: &Node| node.op.role() == Role::Add && node.name.strip_prefix(name) == Some(".add");
    let add = range.clone().find(|index| is_add(&nodes[*index]))?;
    let input = range.start.checked_sub(1).map_or(ValueRef::Input, ValueRef::Node);
    let is_inside = |value: &ValueRef| matches!(value, ValueRef::Node(index) if range.contains(index));
    let mut read = nodes[range.clone()].iter().flat_map(|node| &node.inputs);
    let [branch, shortcut] = nodes[add].inputs[..] else { return None };
    let enters_once = read.all(|value| is_inside(value) || *value == input);
    enters_once.then(|| ResidualBlock { name: name.to_owned(), nodes: range.clone(), add, input, branch, shortcut })
}

/// For each block, whether a node from outside takes a value other than its last one.
fn tapped_blocks(nodes: &[Node], blocks: &[ResidualBlock]) -> Vec<bool> {
    let mut block_of = vec![None; nodes.len()];
    for (number, block) in blocks.iter().enumerate() {
        block_of[block.nodes.clone()].fill(Some(number));
    }
    let mut tapped = vec![false; blocks.len()];
    for (reader, node) in nodes.iter().enumerate() {
        for value in &node.inputs {
            if let ValueRef::Node(source) = value
                && let Some(number) = block_of[*source]
                && block_of[reader] != Some(number)
                && *value != blocks[number].output()
            {
                tapped[number] = true;
            }
        }
    }
    tapped
}
