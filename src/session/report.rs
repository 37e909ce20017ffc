//! What a session tells: plain values, the same in the page, in `--json` and in tests.

use serde::Serialize;

use crate::graph::{Graph, Node, ValueRef};
use crate::labels::Label;
use crate::ops::{ComputeType, Role, WeightFormat};
use crate::preprocess::{CropBox, Preprocess};

/// One class of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The class's place in the head.
    pub index: usize,
    /// What it is called.
    #[serde(flatten)]
    pub label: Label,
    /// Softmax of the logits, 0 to 1.
    pub probability: f32,
}

/// The answer to one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classification {
    /// The likeliest classes, best first.
    pub predictions: Vec<Prediction>,
    /// What the network saw of the image.
    pub image: ImageInfo,
    /// How long it took.
    pub ms: Milliseconds,
    /// Whether this was the model's first run, which compiles what the driver left for it.
    pub first_run: bool,
}

/// An image's size and the part of it that the network sees, in pixels after EXIF's orientation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageInfo {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The part that the network sees.
    pub crop: CropBox,
    /// A sentence where the answer means little, since the network sees next to nothing of the image or of its detail.
    pub warning: Option<String>,
}

impl ImageInfo {
    /// What the network sees of an image of that size.
    pub(super) fn new(width: u32, height: u32, preprocess: &Preprocess) -> Self {
        let crop = preprocess.crop_box(width, height);
        let side = preprocess.crop;
        let share = crop.width * crop.height / (f64::from(width) * f64::from(height));
        let warning = if crop.width * 8.0 < f64::from(side) {
            Some(format!(
                "this image is only {width} x {height} pixels, enlarged for the network's {side} x {side}: its answer means little"
            ))
        } else if share < 0.05 {
            Some(format!(
                "the network sees only {:.1} % of this image of {width} x {height} pixels: its answer says little about the whole",
                share * 100.0
            ))
        } else {
            None
        };
        Self { width, height, crop, warning }
    }
}

/// Wall-clock times of one classification in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Milliseconds {
    /// From file to pixels.
    pub decode: f64,
    /// From pixels to the network's input.
    pub preprocess: f64,
    /// From there to the logits: upload, network, read-back.
    pub infer: f64,
}

/// Wall-clock times of a model in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Timings {
    /// Reading the weights, uploading them and making the pipelines.
    pub load: f64,
    /// The first run.
    pub first: Option<f64>,
    /// The latest run.
    pub infer: Option<f64>,
}

/// What is known of the model in use.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelInfo {
    /// The card's name for it.
    pub name: String,
    /// The family's name for its depth, as in `ResNet-50`.
    pub architecture: String,
    /// Channels of the stem; 64 in the paper.
    pub width: usize,
    /// Classes of the head.
    pub classes: usize,
    /// Learned values; the statistics of batch normalisation are not among them.
    pub parameters: usize,
    /// Channels, rows and columns of the input.
    pub input: [usize; 3],
    /// What is done to an image.
    pub preprocess: Preprocess,
    /// The card's words on the terms of use.
    pub licence: String,
    /// Dispatches an image takes.
    pub dispatches: usize,
    /// The form of the weights on the GPU.
    pub precision: WeightFormat,
    /// The narrowest numbers in which products of a layer are made.
    pub compute_type: ComputeType,
    /// Bytes that all parameters take on the GPU.
    pub parameter_bytes: u64,
}

/// One node of the network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerInfo {
    /// torchvision's name, as in `layer1.0.conv1`.
    pub name: String,
    /// PyTorch's class, as in `Conv2d`.
    pub op: &'static str,
    /// The operator's function in the network, as in `convolution`.
    pub role: Role,
    /// NCHW.
    pub shape: [usize; 4],
    /// Learned values.
    pub parameters: usize,
    /// Multiply-accumulates for one image.
    pub macs: u64,
    /// The names of the nodes it takes; `input` is the image.
    pub inputs: Vec<String>,
    /// Its attributes, as in `3x3 stride 2 padding 1`.
    pub attributes: String,
    /// Rows and columns of its window, where it has one.
    pub kernel_size: Option<[usize; 2]>,
    /// Rows and columns from one place of the window to the next.
    pub stride: Option<[usize; 2]>,
    /// The stage it belongs to, as in `layer1`.
    pub stage: Option<String>,
    /// The block it belongs to, as in `layer1.0`.
    pub block: Option<String>,
}

impl LayerInfo {
    /// All nodes of a graph in order of execution.
    pub(super) fn all(graph: &Graph) -> Vec<Self> {
        graph.nodes().iter().map(|node| Self::of(graph, node)).collect()
    }

    fn of(graph: &Graph, node: &Node) -> Self {
        let name = |value: &ValueRef| match value {
            ValueRef::Input => "input".to_owned(),
            ValueRef::Node(index) => graph.nodes()[*index].name.clone(),
        };
        let parts: Vec<&str> = node.name.split('.').collect();
        let inside = parts.len() > 2;
        Self {
            name: node.name.clone(),
            op: node.op.kind(),
            role: node.op.role(),
            shape: node.shape.dims(),
            parameters: node.parameter_count(),
            macs: node.op.macs(node.shape),
            inputs: node.inputs.iter().map(name).collect(),
            attributes: node.op.detail(),
            kernel_size: node.op.window().map(|window| window.kernel),
            stride: node.op.window().map(|window| window.stride),
            stage: inside.then(|| parts[0].to_owned()),
            block: inside.then(|| parts[..2].join(".")),
        }
    }
}
