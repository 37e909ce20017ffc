//! Weight files of PyTorch: a pickle that names tensors, and their storages. Since PyTorch 1.6 both are entries of a zip archive,
//! before that they are consecutive in one file. Format: `torch/serialization.py`.
//!
//! The pickle is untrusted input: see [`unpickler`].

mod archive;
mod bytes;
mod error;
mod legacy;
mod named_tensors;
mod operands;
mod storage;
mod torch;
mod unpickler;
mod value;
mod zip;

use super::source::ByteSource;
use super::stored::StridedView;
use crate::error::Result;

pub(super) use legacy::is_legacy;
pub(super) use zip::Archive;

/// Finds all tensors of a zip archive that `torch.save` or `torch.jit.save` wrote, by path.
///
/// # Errors
/// [`crate::Error::Weights`] when the archive or its pickle is damaged, or a tensor is not inside its storage.
pub(super) async fn from_archive(source: &impl ByteSource, archive: &Archive) -> Result<Vec<(String, StridedView)>> {
    archive::tensors(source, archive).await
}

/// Finds all tensors of a file of PyTorch before 1.6, by path.
///
/// # Errors
/// [`crate::Error::Weights`] when the file is damaged, or a tensor is not inside its storage.
pub(super) async fn from_legacy(source: &impl ByteSource) -> Result<Vec<(String, StridedView)>> {
    legacy::tensors(source).await
}
