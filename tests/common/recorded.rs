//! What PyTorch recorded: the network's input as a NumPy file, and the order of its answer.

use std::fs;
use std::path::Path;

use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// A NumPy file of `f32` values, NCHW; a sentence where it is none.
pub fn npy(path: &Path) -> Result<HostTensor, String> {
    let because = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(|error| because(&error))?;
    let array = npyz::NpyFile::new(&bytes[..]).map_err(|error| because(&error))?;
    let dims: Vec<usize> = array.shape().iter().map(|extent| *extent as usize).collect();
    let [n, c, h, w] = dims[..] else {
        return Err(because(&format!("expected 4 dims, found {dims:?}")));
    };
    let values = array.into_vec().map_err(|error| because(&error))?;
    HostTensor::new(Shape::new(n, c, h, w), values).map_err(|error| because(&error))
}

/// Indices of the five largest logits, best first.
pub fn top5(logits: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    order.truncate(5);
    order
}
