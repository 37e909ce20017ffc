//! Edited networks: a graph with other factors, orders, repetitions and strides, built from the nodes of the loaded graph.

use std::collections::HashMap;

use super::changes::{BlockChange, Changes};
use super::residual::ResidualBlock;
use super::surgery::Surgery;
use super::{Graph, GraphBuilder, Node, ValueRef};
use crate::error::Result;
use crate::ops::{Identity, Op, Scale};

impl Graph {
    /// The graph after the edits. Every node keeps its name and can be observed, also where its value is no longer used.
    ///
    /// Additional nodes have an `@` in their names: `layer1.1.branch@scaled` and `layer1.1.shortcut@scaled` for factors,
    /// `layer1.1@1.conv1` for the earlier steps of a repeated block (the last step keeps the names), `conv1@intact` for the value
    /// before a lesion. [`Node::parameters`] refers to the nodes of this graph, which was not edited itself: edits
    /// replace each other.
    ///
    /// # Errors
    /// [`crate::Error::Request`] for an edit that the graph does not permit.
    pub fn edit(&self, edits: &[Surgery]) -> Result<Self> {
        let changes = Changes::new(self, edits)?;
        let mut editor = Editor {
            loaded: self,
            changes: &changes,
            net: GraphBuilder::new(self.input()),
            blocks: vec![None; self.blocks().len()],
        };
        // The value at the place of each loaded node outside of blocks, and at the end of each block.
        let mut values = vec![ValueRef::Input; self.nodes().len()];
        let at = |values: &[ValueRef], value: ValueRef| match value {
            ValueRef::Input => ValueRef::Input,
            ValueRef::Node(index) => values[index],
        };
        let mut places = self.blocks().iter().zip(&changes.order).peekable();
        let mut index = 0;
        while index < self.nodes().len() {
            let Some((block, moved)) = places.next_if(|(block, _)| block.nodes.start == index) else {
                let inputs: Vec<ValueRef> =
                    self.nodes()[index].inputs.iter().map(|value| at(&values, *value)).collect();
                values[index] = editor.copy(index, self.nodes()[index].name.clone(), &inputs)?;
                index += 1;
                continue;
            };
            let input = at(&values, block.input);
            index = block.nodes.end;
            values[index - 1] = editor.block(*moved, input)?;
        }
        let blocks = editor.blocks.into_iter().flatten().collect();
        Ok(Self { blocks, ..editor.net.finish()? })
    }
}

/// Builds the edited graph.
struct Editor<'a> {
    loaded: &'a Graph,
    changes: &'a Changes,
    net: GraphBuilder,
    /// By index in the loaded graph's blocks.
    blocks: Vec<Option<ResidualBlock>>,
}

impl Editor<'_> {
    /// A loaded node with other inputs and its own changes.
    fn copy(&mut self, index: usize, name: String, inputs: &[ValueRef]) -> Result<ValueRef> {
        let Node { op, .. } = &self.loaded.nodes()[index];
        let moved = self.changes.strides.get(&index).and_then(|stride| op.with_stride(*stride));
        self.replace(index, name, moved.unwrap_or_else(|| op.clone()), inputs)
    }

    /// `op` at the place of a loaded node, followed by the node's lesions.
    fn replace(&mut self, index: usize, name: String, op: impl Into<Op>, inputs: &[ValueRef]) -> Result<ValueRef> {
        let parameters = self.loaded.nodes()[index].parameters;
        let Some(channels) = self.changes.lesions.get(&index) else {
            return self.net.add_sharing(name, op, inputs, parameters);
        };
        let mut value = self.net.add_sharing(format!("{name}@intact"), op, inputs, parameters)?;
        let last = channels.last().copied();
        for channel in channels {
            let name = if Some(*channel) == last { name.clone() } else { format!("{name}@lesion{channel}") };
            let lesion = Scale { factor: 0.0, channel: Some(*channel) };
            value = self.net.add_sharing(name, lesion, &[value], parameters)?;
        }
        Ok(value)
    }

    /// All steps of a block. Returns the block's output.
    fn block(&mut self, number: usize, input: ValueRef) -> Result<ValueRef> {
        let (block, change) = (&self.loaded.blocks()[number], self.changes.blocks[number]);
        let mut value = input;
        for step in 1..change.steps {
            value = self.step(block, &format!("{}@{step}", block.name), change, value)?.output();
        }
        let last = self.step(block, &block.name, change, value)?;
        let output = last.output();
        self.blocks[number] = Some(last);
        Ok(output)
    }

    /// The nodes of a block, named `name` instead of the block.
    fn step(
        &mut self,
        block: &ResidualBlock,
        name: &str,
        change: BlockChange,
        input: ValueRef,
    ) -> Result<ResidualBlock> {
        let start = self.net.len();
        let mut inside: HashMap<usize, ValueRef> = HashMap::new();
        let value = |inside: &HashMap<usize, ValueRef>, value: &ValueRef| match value {
            ValueRef::Node(index) => inside.get(index).copied().unwrap_or(input),
            ValueRef::Input => input,
        };
        let mut sum = input;
        for index in block.nodes.clone() {
            let node = &self.loaded.nodes()[index];
            let own = format!("{name}{}", &node.name[block.name.len()..]);
            let inputs: Vec<ValueRef> = node.inputs.iter().map(|input| value(&inside, input)).collect();
            let copied = if index == block.add {
                let operands = [&block.branch, &block.shortcut].map(|operand| value(&inside, operand));
                sum = self.sum(block, name, own, change, operands)?;
                sum
            } else if change.skipped && index > block.add {
                self.replace(index, own, Identity, &[sum])?
            } else {
                self.copy(index, own, &inputs)?
            };
            inside.insert(index, copied);
        }
        let end = self.net.len();
        let add = if let ValueRef::Node(add) = sum { add } else { start };
        let [branch, shortcut] = [&block.branch, &block.shortcut].map(|operand| value(&inside, operand));
        Ok(ResidualBlock { name: name.to_owned(), nodes: start..end, add, input, branch, shortcut })
    }

    /// The addition of a block, or what replaces it where an operand is switched off.
    fn sum(
        &mut self,
        block: &ResidualBlock,
        name: &str,
        own: String,
        change: BlockChange,
        [branch, shortcut]: [ValueRef; 2],
    ) -> Result<ValueRef> {
        if change.skipped {
            return self.replace(block.add, own, Identity, &[shortcut]);
        }
        let only = |factor: f32| -> Op {
            if factor == 1.0 { Identity.into() } else { Scale { factor, channel: None }.into() }
        };
        match [change.branch_factor(), change.shortcut] {
            [0.0, factor] => self.replace(block.add, own, only(factor), &[shortcut]),
            [factor, 0.0] => self.replace(block.add, own, only(factor), &[branch]),
            factors => {
                let parameters = self.loaded.nodes()[block.add].parameters;
                let mut operands = [branch, shortcut];
                for ((operand, factor), kind) in operands.iter_mut().zip(factors).zip(["branch", "shortcut"]) {
                    if factor != 1.0 {
                        let scale = Scale { factor, channel: None };
                        let scaled = format!("{name}.{kind}@scaled");
                        *operand = self.net.add_sharing(scaled, scale, &[*operand], parameters)?;
                    }
                }
                self.copy(block.add, own, &operands)
            }
        }
    }
}
