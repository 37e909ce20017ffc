//! The naming schemes of ResNet implementations as one table: patterns of their module names and torchvision's name of each.
//!
//! Prefixes such as `module.`, `backbone.` or `state_dict.model.` and the names of heads are not part of a scheme: see
//! [`super::candidates`] and [`super::head`].

/// A pattern, and torchvision's name.
pub(super) type Row = (&'static str, &'static str);

/// The module names of one implementation.
pub(super) struct Scheme {
    /// The implementation.
    pub name: &'static str,
    /// The number of the first stage.
    pub first_stage: u32,
    /// The number of the first convolution of a block.
    pub first_conv: u32,
    /// Groups of rows.
    pub rows: &'static [&'static [Row]],
}

const STEM: &[Row] = &[("conv1", "conv1"), ("bn1", "bn1")];

/// Three 3x3 convolutions in place of the 7x7: ResNet-C and -D of He et al. 2019 (arXiv 1812.01187), in timm and GluonCV.
const DEEP_STEM: &[Row] = &[
    ("conv1.0", "conv1.0"),
    ("conv1.1", "conv1.1"),
    ("conv1.3", "conv1.3"),
    ("conv1.4", "conv1.4"),
    ("conv1.6", "conv1.6"),
];

const BLOCKS: &[Row] =
    &[("layer{s}.{b}.conv{k}", "layer{s}.{b}.conv{k}"), ("layer{s}.{b}.bn{k}", "layer{s}.{b}.bn{k}")];

const DOWNSAMPLE: &[Row] = &[
    ("layer{s}.{b}.downsample.0", "layer{s}.{b}.downsample.0"),
    ("layer{s}.{b}.downsample.1", "layer{s}.{b}.downsample.1"),
    ("layer{s}.{b}.downsample.2", "layer{s}.{b}.downsample.2"),
];

/// Squeeze-and-excitation in timm, in networks whose `fc` is an `nn.Sequential` of linear layers, and in mmpretrain.
const SQUEEZE: &[Row] = &[
    ("layer{s}.{b}.se.fc1", "layer{s}.{b}.se.fc1"),
    ("layer{s}.{b}.se.fc2", "layer{s}.{b}.se.fc2"),
    ("layer{s}.{b}.se.fc.0", "layer{s}.{b}.se.fc1"),
    ("layer{s}.{b}.se.fc.2", "layer{s}.{b}.se.fc2"),
    ("layer{s}.{b}.se_layer.conv1.conv", "layer{s}.{b}.se.fc1"),
    ("layer{s}.{b}.se_layer.conv2.conv", "layer{s}.{b}.se.fc2"),
];

const SHORTCUT: &[Row] = &[
    ("layer{s}.{b}.shortcut.0", "layer{s}.{b}.downsample.0"),
    ("layer{s}.{b}.shortcut.1", "layer{s}.{b}.downsample.1"),
];

pub(super) const TORCHVISION: Scheme = Scheme {
    name: "torchvision",
    first_stage: 1,
    first_conv: 1,
    rows: &[STEM, DEEP_STEM, BLOCKS, SQUEEZE, DOWNSAMPLE],
};

/// All schemes; of two that match equally many tensors the first is chosen.
pub(super) const SCHEMES: [Scheme; 8] = [
    TORCHVISION,
    // `transformers/models/resnet/modeling_resnet.py`.
    Scheme {
        name: "transformers",
        first_stage: 0,
        first_conv: 0,
        rows: &[&[
            ("embedder.embedder.convolution", "conv1"),
            ("embedder.embedder.normalization", "bn1"),
            ("encoder.stages.{s}.layers.{b}.layer.{k}.convolution", "layer{s}.{b}.conv{k}"),
            ("encoder.stages.{s}.layers.{b}.layer.{k}.normalization", "layer{s}.{b}.bn{k}"),
            ("encoder.stages.{s}.layers.{b}.shortcut.convolution", "layer{s}.{b}.downsample.0"),
            ("encoder.stages.{s}.layers.{b}.shortcut.normalization", "layer{s}.{b}.downsample.1"),
        ]],
    },
    // `weiaicunzai/pytorch-cifar100`, and study notes after it: stages conv2 to conv5, blocks of `nn.Sequential`.
    Scheme {
        name: "residual_function (pytorch-cifar100)",
        first_stage: 2,
        first_conv: 1,
        rows: &[
            &[("conv1.0", "conv1"), ("conv1.1", "bn1")],
            &[
                ("conv{s}.{b}.residual_function.0", "layer{s}.{b}.conv1"),
                ("conv{s}.{b}.residual_function.1", "layer{s}.{b}.bn1"),
                ("conv{s}.{b}.residual_function.3", "layer{s}.{b}.conv2"),
                ("conv{s}.{b}.residual_function.4", "layer{s}.{b}.bn2"),
                ("conv{s}.{b}.residual_function.6", "layer{s}.{b}.conv3"),
                ("conv{s}.{b}.residual_function.7", "layer{s}.{b}.bn3"),
                ("conv{s}.{b}.shortcut.0", "layer{s}.{b}.downsample.0"),
                ("conv{s}.{b}.shortcut.1", "layer{s}.{b}.downsample.1"),
            ],
            &[
                ("conv{s}_x.{b}.residual_function.0", "layer{s}.{b}.conv1"),
                ("conv{s}_x.{b}.residual_function.1", "layer{s}.{b}.bn1"),
                ("conv{s}_x.{b}.residual_function.3", "layer{s}.{b}.conv2"),
                ("conv{s}_x.{b}.residual_function.4", "layer{s}.{b}.bn2"),
                ("conv{s}_x.{b}.residual_function.6", "layer{s}.{b}.conv3"),
                ("conv{s}_x.{b}.residual_function.7", "layer{s}.{b}.bn3"),
                ("conv{s}_x.{b}.shortcut.0", "layer{s}.{b}.downsample.0"),
                ("conv{s}_x.{b}.shortcut.1", "layer{s}.{b}.downsample.1"),
            ],
        ],
    },
    // `kuangliu/pytorch-cifar`, `akamaster/pytorch_resnet_cifar10`.
    Scheme { name: "pytorch-cifar", first_stage: 1, first_conv: 1, rows: &[STEM, BLOCKS, SQUEEZE, SHORTCUT] },
    // `Cadene/pretrained-models.pytorch`: some of its networks have the stem in a module `layer0`.
    Scheme {
        name: "pretrained-models.pytorch",
        first_stage: 1,
        first_conv: 1,
        rows: &[&[("layer0.conv1", "conv1"), ("layer0.bn1", "bn1")], BLOCKS, DOWNSAMPLE],
    },
    // The children of torchvision's network in an `nn.Sequential`, as fastai's `create_body` and feature extractors have them.
    Scheme {
        name: "the children of torchvision's network (fastai)",
        first_stage: 4,
        first_conv: 1,
        rows: &[&[
            ("0", "conv1"),
            ("1", "bn1"),
            ("{s}.{b}.conv{k}", "layer{s}.{b}.conv{k}"),
            ("{s}.{b}.bn{k}", "layer{s}.{b}.bn{k}"),
            ("{s}.{b}.downsample.0", "layer{s}.{b}.downsample.0"),
            ("{s}.{b}.downsample.1", "layer{s}.{b}.downsample.1"),
        ]],
    },
    // `open-mmlab/mmpretrain`: the deep stem of ResNetV1c and V1d.
    Scheme {
        name: "mmpretrain",
        first_stage: 1,
        first_conv: 1,
        rows: &[
            &[
                ("stem.0", "conv1.0"),
                ("stem.1", "conv1.1"),
                ("stem.3", "conv1.3"),
                ("stem.4", "conv1.4"),
                ("stem.6", "conv1.6"),
                ("stem.7", "bn1"),
            ],
            BLOCKS,
            DOWNSAMPLE,
        ],
    },
    // Tutorials that name the projection `identity_downsample`.
    Scheme {
        name: "identity_downsample",
        first_stage: 1,
        first_conv: 1,
        rows: &[
            STEM,
            BLOCKS,
            &[
                ("layer{s}.{b}.identity_downsample.0", "layer{s}.{b}.downsample.0"),
                ("layer{s}.{b}.identity_downsample.1", "layer{s}.{b}.downsample.1"),
            ],
        ],
    },
];
