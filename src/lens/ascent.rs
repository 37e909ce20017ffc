//! Feature visualisation: an image that maximises a channel, by gradient ascent. Erhan et al. 2009; Olah, Mordvintsev & Schubert,
//! *Feature Visualization*, 2017.

use rand_distr::{Distribution, StandardNormal, Uniform};
use rand_pcg::Pcg64;

use super::deletion::{blurred, enlarged};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// The standard deviation of the first image, in units of the preprocessed image.
const NOISE: f32 = 0.05;
/// The length of a step: the root mean square of the change.
const RATE: f32 = 0.06;
/// The weight of total variation beside the gradient.
const VARIATION: f32 = 0.15;
/// The image is blurred after this many steps.
const BLUR_EVERY: usize = 4;
/// The standard deviation of this blur in pixels.
const BLUR: f32 = 0.5;
/// The largest shift, as a part of the image's side.
const JITTER: usize = 16;
/// Keeps divisions by an empty band finite.
const TINY: f32 = 1e-12;

/// The image of a gradient ascent.
#[derive(Debug)]
pub struct Ascent {
    image: HostTensor,
    darkest: HostTensor,
    brightest: HostTensor,
    random: Pcg64,
    steps: usize,
    /// Rows and columns by which the image was shifted last.
    shift: [usize; 2],
}

impl Ascent {
    /// Starts with noise around the mean colour. `darkest` and `brightest` are the preprocessed black and white image; the image stays
    /// between them.
    pub fn new(darkest: HostTensor, brightest: HostTensor, seed: u64) -> Self {
        let mut random = Pcg64::new(seed.into(), 0);
        let noise = |_, _, _, _| {
            let value: f32 = StandardNormal.sample(&mut random);
            value * NOISE
        };
        let image = HostTensor::from_fn(darkest.shape(), noise);
        Self { image, darkest, brightest, random, steps: 0, shift: [0, 0] }
    }

    /// The number of steps so far.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The image, preprocessed.
    pub fn image(&self) -> &HostTensor {
        &self.image
    }

    /// The image as RGBA, four bytes per pixel.
    pub fn rgba(&self) -> Vec<u8> {
        let Shape { c, h, w, .. } = self.image.shape();
        let byte = |index: usize| {
            let [value, darkest, brightest] =
                [&self.image, &self.darkest, &self.brightest].map(|tensor| tensor.data()[index]);
            ((value - darkest) / (brightest - darkest) * 255.0).round() as u8
        };
        let pixel = |pixel: usize| [0, 1, 2].map(|channel: usize| byte(channel.min(c - 1) * h * w + pixel));
        (0..h * w).flat_map(|index| pixel(index).into_iter().chain([255])).collect()
    }

    /// The image shifted at random, its borders joined. The network sees another shift at each step, so that the result does not depend
    /// on the places of strides.
    pub fn shifted(&mut self) -> HostTensor {
        let Shape { h, w, .. } = self.image.shape();
        self.shift = [h, w].map(|side| {
            let shifts = Uniform::new_inclusive(0, side / JITTER).expect("the range has values");
            (side - shifts.sample(&mut self.random) / 2 + shifts.sample(&mut self.random) / 2) % side
        });
        shifted(&self.image, self.shift)
    }

    /// One step along the gradient with respect to the image that [`Ascent::shifted`] returned last.
    pub fn climb(&mut self, gradient: &HostTensor) {
        let Shape { h, w, .. } = self.image.shape();
        let back = [h - self.shift[0], w - self.shift[1]];
        let mut direction = balanced(&shifted(gradient, back));
        let variation = unit(&variation_gradient(&self.image));
        direction.iter_mut().zip(variation).for_each(|(value, by)| *value -= VARIATION * by);
        let scale = RATE / root_mean_square(&direction).max(TINY);
        let bounds = self.darkest.data().iter().zip(self.brightest.data());
        let moved = self.image.data().iter().zip(direction).zip(bounds);
        let values = moved.map(|((value, by), (low, high))| (value + scale * by).clamp(*low, *high)).collect();
        self.image = HostTensor::new(self.image.shape(), values).expect("the shape stays");
        self.steps += 1;
        if self.steps.is_multiple_of(BLUR_EVERY) {
            self.image = blurred(&self.image, BLUR);
        }
    }
}

/// An image moved down and to the right; what leaves it returns on the other side.
fn shifted(image: &HostTensor, [down, right]: [usize; 2]) -> HostTensor {
    let Shape { h, w, .. } = image.shape();
    HostTensor::from_fn(image.shape(), |n, c, y, x| image.at(n, c, (y + h - down % h) % h, (x + w - right % w) % w))
}

/// A gradient whose bands of frequencies, each an octave, are equally strong. The gradient of a network is mostly of high frequency, and
/// an image that follows it is noise.
fn balanced(gradient: &HostTensor) -> Vec<f32> {
    let mut sum = vec![0.0; gradient.data().len()];
    let mut add = |band: &HostTensor| {
        let band = resized(band, gradient.shape());
        let scale = 1.0 / root_mean_square(band.data()).max(TINY);
        sum.iter_mut().zip(band.data()).for_each(|(sum, value)| *sum += scale * value);
    };
    let mut rest = gradient.clone();
    while rest.shape().h.min(rest.shape().w) >= 8 {
        let low = halved(&rest);
        let smooth = resized(&low, rest.shape());
        let band = rest.data().iter().zip(smooth.data()).map(|(value, low)| value - low).collect();
        add(&HostTensor::new(rest.shape(), band).expect("the shape stays"));
        rest = low;
    }
    add(&rest);
    sum
}

/// The means of 2x2 pixels. An odd last row or column is left out.
fn halved(image: &HostTensor) -> HostTensor {
    let shape = image.shape();
    let small = Shape { h: shape.h / 2, w: shape.w / 2, ..shape };
    HostTensor::from_fn(small, |n, c, y, x| {
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(dy, dx)| image.at(n, c, 2 * y + dy, 2 * x + dx)).iter().sum::<f32>()
            / 4.0
    })
}

/// Every channel at another size.
fn resized(image: &HostTensor, shape: Shape) -> HostTensor {
    if image.shape() == shape {
        return image.clone();
    }
    let small = image.shape();
    let map = Shape::new(1, 1, small.h, small.w);
    let channel = |values: &[f32]| {
        let map = HostTensor::new(map, values.to_vec()).expect("the length of a map");
        enlarged(&map, [shape.h, shape.w])
    };
    let values = image.data().chunks_exact(map.len()).flat_map(channel).collect();
    HostTensor::new(shape, values).expect("the length of the shape")
}

/// The gradient of the total variation: the sum over all pixels of the length of the difference to the right and lower neighbours.
fn variation_gradient(image: &HostTensor) -> Vec<f32> {
    let Shape { n, c, h, w } = image.shape();
    let mut gradient = vec![0.0; image.data().len()];
    for plane in 0..n * c {
        let start = plane * h * w;
        for y in 0..h - 1 {
            for x in 0..w - 1 {
                let at = start + y * w + x;
                let value = image.data()[at];
                let [right, below] = [at + 1, at + w].map(|other| image.data()[other] - value);
                // The constant keeps the derivative finite where neighbours are equal.
                let length = (right * right + below * below + 1e-4).sqrt();
                gradient[at] -= (right + below) / length;
                gradient[at + 1] += right / length;
                gradient[at + w] += below / length;
            }
        }
    }
    gradient
}

/// The values divided by their root mean square.
fn unit(values: &[f32]) -> Vec<f32> {
    let scale = 1.0 / root_mean_square(values).max(TINY);
    values.iter().map(|value| scale * value).collect()
}

fn root_mean_square(values: &[f32]) -> f32 {
    (values.iter().map(|value| value * value).sum::<f32>() / values.len() as f32).sqrt()
}
