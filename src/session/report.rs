//! Results of a session. The page and `--json` receive them as objects with these members.

mod attribution;

use std::collections::HashMap;

use serde::Serialize;

use crate::graph::{Graph, Node, Surgery, ValueRef};
use crate::labels::Label;
use crate::ops::{ComputeType, Role, WeightFormat};
use crate::preprocess::{CropBox, Preprocess};

pub use attribution::{
    DeletionCurves, IntegratedGradients, Progress, SeededRequest, VisualisationProgress, VisualisationRequest,
};

/// A predicted class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The class index.
    pub index: usize,
    /// The label.
    #[serde(flatten)]
    pub label: Label,
    /// The softmax of the logits, 0 to 1.
    pub probability: f32,
}

/// The result for one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classification {
    /// The most probable classes, best first.
    pub predictions: Vec<Prediction>,
    /// The image's size and crop.
    pub image: ImageInfo,
    /// Wall-clock times.
    pub ms: Milliseconds,
    /// Whether this was the model's first run, in which a driver may compile pipelines.
    pub first_run: bool,
}

/// An image's size and crop in pixels, after the EXIF orientation is applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageInfo {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The part that the crop keeps.
    pub crop: CropBox,
    /// A warning if the file has a fault that did not prevent decoding it, or if the prediction is unreliable because the image is
    /// tiny or the crop keeps little of it.
    pub warning: Option<String>,
}

impl ImageInfo {
    /// The crop of an image of this size, with a warning if needed.
    pub(super) fn new(width: u32, height: u32, preprocess: &Preprocess) -> Self {
        let crop = preprocess.crop_box(width, height);
        let side = preprocess.crop;
        let share = crop.width * crop.height / (f64::from(width) * f64::from(height));
        let warning = if crop.width * 8.0 < f64::from(side) {
            Some(format!(
                "this image has only {width} x {height} pixels and is enlarged to the network's {side} x {side}: the prediction is unreliable"
            ))
        } else if share < 0.05 {
            Some(format!(
                "the network sees only {:.1} % of this image of {width} x {height} pixels: the prediction is unreliable",
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
    /// Decoding: from the file to pixels.
    pub decode: f64,
    /// Preprocessing: from pixels to the network's input.
    pub preprocess: f64,
    /// Inference: upload, network, read-back of the logits.
    pub infer: f64,
}

/// How strongly a logit depends on the output of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradientNorm {
    /// The layer, as in `layer1.0.conv1`.
    pub node: String,
    /// The Euclidean norm of the gradient of the logit with respect to its output.
    pub gradient: f64,
    /// The Euclidean norm of its output.
    pub value: f64,
}

/// The effect of switching off the branch of one residual block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockImportance {
    /// The block, as in `layer1.0`.
    pub block: String,
    /// The probability of the class without the branch.
    pub probability: f32,
    /// The difference to its probability with the branch.
    pub change: f32,
    /// The index of the most probable class without the branch.
    pub top: usize,
}

/// The progress of a measurement of all blocks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportanceProgress<'a> {
    /// Blocks that have been measured.
    pub done: usize,
    /// The number of blocks.
    pub total: usize,
    /// The block that was measured last.
    pub latest: &'a BlockImportance,
}

/// Wall-clock times of a model in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Timings {
    /// Reading and uploading the weights, compiling the pipelines.
    pub load: f64,
    /// The first run.
    pub first: Option<f64>,
    /// The latest run.
    pub infer: Option<f64>,
}

/// The current model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelInfo {
    /// The name on the card.
    pub name: String,
    /// The architecture, as in `ResNet-50`.
    pub architecture: String,
    /// Channels of the stem; 64 in the paper.
    pub width: usize,
    /// Number of classes; 0 for a network without a classifier.
    pub classes: usize,
    /// The number of learned parameters, without the running statistics of batch normalisation.
    pub parameters: usize,
    /// Channels, rows and columns of the input.
    pub input: [usize; 3],
    /// The preprocessing of images.
    pub preprocess: Preprocess,
    /// The naming scheme of the weight file, as in `torchvision`.
    pub scheme: &'static str,
    /// Sentences about choices made in reading the file: which copy of the network is used, what was left out or assumed.
    pub notes: Vec<String>,
    /// Smallest probability of the best class at which an answer counts as sure; `None` where the card does not state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sure_from: Option<f32>,
    /// The licence on the card.
    pub licence: String,
    /// Dispatches per image.
    pub dispatches: usize,
    /// The storage format of the weights on the GPU.
    pub precision: WeightFormat,
    /// The narrowest type in which a layer multiplies.
    pub compute_type: ComputeType,
    /// Bytes of all parameters on the GPU.
    pub parameter_bytes: u64,
    /// The edits of the network, as texts.
    pub edits: Vec<Surgery>,
}

impl ModelInfo {
    /// Whether an answer counts as sure; `None` where the card does not state from which probability on.
    pub fn is_sure(&self, answer: &Classification) -> Option<bool> {
        let best = answer.predictions.first()?;
        Some(best.probability >= self.sure_from?)
    }
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
    /// The shape of the output, NCHW.
    pub shape: [usize; 4],
    /// The number of learned parameters.
    pub parameters: usize,
    /// Multiply-accumulates for one image.
    pub macs: u64,
    /// The names of the nodes that it takes as inputs; `input` is the network's input.
    pub inputs: Vec<String>,
    /// The attributes, as in `3x3 stride 2 padding 1`.
    pub attributes: String,
    /// Rows and columns of the sliding window; `None` for operators without one.
    pub kernel_size: Option<[usize; 2]>,
    /// The window's stride in rows and columns; `None` for operators without one.
    pub stride: Option<[usize; 2]>,
    /// The stage, as in `layer1`; `None` outside of the stages.
    pub stage: Option<String>,
    /// The block, as in `layer1.0`; `None` outside of the stages.
    pub block: Option<String>,
}

impl LayerInfo {
    /// All nodes of a graph in order of execution.
    pub(super) fn all(graph: &Graph) -> Vec<Self> {
        graph.nodes().iter().map(|node| Self::of(graph, node)).collect()
    }

    /// All nodes of a graph, with the shapes and strides that they have after its edits.
    pub(super) fn of_edited(loaded: &Graph, edited: &Graph) -> Vec<Self> {
        let by_name: HashMap<&str, &Node> = edited.nodes().iter().map(|node| (&node.name[..], node)).collect();
        let layer = |node: &Node| {
            let unedited = Self::of(loaded, node);
            // A lesion or a factor may have taken the node's name.
            let intact = by_name.get(&format!("{}@intact", node.name)[..]).or_else(|| by_name.get(&node.name[..]));
            match intact {
                Some(found) if found.op.kind() == node.op.kind() => Self {
                    inputs: unedited.inputs,
                    name: unedited.name,
                    stage: unedited.stage,
                    block: unedited.block,
                    ..Self::of(edited, found)
                },
                Some(found) => Self { shape: found.shape.dims(), ..unedited },
                None => unedited,
            }
        };
        loaded.nodes().iter().map(layer).collect()
    }

    fn of(graph: &Graph, node: &Node) -> Self {
        let name = |value: &ValueRef| match value {
            ValueRef::Input => "input".to_owned(),
            ValueRef::Node(index) => graph.nodes()[*index].name.clone(),
        };
        let parts: Vec<&str> = node.name.split('.').collect();
        let in_block = parts.len() > 2;
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
            stage: in_block.then(|| parts[0].to_owned()),
            block: in_block.then(|| parts[..2].join(".")),
        }
    }
}
