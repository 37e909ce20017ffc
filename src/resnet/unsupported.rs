//! Networks that people have and that are none of ours, told by their tensors, so that a refusal says what a file is.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// A tensor's name that begins with the first part and holds the second tells what the third says.
const SIGNS: [(&str, &str, &str); 33] = [
    ("conv1.0.", "", "a ResNet with a deep stem (ResNet-C, -D, ResNeSt)"),
    ("layer", ".se.", "a ResNet with squeeze-and-excitation (SE-ResNet)"),
    ("layer", ".se_module.", "a ResNet with squeeze-and-excitation (SE-ResNet)"),
    ("layer", ".aa.", "an anti-aliased ResNet"),
    ("layer", ".filt", "an anti-aliased ResNet"),
    ("maxpool.", ".filt", "an anti-aliased ResNet"),
    ("layer", ".convs.", "a Res2Net"),
    ("layer", ".conv2.fc1.", "a ResNeSt"),
    ("layer", ".conv2.attn.", "a selective-kernel ResNet (SKNet)"),
    ("layer", "._packed_params", "a quantised ResNet"),
    ("stages.", ".norm1.", "a pre-activation ResNet (ResNet v2, BiT)"),
    ("resnetv2.", "", "a pre-activation ResNet (ResNet v2, BiT)"),
    ("features.denseblock1.", "", "a DenseNet"),
    ("features.0.0.", "", "a MobileNet, EfficientNet or ConvNeXt"),
    ("features.3.squeeze.", "", "a SqueezeNet"),
    ("features.0.", "", "a VGG, an AlexNet or one of their kind"),
    ("Conv2d_1a_3x3.", "", "an Inception network"),
    ("inception3a.", "", "a GoogLeNet"),
    ("conv_stem.", "", "a MobileNet or EfficientNet"),
    ("trunk_output.", "", "a RegNet"),
    ("downsample_layers.", "", "a ConvNeXt"),
    ("convnext.", "", "a ConvNeXt"),
    ("cls_token", "", "a vision transformer"),
    ("class_token", "", "a vision transformer"),
    ("patch_embed.", "", "a vision transformer"),
    ("vit.", "", "a vision transformer"),
    ("visual.", "", "a CLIP model"),
    ("text_model.", "", "a CLIP model"),
    ("rpn.", "", "a detector of objects"),
    ("backbone.", "", "a network for detection or segmentation"),
    ("lm_head.", "", "a language model"),
    ("embed_tokens.", "", "a language model"),
    ("transformer.h.", "", "a language model"),
];

/// Refuses what is known to be another network.
///
/// # Errors
/// [`Error::Weights`] with the tensor that shows it.
pub(super) fn refuse(tensors: &BTreeMap<String, Vec<usize>>) -> Result<()> {
    let known = |name: &String| {
        let sign = SIGNS.iter().find(|(begins, part, _)| name.starts_with(begins) && name.contains(part))?;
        Some((name.clone(), sign.2))
    };
    match tensors.keys().find_map(known).or_else(|| by_extents(tensors)) {
        None => Ok(()),
        Some((name, what)) => Err(Error::Weights(format!(
            "{name}: expected a tensor of a ResNet, wide ResNet or ResNeXt as torchvision has them, found one of {what}"
        ))),
    }
}

/// Variants that call their tensors as a ResNet does.
fn by_extents(tensors: &BTreeMap<String, Vec<usize>>) -> Option<(String, &'static str)> {
    if let Some([_, 3, 3, 3]) = tensors.get("conv1.weight").map(Vec::as_slice) {
        return Some(("conv1.weight".to_owned(), "a ResNet for small images, with a stem of 3x3"));
    }
    for (name, dims) in tensors {
        if name.ends_with(".downsample.1.weight") && dims.len() == 4 {
            return Some((name.clone(), "a ResNet that pools in its shortcuts (ResNet-D)"));
        }
        // The normalisation in front of a block's first convolution has the channels that go in, not those that come out.
        let Some(block) = name.strip_suffix(".conv1.weight") else { continue };
        let norm = format!("{block}.bn1.weight");
        if let ([after, before, ..], Some([channels])) = (&dims[..], tensors.get(&norm).map(Vec::as_slice))
            && channels == before
            && channels != after
        {
            return Some((norm, "a pre-activation ResNet (ResNet v2)"));
        }
    }
    None
}
