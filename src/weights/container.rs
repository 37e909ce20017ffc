//! Recognises the container of a weight file by its content, whatever the file is called, and lists its tensors.

use super::pytorch::{self, Archive, Pickled};
use super::source::ByteSource;
use super::stored::StridedView;
use super::{foreign, safetensors};
use crate::error::Result;

/// The number of bytes by which containers are recognised; tar has its signature at byte 257.
const PROBE: u64 = 512;

/// The tensors of a file.
pub(super) struct Contents {
    /// Name or path of each tensor, in the order of the file.
    pub tensors: Vec<(String, StridedView)>,
    /// Class labels as text for [`crate::labels::parse`], where the container has them.
    pub labels: Option<String>,
    /// Tensors whose values are not read, and what they are.
    pub unreadable: Vec<(String, &'static str)>,
    /// Whether the container orders tensors by offset or name instead of by definition.
    pub reordered: bool,
}

/// Lists the tensors of a file.
///
/// # Errors
/// [`crate::Error::Weights`] when the file is neither safetensors nor PyTorch's, with its format if that is known; when it is cut off
/// or contradicts itself.
pub(super) async fn read(source: &impl ByteSource) -> Result<Contents> {
    let probe = source.read(0..source.length().min(PROBE)).await?;
    let of_pytorch = |Pickled { tensors, unreadable }| Contents { tensors, labels: None, unreadable, reordered: false };
    if probe.starts_with(b"PK\x03\x04") {
        let archive = Archive::open(source).await?;
        foreign::refuse_archive(archive.names())?;
        return pytorch::from_archive(source, &archive).await.map(of_pytorch);
    }
    if pytorch::is_legacy(&probe) {
        return pytorch::from_legacy(source).await.map(of_pytorch);
    }
    if pytorch::is_tar(&probe) {
        let members = pytorch::members(source).await?;
        if pytorch::is_early(&members) {
            return pytorch::from_early(source, &members).await.map(of_pytorch);
        }
    }
    foreign::refuse(&probe)?;
    let (tensors, labels) = safetensors::contents(source).await?;
    Ok(Contents { tensors, labels, unreadable: Vec::new(), reordered: true })
}
