//! The classifier of a network, whatever it is called: the linear layer that takes the features of the last stage.

use super::groups::Group;
use super::tensor::Tensor;
use crate::error::{Error, Result};

/// Names of modules that are classifiers.
const HEADS: [&str; 20] = [
    "fc",
    "linear",
    "classifier",
    "last_linear",
    "head",
    "heads",
    "cls",
    "cls_head",
    "logits",
    "out",
    "output",
    "output_layer",
    "fc_out",
    "fc_layer",
    "final",
    "final_layer",
    "last_fc",
    "dense",
    "fully_connected",
    "class_head",
];

/// Parts of the names of modules that training adds and that are not classifiers.
const TRAINING: [&str; 14] = [
    "loss", "crit", "center", "arc", "margin", "metric", "proj", "pred", "proto", "queue", "optim", "aux", "domain",
    "rotation",
];

/// The classifier: the module's path, and its tensors.
pub(super) struct Head {
    pub module: String,
    pub tensors: Vec<usize>,
}

/// Finds the classifier among the groups of tensors beside a network. `beside` is true for groups of the network's own level, whose
/// names decide; further out the shapes have to fit as well.
///
/// # Errors
/// [`Error::Weights`] when the classifier has several layers: the file does not contain the activations between them.
pub(super) fn find(groups: &[Group], tensors: &[Tensor<'_>], features: usize, beside: bool) -> Result<Option<Head>> {
    for group in groups.iter().filter(|group| is_head_name(group, beside) && !convolves(group, tensors)) {
        let weights = weights(group, tensors);
        let fits = weights.iter().any(|at| tensors[*at].dims.get(1) == Some(&features));
        if !beside && !fits && !group.key.bytes().all(|digit| digit.is_ascii_digit()) {
            continue;
        }
        match weights[..] {
            [] if !beside => continue,
            // Without a matrix the network cannot be built; the error then names the tensor.
            [] => return Ok(Some(Head { module: group.path.clone(), tensors: group.tensors.clone() })),
            [weight] => return one_layer(group, tensors, weight).map(Some),
            [first, .., last] => {
                let layers = weights.len();
                return Err(Error::Weights(format!(
                    "{}: expected a head of one linear layer, found one of {layers} layers that begins with {}; the file does not \
                     contain the activations between them",
                    tensors[last].name, tensors[first].name
                )));
            }
        }
    }
    let unnamed =
        groups.iter().filter(|group| !TRAINING.iter().any(|word| group.key.to_ascii_lowercase().contains(word)));
    let fitting: Vec<(&Group, usize)> = unnamed
        .filter_map(|group| match weights(group, tensors)[..] {
            // A convolution of 1x1 under such a name is part of a detector.
            [weight]
                if matches!(tensors[weight].dims[..], [_, inputs] if inputs == features)
                    && group.tensors.len() <= 2 =>
            {
                Some((group, weight))
            }
            _ => None,
        })
        .collect();
    match fitting[..] {
        [(group, weight)] => one_layer(group, tensors, weight).map(Some),
        _ => Ok(None),
    }
}

fn is_head_name(group: &Group, beside: bool) -> bool {
    let key = group.key.to_ascii_lowercase();
    HEADS.contains(&key.as_str()) || !beside && key.bytes().all(|digit| digit.is_ascii_digit())
}

/// The path of a head that computes maps.
pub(super) fn of_segmentation(groups: &[Group], tensors: &[Tensor<'_>]) -> Option<String> {
    let is_head = |group: &&Group| {
        let key = group.key.to_ascii_lowercase();
        (HEADS.contains(&key.as_str()) || ["decode_head", "segmentation_head"].contains(&key.as_str()))
            && convolves(group, tensors)
    };
    groups.iter().find(is_head).map(|group| group.path.clone())
}

/// Whether a group has convolutions of several pixels: the head of a segmentation or detection network.
fn convolves(group: &Group, tensors: &[Tensor<'_>]) -> bool {
    group.tensors.iter().any(|at| matches!(tensors[*at].dims[..], [_, _, h, w] if (h, w) != (1, 1)))
}

/// The matrices of a group: weights of rank 2, and of rank 4 for a 1x1 convolution in place of a linear layer.
fn weights(group: &Group, tensors: &[Tensor<'_>]) -> Vec<usize> {
    let matrix = |at: &usize| {
        let Tensor { name, dims, .. } = &tensors[*at];
        name.ends_with("weight") && (dims.len() == 2 || matches!(dims[..], [_, _, 1, 1]))
    };
    group.tensors.iter().copied().filter(matrix).collect()
}

fn one_layer(group: &Group, tensors: &[Tensor<'_>], weight: usize) -> Result<Head> {
    let module = tensors[weight].name.rsplit_once('.').map_or("", |(module, _)| module);
    let other =
        group.tensors.iter().find(|at| tensors[**at].name.rsplit_once('.').is_none_or(|(own, _)| own != module));
    match other {
        None => Ok(Head { module: module.to_owned(), tensors: group.tensors.clone() }),
        Some(other) => Err(Error::Weights(format!(
            "{}: expected a head of one linear layer {module}, found one with another layer",
            tensors[*other].name
        ))),
    }
}
