//! Recognises unsupported architectures by their tensor names, so the error message can name them.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The beginning of a name or of its part after a dot, another part of it, and the architecture that has such a tensor.
const SIGNATURES: [(&str, &str, &str); 40] = [
    ("layer", ".se.conv.", "a ResNet with efficient channel attention (ECA-Net)"),
    ("layer", ".se.channel.", "a ResNet with an attention module (CBAM)"),
    ("layer", ".se.spatial.", "a ResNet with an attention module (CBAM)"),
    ("layer", ".se.conv_attn.", "a ResNet with global context blocks (GCNet)"),
    ("layer", ".se.mlp", "a ResNet with an attention module"),
    ("layer", ".se_module.", "an SE-ResNet of pretrained-models.pytorch, which pools and strides in other places"),
    ("layer", ".conv1.attn.", "a selective-kernel ResNet (SKNet)"),
    ("layer", ".attn.", "a ResNet with an attention module"),
    ("layer", ".ca.", "a ResNet with an attention module (CBAM)"),
    ("layer", ".cbam.", "a ResNet with an attention module (CBAM)"),
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
    ("stages.", ".conv_dw.", "a ConvNeXt"),
    ("cls_token", "", "a vision transformer"),
    ("class_token", "", "a vision transformer"),
    ("patch_embed.", "", "a vision transformer"),
    ("vit.", "", "a vision transformer"),
    ("visual.", "", "a CLIP model"),
    ("text_model.", "", "a CLIP model"),
    ("rpn.", "", "a detector of objects"),
    ("lm_head.", "", "a language model"),
    ("embed_tokens.", "", "a language model"),
    ("transformer.h.", "", "a language model"),
];

/// Refuses a network of a known unsupported architecture.
///
/// # Errors
/// [`Error::Weights`] with the tensor by which it was recognised.
pub(super) fn refuse(tensors: &BTreeMap<String, Vec<usize>>) -> Result<()> {
    let known = |name: &String| {
        let begins = |beginning: &str| name.starts_with(beginning) || name.contains(&format!(".{beginning}"));
        let signature = SIGNATURES.iter().find(|(beginning, part, _)| begins(beginning) && name.contains(part))?;
        Some((name.clone(), signature.2))
    };
    match tensors.keys().find_map(known).or_else(|| by_dims(tensors)) {
        None => Ok(()),
        Some((name, what)) => Err(Error::Weights(format!(
            "{name}: expected a tensor of a ResNet, wide ResNet or ResNeXt as torchvision has them, found one of {what}"
        ))),
    }
}

/// Variants with the tensor names of a ResNet.
fn by_dims(tensors: &BTreeMap<String, Vec<usize>>) -> Option<(String, &'static str)> {
    for (name, dims) in tensors {
        // The normalisation before a block's first convolution has the channels of the block's input.
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
