//! Writes tensors as NumPy files.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use npyz::WriterBuilder;
use resnet_lens::tensor::HostTensor;

use crate::failure::Failure;

/// Writes a tensor as little-endian `f32` in NCHW order.
pub fn write(path: &Path, tensor: &HostTensor) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let file = BufWriter::new(File::create(path)?);
        let shape = tensor.shape().dims().map(|dimension| dimension as u64);
        let mut npy = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
        npy.extend(tensor.data().iter().copied())?;
        npy.finish()
    };
    write().map_err(|error| Failure::file(path, &error))
}
