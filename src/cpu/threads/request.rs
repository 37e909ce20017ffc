//! What the engine asks a compute thread for, as the words of a message.
//!
//! | words | `Store` | `Drop` | `Convolve` | answer |
//! |---|---|---|---|---|
//! | 0 | 1 | 2 | 3 | 1 if done, 0 if refused |
//! | 1, 2 | contents, low word first | contents | contents of the weights | |
//! | 3, 4 | length | | first and end output pixel | |
//! | 5 to 8 | | | lengths of input, bias, affine, residual | |
//! | 9 to 23 | | | the convolution, see `convolution_words` | |
//!
//! The values are the weights for `Store`, the operands one after the other for `Convolve`, and the output pixels in its answer.

use std::ops::Range;

use super::channel::WORDS;
use crate::cpu::convolution::{Convolution, Epilogue, Group, Window};

/// A request to a compute thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Keep weights.
    Store {
        /// The number of what their buffer holds.
        contents: u64,
        /// The number of values.
        length: usize,
    },
    /// Drop weights.
    Drop {
        /// The number that they were stored with.
        contents: u64,
    },
    /// Compute a range of output pixels with stored weights.
    Convolve {
        /// The number of the weights.
        contents: u64,
        /// The convolution.
        convolution: Convolution,
        /// The range.
        pixels: Range<usize>,
        /// The lengths of its input, bias, affine and residual.
        lengths: [usize; 4],
    },
}

/// The answer: whether the request was carried out.
pub(super) fn answer(done: bool) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    words[0] = done.into();
    words
}

pub(super) fn is_done(words: &[u32; WORDS]) -> bool {
    words[0] == 1
}

impl Request {
    /// The words of a message.
    pub fn words(&self) -> [u32; WORDS] {
        let mut words = [0; WORDS];
        let (kind, contents) = match self {
            Self::Store { contents, length } => {
                words[3] = *length as u32;
                (1, contents)
            }
            Self::Drop { contents } => (2, contents),
            Self::Convolve { contents, convolution, pixels, lengths } => {
                words[3..5].copy_from_slice(&[pixels.start as u32, pixels.end as u32]);
                words[5..9].copy_from_slice(&lengths.map(|length| length as u32));
                words[9..9 + CONVOLUTION].copy_from_slice(&convolution_words(convolution));
                (3, contents)
            }
        };
        words[..3].copy_from_slice(&[kind, *contents as u32, (*contents >> 32) as u32]);
        words
    }

    /// The request of a message; `None` if it is none.
    pub fn from_words(words: &[u32; WORDS]) -> Option<Self> {
        let contents = u64::from(words[1]) | u64::from(words[2]) << 32;
        let numbers = words.map(|word| word as usize);
        match words[0] {
            1 => Some(Self::Store { contents, length: numbers[3] }),
            2 => Some(Self::Drop { contents }),
            3 => Some(Self::Convolve {
                contents,
                convolution: convolution(words[9..9 + CONVOLUTION].try_into().ok()?),
                pixels: numbers[3]..numbers[4],
                lengths: numbers[5..9].try_into().ok()?,
            }),
            _ => None,
        }
    }
}

/// The number of words of a convolution.
const CONVOLUTION: usize = 15;

/// Input, output, kernel, stride and padding as rows and columns; input and output channels; those of a group, or 0; the epilogue.
fn convolution_words(convolution: &Convolution) -> [u32; CONVOLUTION] {
    let Convolution { window, outputs, group, epilogue } = convolution;
    let Window { input, output, kernel, stride, padding, inputs } = window;
    let group = group.map_or([0, 0], |group| [group.inputs, group.outputs]);
    let mut words = [0; CONVOLUTION];
    for (words, pair) in
        words.chunks_exact_mut(2).zip([*input, *output, *kernel, *stride, *padding, [*inputs, *outputs], group])
    {
        words.copy_from_slice(&pair.map(|number| number as u32));
    }
    words[CONVOLUTION - 1] = epilogue.0;
    words
}

fn convolution(words: &[u32; CONVOLUTION]) -> Convolution {
    let pair = |index: usize| [words[2 * index] as usize, words[2 * index + 1] as usize];
    let [[inputs, outputs], [group_inputs, group_outputs]] = [pair(5), pair(6)];
    Convolution {
        window: Window { input: pair(0), output: pair(1), kernel: pair(2), stride: pair(3), padding: pair(4), inputs },
        outputs,
        group: (group_inputs > 0).then_some(Group { inputs: group_inputs, outputs: group_outputs }),
        epilogue: Epilogue(words[CONVOLUTION - 1]),
    }
}
