//! Edits of a network resolved against its graph: what changes for which block and node.

use std::collections::{BTreeMap, BTreeSet};

use super::residual::ResidualBlock;
use super::surgery::{Surgery, quoted};
use super::{Graph, ValueRef};
use crate::error::Result;
use crate::ops::Role;

/// The changes of one residual block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BlockChange {
    /// The factor of F(x) in each step.
    pub branch: f32,
    /// The factor of the shortcut.
    pub shortcut: f32,
    /// Whether the block is bypassed.
    pub skipped: bool,
    /// How often it runs, and the factor of F(x) that this adds.
    pub steps: usize,
    step_factor: f32,
}

impl BlockChange {
    const NONE: Self = Self { branch: 1.0, shortcut: 1.0, skipped: false, steps: 1, step_factor: 1.0 };

    /// The factor of F(x) in each step.
    pub fn branch_factor(&self) -> f32 {
        self.branch * self.step_factor
    }
}

/// All changes of a graph.
#[derive(Debug)]
pub(super) struct Changes {
    /// By index in [`Graph::blocks`].
    pub blocks: Vec<BlockChange>,
    /// The block at the place of each block, by index in [`Graph::blocks`].
    pub order: Vec<usize>,
    /// The channels that are set to zero, by node.
    pub lesions: BTreeMap<usize, BTreeSet<usize>>,
    /// The strides of convolutions, by node.
    pub strides: BTreeMap<usize, [usize; 2]>,
}

impl Changes {
    /// Resolves edits. Of several edits of the same property, the last one counts; edits of the order apply one after the other.
    ///
    /// # Errors
    /// [`crate::Error::Request`] for an edit that the graph does not permit.
    pub fn new(graph: &Graph, edits: &[Surgery]) -> Result<Self> {
        let count = graph.blocks().len();
        let mut changes = Self {
            blocks: vec![BlockChange::NONE; count],
            order: (0..count).collect(),
            lesions: BTreeMap::new(),
            strides: BTreeMap::new(),
        };
        for edit in edits {
            edit.check()?;
            changes.add(graph, edit)?;
        }
        Ok(changes)
    }

    fn add(&mut self, graph: &Graph, edit: &Surgery) -> Result<()> {
        match edit {
            Surgery::Branch { block, factor } => self.blocks[find(graph, edit, block)?].branch = *factor,
            Surgery::Shortcut { block, factor } => self.blocks[find(graph, edit, block)?].shortcut = *factor,
            Surgery::Skip { block } => self.blocks[find(graph, edit, block)?].skipped = true,
            Surgery::Repeat { block, steps, factor } => {
                let index = find(graph, edit, block)?;
                if !graph.blocks()[index].is_identity() {
                    return Err(edit.wrong("a block whose shortcut is the identity", "one with a projection"));
                }
                self.blocks[index].steps = *steps;
                self.blocks[index].step_factor = factor.unwrap_or(1.0 / *steps as f32);
            }
            Surgery::Swap { blocks: [one, other] } => {
                let places = [self.place(find(graph, edit, one)?), self.place(find(graph, edit, other)?)];
                if places[0] == places[1] {
                    return Err(edit.wrong("two different blocks", format!("{} twice", quoted(one))));
                }
                self.check_shapes(graph, edit, &places)?;
                self.order.swap(places[0], places[1]);
            }
            Surgery::Reverse { first, last } => {
                let run = [find(graph, edit, first)?, find(graph, edit, last)?];
                if run[0] >= run[1] {
                    return Err(edit.wrong("a block and a later one", "them in another order"));
                }
                // Where an earlier edit has moved them, the run between their places.
                let places = run.map(|block| self.place(block));
                let run = places[0].min(places[1])..places[0].max(places[1]) + 1;
                self.check_shapes(graph, edit, &run.clone().collect::<Vec<_>>())?;
                self.order[run].reverse();
            }
            Surgery::Lesion { node, channel } => {
                let index = edit.find_node(graph, node)?;
                let channels = graph.nodes()[index].shape.c;
                if *channel >= channels {
                    return Err(edit.wrong(format!("a channel below {channels}"), channel));
                }
                self.lesions.entry(index).or_default().insert(*channel);
            }
            Surgery::Stride { kernel } => self.move_strides(graph, edit, *kernel)?,
            // Changes parameters, not the graph: see `Randomised`.
            Surgery::Randomise { node, .. } => {
                edit.find_node(graph, node)?;
            }
        }
        Ok(())
    }

    fn place(&self, block: usize) -> usize {
        self.order.iter().position(|other| *other == block).unwrap_or(block)
    }

    /// Blocks can exchange places if each takes and returns maps of one shape.
    fn check_shapes(&self, graph: &Graph, edit: &Surgery, places: &[usize]) -> Result<()> {
        let blocks: Vec<&ResidualBlock> = places.iter().map(|place| &graph.blocks()[self.order[*place]]).collect();
        let shapes = |block: &ResidualBlock| [block.input, block.output()].map(|value| graph.shape(value));
        let Some(other) = blocks.iter().find(|block| shapes(block) != shapes(blocks[0])) else { return Ok(()) };
        let described = |block: &ResidualBlock| {
            let [input, output] = shapes(block);
            format!("{} from {input} to {output}", block.name)
        };
        let found = format!("{} and {}", described(blocks[0]), described(other));
        Err(edit.wrong("blocks with inputs and outputs of one shape", found))
    }

    /// Moves the stride of every downsampling bottleneck to its first convolution with this kernel.
    fn move_strides(&mut self, graph: &Graph, edit: &Surgery, kernel: usize) -> Result<()> {
        self.strides.clear();
        for block in graph.blocks() {
            let convolutions = branch_convolutions(graph, block);
            let [(first, [1, 1], a), (second, [3, 3], b), (_, [1, 1], [1, 1])] = convolutions[..] else { continue };
            let total = [a[0] * b[0], a[1] * b[1]];
            if total == [1, 1] {
                continue;
            }
            self.strides.insert(first, if kernel == 1 { total } else { [1, 1] });
            self.strides.insert(second, if kernel == 3 { total } else { [1, 1] });
        }
        if self.strides.is_empty() {
            return Err(edit.wrong("a network with bottleneck blocks of stride 2", "none in this one"));
        }
        Ok(())
    }
}

/// The index of a block.
fn find(graph: &Graph, edit: &Surgery, name: &str) -> Result<usize> {
    let found = graph.blocks().iter().position(|block| block.name == name);
    found.ok_or_else(|| {
        let [first, last] = [graph.blocks().first(), graph.blocks().last()].map(|block| block.map(|block| &block.name));
        let expected = match first.zip(last) {
            Some((first, last)) => format!("one of the blocks {first} to {last}"),
            None => "a network with residual blocks".to_owned(),
        };
        edit.wrong(expected, quoted(name))
    })
}

/// The convolutions of F(x) in order of execution: index, kernel and stride.
fn branch_convolutions(graph: &Graph, block: &ResidualBlock) -> Vec<(usize, [usize; 2], [usize; 2])> {
    let mut found = Vec::new();
    let mut value = block.branch;
    while let ValueRef::Node(index) = value
        && block.nodes.contains(&index)
    {
        let node = &graph.nodes()[index];
        if let (Role::Convolution, Some(window)) = (node.op.role(), node.op.window()) {
            found.push((index, window.kernel, window.stride));
        }
        value = node.inputs[0];
    }
    found.reverse();
    found
}
