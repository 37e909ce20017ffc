//! Results of attribution methods, of their tests and of feature visualisation.

use serde::{Deserialize, Serialize};

use crate::gpu::Pixels;
use crate::tensor::HostTensor;

/// The progress of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What has been done.
    pub done: usize,
    /// All there is to do.
    pub total: usize,
}

/// Integrated Gradients of a logit from a black image to the image.
#[derive(Debug, Clone, PartialEq)]
pub struct IntegratedGradients {
    /// The attribution of every value of the network's input.
    pub map: HostTensor,
    /// The logit of the image.
    pub output: f64,
    /// The logit of the black image.
    pub baseline: f64,
    /// The sum of all attributions, which would be `output - baseline` with infinitely many steps.
    pub sum: f64,
    /// `|sum - (output - baseline)| / |output - baseline|`.
    pub gap: f64,
}

/// Probabilities of a class for images whose pixels are exchanged, the most important ones first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeletionCurves {
    /// The exchanged fraction of the pixels, from 0 to 1.
    pub fractions: Vec<f64>,
    /// The probability when they are deleted from the image.
    pub deletion: Vec<f32>,
    /// The probability when they are inserted into the blurred image.
    pub insertion: Vec<f32>,
}

/// An untrained network of the paper's form for CIFAR-10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeededRequest {
    /// The number of layers, 6n + 2.
    pub depth: usize,
    /// Whether the network has shortcuts.
    pub shortcuts: bool,
    /// Whether every batch normalisation has the mean and the variance of its input. Otherwise it is the identity.
    pub normalised: bool,
    /// Equal seeds give equal networks and images.
    pub seed: u32,
}

/// A channel to visualise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisualisationRequest {
    /// The node.
    pub node: String,
    /// The channel.
    pub channel: usize,
    /// Equal seeds give equal images.
    pub seed: u32,
}

/// A feature visualisation after some steps.
#[derive(Debug, Clone, PartialEq)]
pub struct VisualisationProgress {
    /// The number of steps so far.
    pub step: usize,
    /// The mean of the channel for the image.
    pub activation: f32,
    /// The mean of the channel for the image before the first step.
    pub initial: f32,
    /// The image, at the size of the network's input.
    pub pixels: Pixels,
}
