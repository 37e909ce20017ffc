//! Error messages about PyTorch files.

use crate::error::Error;
use crate::weights::stored::MAX_NAME;

/// The file is not what `torch.save` writes, or is outside the supported part of it.
pub(super) fn not_pytorch(expected: &str, found: &str) -> Error {
    Error::Weights(format!("this PyTorch file cannot be read: expected {expected}, found {found}"))
}

/// The pickle ends in the middle of an instruction.
pub(super) fn truncated() -> Error {
    not_pytorch("a whole pickle", "one that ends early")
}

/// An instruction whose operands are missing or have another type.
pub(super) fn malformed() -> Error {
    not_pytorch("a pickle that builds tensors", "one whose instructions do not fit together")
}

/// Text from the file, made printable and short.
pub(super) fn printable(text: &str) -> String {
    let short: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).take(MAX_NAME / 4).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
