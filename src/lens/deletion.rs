//! Deletion and insertion: images of which the most important pixels are replaced, to test a map of importance. Petsiuk, Das & Saenko,
//! *RISE*, 2018 (arXiv 1806.07421).

use crate::error::{Error, Result};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// Rows and columns of the image per standard deviation of the blur: 5 pixels of 224, as in the paper.
const SIDE_PER_DEVIATION: f32 = 45.0;

/// Images whose pixels are exchanged in the order of a map, from the most important one on.
#[derive(Debug)]
pub struct Deletion {
    image: HostTensor,
    blurred: HostTensor,
    /// Indices of pixels, the most important one first.
    order: Vec<usize>,
}

impl Deletion {
    /// For the preprocessed `image` and a `map` of one channel and any size, which is enlarged with bilinear interpolation. Of equally
    /// important pixels, the upper left one is first.
    ///
    /// # Errors
    /// [`Error::Request`] if the map has more than one channel or a value that is not finite.
    pub fn new(image: HostTensor, map: &HostTensor) -> Result<Self> {
        let Shape { n, c, .. } = map.shape();
        if (n, c) != (1, 1) || map.data().is_empty() {
            let found = map.shape();
            return Err(Error::Request(format!(
                "the map of importance: expected one channel, found the shape {found}"
            )));
        }
        if let Some(at) = map.data().iter().position(|value| !value.is_finite()) {
            let found = map.data()[at];
            return Err(Error::Request(format!(
                "the map of importance: expected finite values, found {found} at index {at}"
            )));
        }
        let Shape { h, w, .. } = image.shape();
        let importance = enlarged(map, [h, w]);
        let mut order: Vec<usize> = (0..h * w).collect();
        order.sort_by(|one, other| importance[*other].total_cmp(&importance[*one]));
        let blurred = blurred(&image, h.max(w) as f32 / SIDE_PER_DEVIATION);
        Ok(Self { image, blurred, order })
    }

    /// The image without the given fraction of its pixels: they have the mean colour, which is 0 after preprocessing.
    pub fn deleted(&self, fraction: f64) -> HostTensor {
        self.exchanged(&self.image, fraction, |_| 0.0)
    }

    /// The blurred image with the given fraction of the image's pixels.
    pub fn inserted(&self, fraction: f64) -> HostTensor {
        self.exchanged(&self.blurred, fraction, |index| self.image.data()[index])
    }

    fn exchanged(&self, from: &HostTensor, fraction: f64, value: impl Fn(usize) -> f32) -> HostTensor {
        let (mut values, map) = (from.data().to_vec(), self.order.len());
        let count = ((map as f64 * fraction).round() as usize).min(map);
        for pixel in &self.order[..count] {
            for index in (*pixel..values.len()).step_by(map) {
                values[index] = value(index);
            }
        }
        HostTensor::new(from.shape(), values).expect("the shape stays")
    }
}

/// The values of a map of one channel at the centres of `size` pixels, between them linear and at the border constant.
pub(super) fn enlarged(map: &HostTensor, [h, w]: [usize; 2]) -> Vec<f32> {
    let shape = map.shape();
    let place = |index: usize, size: usize, pixels: usize| {
        let at = ((index as f32 + 0.5) * size as f32 / pixels as f32 - 0.5).clamp(0.0, (size - 1) as f32);
        let before = at.floor() as usize;
        (before, (before + 1).min(size - 1), at - before as f32)
    };
    let mix = |from: f32, to: f32, part: f32| from + part * (to - from);
    let value = |index: usize| {
        let (above, below, y) = place(index / w, shape.h, h);
        let (left, right, x) = place(index % w, shape.w, w);
        let row = |row: usize| mix(map.at(0, 0, row, left), map.at(0, 0, row, right), x);
        mix(row(above), row(below), y)
    };
    (0..h * w).map(value).collect()
}

/// An image after a Gaussian blur with this standard deviation in pixels. At the border the weights are those of the pixels inside.
pub fn blurred(image: &HostTensor, deviation: f32) -> HostTensor {
    let radius = (3.0 * deviation).ceil() as usize;
    let weights: Vec<f32> = (0..=radius).map(|at| (-0.5 * (at as f32 / deviation).powi(2)).exp()).collect();
    let shape = image.shape();
    let pass = |values: &[f32], length: usize, stride: usize| -> Vec<f32> {
        let at = |index: usize| {
            let place = index / stride % length;
            let (mut sum, mut total) = (0.0, 0.0);
            for other in place.saturating_sub(radius)..(place + radius + 1).min(length) {
                let weight = weights[other.abs_diff(place)];
                sum += weight * values[index + other * stride - place * stride];
                total += weight;
            }
            sum / total
        };
        (0..values.len()).map(at).collect()
    };
    let rows = pass(image.data(), shape.w, 1);
    HostTensor::new(shape, pass(&rows, shape.h, shape.w)).expect("the shape stays")
}
