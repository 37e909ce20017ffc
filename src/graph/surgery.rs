//! Edits of a network as text, one form for the page's URL, the terminal program and the tests.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Graph;
use crate::error::{Error, Result};

/// The factors that a branch or a shortcut can be multiplied by.
pub const FACTORS: RangeInclusive<f32> = 0.0..=2.0;
/// How often a block can run.
pub const STEPS: RangeInclusive<usize> = 2..=8;

/// An edit of a network. Its text is the form in the documentation of each variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Surgery {
    /// `branch:BLOCK:FACTOR`: F(x) of the block is multiplied by the factor. 0 switches it off.
    Branch {
        /// The block, as in `layer1.0`.
        block: String,
        /// One of [`FACTORS`].
        factor: f32,
    },
    /// `shortcut:BLOCK:FACTOR`: the shortcut of the block, identity or projection, is multiplied by the factor.
    Shortcut {
        /// The block.
        block: String,
        /// One of [`FACTORS`].
        factor: f32,
    },
    /// `skip:BLOCK`: the block is bypassed. Its output is the value of its shortcut, without addition and activation.
    Skip {
        /// The block.
        block: String,
    },
    /// `repeat:BLOCK:STEPS` or `repeat:BLOCK:STEPS:FACTOR`: the block runs several times, each F(x) multiplied by the factor.
    Repeat {
        /// A block with an identity shortcut.
        block: String,
        /// One of [`STEPS`].
        steps: usize,
        /// One of [`FACTORS`]; `None` for the reciprocal of `steps`.
        factor: Option<f32>,
    },
    /// `swap:BLOCK:BLOCK`: two blocks of one shape exchange places.
    Swap {
        /// The blocks.
        blocks: [String; 2],
    },
    /// `reverse:FIRST:LAST`: a run of blocks of one shape in reverse order.
    Reverse {
        /// The first block of the run.
        first: String,
        /// The last block of the run.
        last: String,
    },
    /// `lesion:NODE:CHANNEL`: a channel of a node's value is set to zero.
    Lesion {
        /// The node, as in `layer1.0.conv1`.
        node: String,
        /// The channel.
        channel: usize,
    },
    /// `stride:1x1` or `stride:3x3`: the convolution of downsampling bottlenecks that has the stride.
    Stride {
        /// Rows and columns of its kernel: 1 in the paper, 3 in PyTorch.
        kernel: usize,
    },
    /// `randomise:NODE:SEED`: the parameters of a node and of all nodes after it are drawn anew, as before training. Source: the
    /// cascading randomisation of Adebayo et al. 2018 (arXiv 1810.03292).
    Randomise {
        /// The node, as in `layer4.0.conv1`.
        node: String,
        /// Equal seeds give equal parameters.
        seed: u32,
    },
}

/// The forms of an edit, for messages.
const FORMS: &str = "branch:BLOCK:FACTOR, shortcut:BLOCK:FACTOR, skip:BLOCK, repeat:BLOCK:STEPS, repeat:BLOCK:STEPS:FACTOR, \
                     swap:BLOCK:BLOCK, reverse:FIRST:LAST, lesion:NODE:CHANNEL, stride:1x1, stride:3x3 or randomise:NODE:SEED";

impl Surgery {
    /// Checks the numbers of an edit, which do not depend on the network.
    ///
    /// # Errors
    /// [`Error::Request`] for a factor or a number of steps that is not permitted.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Branch { factor, .. } | Self::Shortcut { factor, .. } | Self::Repeat { factor: Some(factor), .. }
                if !FACTORS.contains(factor) =>
            {
                Err(self.wrong(format!("a factor from {} to {}", FACTORS.start(), FACTORS.end()), factor))
            }
            Self::Repeat { steps, .. } if !STEPS.contains(steps) => {
                Err(self.wrong(format!("{} to {} steps", STEPS.start(), STEPS.end()), steps))
            }
            Self::Stride { kernel, .. } if ![1, 3].contains(kernel) => {
                Err(self.wrong("1x1 or 3x3", format!("{kernel}x{kernel}")))
            }
            _ => Ok(()),
        }
    }

    /// The index of the node that the edit names.
    ///
    /// # Errors
    /// [`Error::Request`] if the graph has no such node.
    pub(super) fn find_node(&self, graph: &Graph, name: &str) -> Result<usize> {
        let found = graph.nodes().iter().position(|other| other.name == name);
        found.ok_or_else(|| self.wrong("the name of a node of the network", quoted(name)))
    }

    /// The error about this edit.
    pub(super) fn wrong(&self, expected: impl fmt::Display, found: impl fmt::Display) -> Error {
        wrong(&self.to_string(), expected, found)
    }
}

fn wrong(edit: &str, expected: impl fmt::Display, found: impl fmt::Display) -> Error {
    Error::Request(format!("the edit {}: expected {expected}, found {found}", quoted(edit)))
}

/// A text as part of a sentence, shortened if it is long.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

impl FromStr for Surgery {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let factor = |part: &str| {
            let expected =
                || wrong(text, format!("a factor from {} to {}", FACTORS.start(), FACTORS.end()), quoted(part));
            let factor: f32 = part.parse().map_err(|_| expected())?;
            // Without the sign of zero, so that equal edits have equal texts.
            if FACTORS.contains(&factor) { Ok(factor.abs()) } else { Err(expected()) }
        };
        let steps = |part: &str| {
            let steps = part.parse().ok().filter(|steps| STEPS.contains(steps));
            steps.ok_or_else(|| wrong(text, format!("{} to {} steps", STEPS.start(), STEPS.end()), quoted(part)))
        };
        if parts.iter().any(|part| part.is_empty()) {
            return Err(wrong(text, FORMS, "an empty part"));
        }
        let name = |part: &str| part.to_owned();
        let edit = match parts[..] {
            ["branch", block, number] => Self::Branch { block: name(block), factor: factor(number)? },
            ["shortcut", block, number] => Self::Shortcut { block: name(block), factor: factor(number)? },
            ["skip", block] => Self::Skip { block: name(block) },
            ["repeat", block, count] => Self::Repeat { block: name(block), steps: steps(count)?, factor: None },
            ["repeat", block, count, number] => {
                Self::Repeat { block: name(block), steps: steps(count)?, factor: Some(factor(number)?) }
            }
            ["swap", one, other] => Self::Swap { blocks: [one, other].map(name) },
            ["reverse", first, last] => Self::Reverse { first: name(first), last: name(last) },
            ["lesion", node, channel] => {
                let number = channel.parse().map_err(|_| wrong(text, "the index of a channel", quoted(channel)))?;
                Self::Lesion { node: name(node), channel: number }
            }
            ["stride", "1x1"] => Self::Stride { kernel: 1 },
            ["stride", "3x3"] => Self::Stride { kernel: 3 },
            ["randomise", node, seed] => {
                let expected = || wrong(text, format!("a seed from 0 to {}", u32::MAX), quoted(seed));
                Self::Randomise { node: name(node), seed: seed.parse().map_err(|_| expected())? }
            }
            _ => return Err(wrong(text, FORMS, "another text")),
        };
        Ok(edit)
    }
}

impl fmt::Display for Surgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch { block, factor } => write!(f, "branch:{block}:{factor}"),
            Self::Shortcut { block, factor } => write!(f, "shortcut:{block}:{factor}"),
            Self::Skip { block } => write!(f, "skip:{block}"),
            Self::Repeat { block, steps, factor: None } => write!(f, "repeat:{block}:{steps}"),
            Self::Repeat { block, steps, factor: Some(factor) } => write!(f, "repeat:{block}:{steps}:{factor}"),
            Self::Swap { blocks: [one, other] } => write!(f, "swap:{one}:{other}"),
            Self::Reverse { first, last } => write!(f, "reverse:{first}:{last}"),
            Self::Lesion { node, channel } => write!(f, "lesion:{node}:{channel}"),
            Self::Stride { kernel } => write!(f, "stride:{kernel}x{kernel}"),
            Self::Randomise { node, seed } => write!(f, "randomise:{node}:{seed}"),
        }
    }
}

impl From<Surgery> for String {
    fn from(edit: Surgery) -> Self {
        edit.to_string()
    }
}

impl TryFrom<String> for Surgery {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
