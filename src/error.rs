//! The one error type: every message is a sentence that says what, where, what was expected and what was found.

use crate::decoded_image::DecodeError;

/// What a fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong between a file and an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A node's inputs, attributes or parameters do not fit together.
    #[error("{node}: expected {expected}, found {found}")]
    Shape {
        /// The node's name, as in `layer1.0.conv1`.
        node: String,
        /// What the shape rule asks for.
        expected: String,
        /// What it was given.
        found: String,
    },
    /// The graph itself is malformed, or a name in a request is not one of its nodes.
    #[error("{0}")]
    Graph(String),
    /// A weight file cannot be read or does not hold the network it should.
    #[error("{0}")]
    Weights(String),
    /// A model card is not what it should be.
    #[error("{0}")]
    Card(String),
    /// An image cannot be decoded.
    #[error(transparent)]
    Image(#[from] DecodeError),
    /// There is no usable GPU, or the one in use gave up.
    #[error("{0}")]
    Gpu(String),
    /// A drawing or a look at a layer was asked for that cannot be had.
    #[error("{0}")]
    Request(String),
    /// A call came at a time when it cannot be answered.
    #[error("{0}")]
    State(String),
}

impl Error {
    /// A [`Error::Shape`] from anything that prints.
    pub fn shape(node: &str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Shape { node: node.to_owned(), expected: expected.to_string(), found: found.to_string() }
    }
}
