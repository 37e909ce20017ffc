//! Recognises unsupported architectures by their tensor names, so the error message can name them.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The beginning of a name or of its part after a dot, another part of it, and what has such a tensor.
const SIGNATURES: [(&str, &str, &str); 54] = [
    ("", ".weight_orig", "a pruned network; call torch.nn.utils.prune.remove before saving"),
    ("", ".weight_mask", "a pruned network; call torch.nn.utils.prune.remove before saving"),
    ("", ".weight_g", "a network with weight normalisation; call torch.nn.utils.remove_weight_norm before saving"),
    ("", ".weight_v", "a network with weight normalisation; call torch.nn.utils.remove_weight_norm before saving"),
    (
        "",
        ".parametrizations.",
        "a parametrised network; call torch.nn.utils.parametrize.remove_parametrizations before saving",
    ),
    ("", ".lora_", "a LoRA adapter, which is no network of its own"),
    ("", ".kernel", "a network of Keras, TensorFlow or Flax, whose layouts differ"),
    ("", "._packed_params", "a quantised network"),
    ("", ".zero_point", "a quantised network"),
    ("", ".aux_bn", "a network with split batch normalisation (AdvProp)"),
    ("layer", ".IN.", "a ResNet with instance normalisation (IBN-Net)"),
    ("layer", ".bn1.BN.", "a ResNet with instance normalisation (IBN-Net)"),
    ("attnpool.", "", "a CLIP model"),
    ("attn_pool.", "", "a CLIP model"),
    ("stages.", ".conv1_1x1.", "a ResNet of timm's ByobNet, such as CLIP's"),
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
    match tensors.keys().find_map(known).or_else(|| by_dims(tensors)).or_else(|| by_rank(tensors)) {
        None => Ok(()),
        Some((name, what)) => Err(Error::Weights(format!(
            "{name}: expected a tensor of a ResNet, wide ResNet or ResNeXt as torchvision has them, found one of {what}"
        ))),
    }
}

/// Networks whose convolutions are not two-dimensional.
fn by_rank(tensors: &BTreeMap<String, Vec<usize>>) -> Option<(String, &'static str)> {
    tensors.iter().filter(|(name, _)| name.ends_with("conv1.weight")).find_map(|(name, dims)| {
        let what = match dims.len() {
            3 => "a network of one-dimensional convolutions, for signals",
            5 => "a network of three-dimensional convolutions, for volumes or videos",
            _ => return None,
        };
        Some((name.clone(), what))
    })
}

/// Variants with the tensor names of a ResNet.
fn by_dims(tensors: &BTreeMap<String, Vec<usize>>) -> Option<(String, &'static str)> {
    if tensors.contains_key("conv3.weight") && tensors.contains_key("bn3.weight") {
        return Some(("conv3.weight".to_owned(), "a stem of three convolutions, as in CLIP's ResNets"));
    }
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
