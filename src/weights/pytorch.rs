//! Weight files of PyTorch: a pickle that names tensors, and their storages. Since PyTorch 1.6 both are entries of a zip archive,
//! before that they are consecutive in one file, and until 0.1.10 members of a tar archive. Format: `torch/serialization.py`.
//!
//! The pickle is untrusted input: see [`unpickler`].

mod archive;
mod bytes;
mod early;
mod error;
mod legacy;
mod named_tensors;
mod operands;
mod pickled;
mod storage;
mod tar;
mod torch;
mod unpickler;
mod value;
mod zip;

use std::collections::BTreeMap;
use std::ops::Range;

use super::source::ByteSource;
use crate::error::Result;

pub(super) use early::is_early;
pub(super) use legacy::is_legacy;
pub(super) use pickled::Pickled;
pub(super) use tar::{is_tar, members};
pub(super) use zip::Archive;

/// Finds all tensors of a zip archive that `torch.save` or `torch.jit.save` wrote, by path.
///
/// # Errors
/// [`crate::Error::Weights`] when the archive or its pickle is damaged, or a tensor is not inside its storage.
pub(super) async fn from_archive(source: &impl ByteSource, archive: &Archive) -> Result<Pickled> {
    archive::tensors(source, archive).await
}

/// Finds all tensors of a file of PyTorch before 1.6, by path.
///
/// # Errors
/// [`crate::Error::Weights`] when the file is damaged, or a tensor is not inside its storage.
pub(super) async fn from_legacy(source: &impl ByteSource) -> Result<Pickled> {
    legacy::tensors(source).await
}

/// Finds all tensors of a tar archive of PyTorch 0.1, by path.
///
/// # Errors
/// [`crate::Error::Weights`] when a member is damaged, or a tensor is not inside its storage.
pub(super) async fn from_early(source: &impl ByteSource, members: &BTreeMap<String, Range<u64>>) -> Result<Pickled> {
    early::tensors(source, members).await
}
