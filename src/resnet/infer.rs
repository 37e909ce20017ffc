//! Recognises a network by the names and dims of its tensors.

use std::collections::BTreeMap;

use super::config::{Block, Normalisation, ResNetConfig, Shortcut, Stem, StridePlacement};
use super::unsupported;
use crate::error::{Error, Result};
use crate::shape::join_dims;

/// Dims by name.
type Dims = BTreeMap<String, Vec<usize>>;

impl ResNetConfig {
    /// Recognises a network by the dims of its tensors under torchvision's names. The stride placement is not in the tensors: it
    /// comes from the model's card.
    ///
    /// # Errors
    /// [`Error::Weights`] with the tensor that is missing, has another rank than a ResNet's, or shows that this is another network.
    pub fn infer(tensors: &BTreeMap<String, Vec<usize>>, stride: StridePlacement) -> Result<Self> {
        unsupported::refuse(tensors)?;
        let (stem, width, in_channels) = stem(tensors)?;
        let classes = classes(tensors)?;
        let blocks = |stage: usize| {
            (0..).take_while(|block| tensors.contains_key(&format!("layer{stage}.{block}.conv1.weight"))).count()
        };
        let stages: Vec<usize> = (1..).map(blocks).take_while(|count| *count > 0).collect();
        let inner = dims(tensors, "layer1.0.conv1.weight", 4)?[0];
        let bottleneck = tensors.contains_key("layer1.0.conv3.weight");
        let group_inputs = dims(tensors, "layer1.0.conv2.weight", 4)?[1];
        // Channels that do not divide are compared with a network without groups; the error then names that tensor.
        let groups = if bottleneck && inner.is_multiple_of(group_inputs) { inner / group_inputs } else { 1 };
        Ok(Self {
            block: if bottleneck { Block::Bottleneck } else { Block::Basic },
            shortcut: shortcut(tensors, stages.len()),
            squeeze: squeeze(tensors, stages.len())?,
            stages,
            stem,
            width,
            inner,
            groups,
            conv_bias: has_conv_bias(tensors),
            normalisation: normalisation(tensors),
            classes,
            in_channels,
            stride,
            // Not in the tensors, as the stride: both come from the model's card.
            anti_alias: None,
        })
    }
}

fn dims<'a>(tensors: &'a Dims, name: &str, rank: usize) -> Result<&'a [usize]> {
    let missing = || {
        Error::Weights(format!(
            "this is not a ResNet under a known naming scheme: expected a tensor {name}, found none among the {} of the file",
            tensors.len()
        ))
    };
    let dims = tensors.get(name).ok_or_else(missing)?;
    if dims.len() != rank || dims.contains(&0) {
        let found = join_dims(dims);
        return Err(Error::Weights(format!("{name}: expected {rank} dims of at least 1, found {found}")));
    }
    Ok(dims)
}

/// The stem, its output channels and its input channels.
fn stem(tensors: &Dims) -> Result<(Stem, usize, usize)> {
    if tensors.contains_key("conv1.0.weight") && !tensors.contains_key("conv1.weight") {
        let first = dims(tensors, "conv1.0.weight", 4)?;
        let second = dims(tensors, "conv1.3.weight", 4)?;
        let third = dims(tensors, "conv1.6.weight", 4)?;
        return Ok((Stem::Deep { channels: [first[0], second[0]] }, third[0], first[1]));
    }
    let conv = dims(tensors, "conv1.weight", 4)?;
    if let [_, h, w, 1 | 3] = conv
        && h == w
        && *h > 3
    {
        let found = join_dims(conv);
        return Err(Error::Weights(format!(
            "conv1.weight: expected dims in PyTorch's order, output channels, input channels, rows, columns, found {found}, which ends with \
             the channels as in MLX and TensorFlow"
        )));
    }
    let stem = if conv[2..] == [3, 3] { Stem::Conv3x3 } else { Stem::Conv7x7Pool };
    Ok((stem, conv[0], conv[1]))
}

/// The classes of the head; `None` when the file has no tensor of a head.
fn classes(tensors: &Dims) -> Result<Option<usize>> {
    if !tensors.keys().any(|name| name.starts_with("fc.")) {
        return Ok(None);
    }
    Ok(Some(dims(tensors, "fc.weight", 2)?[0]))
}

fn shortcut(tensors: &Dims, stages: usize) -> Shortcut {
    let downsample = || tensors.iter().filter(|(name, _)| name.contains(".downsample."));
    if downsample().any(|(name, dims)| name.ends_with(".downsample.1.weight") && dims.len() == 4) {
        Shortcut::AvgPoolProjection
    } else if stages > 1 && downsample().next().is_none() {
        Shortcut::ZeroPad
    } else {
        Shortcut::Projection
    }
}

/// Whether any convolution has a bias; those that have none are then computed with zeros. Those of squeeze-and-excitation always have
/// one.
fn has_conv_bias(tensors: &Dims) -> bool {
    let of_convolution = |module: &str| tensors.get(&format!("{module}.weight")).is_some_and(|dims| dims.len() == 4);
    let modules = tensors.keys().filter_map(|name| name.strip_suffix(".bias"));
    modules.filter(|module| !module.contains(SQUEEZE)).any(of_convolution)
}

/// The module of squeeze-and-excitation in a block.
const SQUEEZE: &str = ".se.";

/// The channels inside the squeeze-and-excitation of each stage; empty when the network has none.
fn squeeze(tensors: &Dims, stages: usize) -> Result<Vec<usize>> {
    if !tensors.keys().any(|name| name.contains(SQUEEZE)) {
        return Ok(Vec::new());
    }
    (1..=stages).map(|stage| Ok(dims(tensors, &format!("layer{stage}.0.se.fc1.weight"), 4)?[0])).collect()
}

/// Group normalisation when no tensor is a statistic: it has none. Its usual number of groups has to divide the channels.
fn normalisation(tensors: &Dims) -> Normalisation {
    let has_statistics = tensors.keys().any(|name| name.ends_with("running_mean") || name.ends_with("running_var"));
    let Normalisation::Group { groups } = Normalisation::GROUP else { return Normalisation::Batch };
    let norms = || tensors.iter().filter(|(name, dims)| dims.len() == 1 && name.ends_with(".weight"));
    let divides = norms().next().is_some() && norms().all(|(_, dims)| dims[0].is_multiple_of(groups));
    if !has_statistics && divides { Normalisation::GROUP } else { Normalisation::Batch }
}
