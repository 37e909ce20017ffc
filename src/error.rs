//! The error type. Every message is one sentence that states what failed and where, what was expected and what was found.

use crate::decoded_image::DecodeError;

/// The result of a fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Inputs, attributes or parameters of a node do not match.
    #[error("{node}: expected {expected}, found {found}")]
    Shape {
        /// The node's name, as in `layer1.0.conv1`.
        node: String,
        /// The expected shape or attribute.
        expected: String,
        /// The one found.
        found: String,
    },
    /// A malformed graph, or the name of a node that the graph does not have.
    #[error("{0}")]
    Graph(String),
    /// A weight file that cannot be read or does not contain the expected network.
    #[error("{0}")]
    Weights(String),
    /// An invalid model card or configuration.
    #[error("{0}")]
    Card(String),
    /// An image that cannot be decoded.
    #[error(transparent)]
    Image(#[from] DecodeError),
    /// An algorithm that cannot compute its layer, or needs a feature that the adapter lacks.
    #[error("{0}")]
    Algorithm(String),
    /// No usable GPU, or an error of the device.
    #[error("{0}")]
    Gpu(String),
    /// An invalid request for a drawing, a value or a frame.
    #[error("{0}")]
    Request(String),
    /// A call that the current state does not allow, such as one that needs a model before any is loaded.
    #[error("{0}")]
    State(String),
}

impl Error {
    /// An [`Error::Shape`] from displayable values.
    pub fn shape(node: &str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Shape { node: node.to_owned(), expected: expected.to_string(), found: found.to_string() }
    }

    /// An [`Error::Card`] about JSON text that has another form. The parser's message quotes the text, so it is made printable.
    pub(crate) fn json(what: &str, expected: &str, error: &serde_json::Error) -> Self {
        Self::Card(format!("{what}: expected {expected}, found: {}", printable(&error.to_string())))
    }
}

/// The most characters of a quoted message.
const PRINTABLE: usize = 300;

/// The most characters of a quoted text.
const QUOTED: usize = 80;

/// A text from outside in quotation marks, as one line of limited length.
pub(crate) fn quoted(text: &str) -> String {
    let mut length = 0;
    let is_shown = |&(_, c): &(usize, char)| {
        length += c.escape_debug().count();
        length <= QUOTED
    };
    let end = text.char_indices().take_while(is_shown).last().map_or(0, |(start, c)| start + c.len_utf8());
    if end < text.len() { format!("{:?}…", &text[..end]) } else { format!("{text:?}") }
}

/// A message as one line of limited length, without control characters.
fn printable(message: &str) -> String {
    let plain: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(PRINTABLE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
