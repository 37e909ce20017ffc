//! Tensors in host memory.

use crate::error::{Error, Result};
use crate::shape::Shape;

/// An activation in host memory: `f32`, NCHW, without padding.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTensor {
    shape: Shape,
    data: Vec<f32>,
}

impl HostTensor {
    /// Wraps values in NCHW order.
    ///
    /// # Errors
    /// [`Error::Shape`] if `data` does not hold exactly `shape.len()` values.
    pub fn new(shape: Shape, data: Vec<f32>) -> Result<Self> {
        if data.len() != shape.len() {
            return Err(Error::shape("tensor", format!("{} values for shape {shape}", shape.len()), data.len()));
        }
        Ok(Self { shape, data })
    }

    /// Fills a tensor with `value(n, c, y, x)`.
    pub fn from_fn(shape: Shape, mut value: impl FnMut(usize, usize, usize, usize) -> f32) -> Self {
        let mut data = Vec::with_capacity(shape.len());
        for n in 0..shape.n {
            for c in 0..shape.c {
                for y in 0..shape.h {
                    for x in 0..shape.w {
                        data.push(value(n, c, y, x));
                    }
                }
            }
        }
        Self { shape, data }
    }

    /// The shape, NCHW.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The values, NCHW.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values, NCHW, without a copy.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// The value at image `n`, channel `c`, row `y`, column `x`.
    pub fn at(&self, n: usize, c: usize, y: usize, x: usize) -> f32 {
        self.data[((n * self.shape.c + c) * self.shape.h + y) * self.shape.w + x]
    }

    /// The values in the GPU's layout: NHWC, channels padded with zeros to a multiple of four.
    pub fn to_storage(&self) -> Vec<f32> {
        let Shape { n, c, h, w } = self.shape;
        let stride = self.shape.channel_quads() * 4;
        let mut storage = vec![0.0; self.shape.storage_len()];
        for (plane, values) in self.data.chunks_exact((h * w).max(1)).enumerate() {
            let (image, channel) = (plane / c, plane % c);
            debug_assert!(image < n);
            for (pixel, value) in values.iter().enumerate() {
                storage[(image * h * w + pixel) * stride + channel] = *value;
            }
        }
        storage
    }

    /// The inverse of [`HostTensor::to_storage`]; `storage` holds at least `shape.storage_len()` values.
    pub fn from_storage(shape: Shape, storage: &[f32]) -> Self {
        let stride = shape.channel_quads() * 4;
        Self::from_fn(shape, |n, c, y, x| storage[((n * shape.h + y) * shape.w + x) * stride + c])
    }
}
