//! The parameters that distinguish one ResNet from another.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The residual function of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Block {
    /// Two 3x3 convolutions (ResNet-18 and -34).
    Basic,
    /// 1x1 to fewer channels, 3x3, 1x1 to four times as many (ResNet-50 and deeper).
    Bottleneck,
}

impl Block {
    /// Output channels of a block per channel inside it.
    pub const fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck => 4,
        }
    }

    /// Convolutions of the residual function.
    pub const fn convolutions(self) -> usize {
        match self {
            Self::Basic => 2,
            Self::Bottleneck => 3,
        }
    }
}

/// Which convolution of a down-sampling bottleneck has the stride. Both placements have the same tensors, so a weight file does not
/// determine it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum StridePlacement {
    /// The first 1x1, as in the paper.
    #[serde(rename = "first-conv1x1")]
    FirstConv1x1,
    /// The 3x3, as in torchvision ("v1.5").
    #[default]
    #[serde(rename = "conv3x3")]
    Conv3x3,
}

/// The layers before the first block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stem {
    /// A 7x7 convolution of stride 2 and max pooling of stride 2: the paper's network for ImageNet.
    Conv7x7Pool,
    /// A 3x3 convolution of stride 1 without pooling: the paper's network for CIFAR-10, and others for small images.
    Conv3x3,
    /// Three 3x3 convolutions, the first of stride 2, and max pooling: ResNet-C and -D.
    Deep {
        /// Output channels of the first two convolutions.
        channels: [usize; 2],
    },
}

/// The shortcut of a block whose output has another shape than its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// Every second row and column, with zeros for the additional channels: option A of the paper.
    ZeroPad,
    /// A 1x1 convolution with the stride of the block: option B.
    Projection,
    /// 2x2 average pooling of stride 2 and a 1x1 convolution of stride 1: ResNet-D.
    AvgPoolProjection,
}

/// Anti-aliased downsampling: the convolutions have stride 1, and a pool with stride 2 follows the activation. Not in the tensors:
/// timm's `aa_layer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AntiAlias {
    /// A binomial filter of three taps; the pool of the stem has stride 1 and is followed by one as well.
    Blur,
    /// The mean of 2x2 values, also in place of the pool of the stem.
    Average,
}

/// The normalisation after every convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalisation {
    /// Batch normalisation with stored statistics.
    Batch,
    /// Group normalisation; the number of groups is not in the tensors.
    Group {
        /// Groups of channels.
        groups: usize,
    },
}

impl Normalisation {
    /// Group normalisation as Wu & He 2018 and timm use it.
    pub const GROUP: Self = Self::Group { groups: 32 };
}

/// The most channels of a stem or inside a first block; after eight stages their number can still be represented.
const MAX_WIDTH: usize = 1 << 16;

/// What distinguishes one ResNet from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResNetConfig {
    /// The residual function.
    pub block: Block,
    /// Blocks per stage, `layer1` first.
    pub stages: Vec<usize>,
    /// The layers before the first block.
    pub stem: Stem,
    /// The shortcuts between stages.
    pub shortcut: Shortcut,
    /// Output channels of the stem, 64 in the paper. The blocks of `layer1` have [`Block::expansion`] times as many output channels,
    /// doubled at each further stage.
    pub width: usize,
    /// Channels inside the blocks of `layer1`, doubled at each further stage: `width`, unless the network is wide or a ResNeXt.
    pub inner: usize,
    /// Groups of the 3x3 convolutions of bottlenecks: 1, or ResNeXt's cardinality.
    pub groups: usize,
    /// Whether convolutions have a bias besides the normalisation that follows.
    pub conv_bias: bool,
    /// The normalisation after every convolution.
    pub normalisation: Normalisation,
    /// Channels inside the squeeze-and-excitation of each stage's blocks; empty for a network without.
    pub squeeze: Vec<usize>,
    /// Classes of the classifier; `None` for a backbone, whose output are the pooled features.
    pub classes: Option<usize>,
    /// Channels of the image.
    pub in_channels: usize,
    /// Which convolution of a down-sampling bottleneck has the stride.
    pub stride: StridePlacement,
    /// Pools in place of strides; `None` for all others than anti-aliased networks.
    pub anti_alias: Option<AntiAlias>,
}

impl ResNetConfig {
    fn imagenet(block: Block, stages: [usize; 4]) -> Self {
        Self {
            block,
            stages: stages.into(),
            stem: Stem::Conv7x7Pool,
            shortcut: Shortcut::Projection,
            width: 64,
            inner: 64,
            groups: 1,
            conv_bias: false,
            normalisation: Normalisation::Batch,
            squeeze: Vec::new(),
            classes: Some(1000),
            in_channels: 3,
            stride: StridePlacement::default(),
            anti_alias: None,
        }
    }

    /// ResNet-18: two basic blocks per stage.
    pub fn resnet18() -> Self {
        Self::imagenet(Block::Basic, [2, 2, 2, 2])
    }

    /// ResNet-34: 3, 4, 6 and 3 basic blocks.
    pub fn resnet34() -> Self {
        Self::imagenet(Block::Basic, [3, 4, 6, 3])
    }

    /// ResNet-50: 3, 4, 6 and 3 bottlenecks.
    pub fn resnet50() -> Self {
        Self::imagenet(Block::Bottleneck, [3, 4, 6, 3])
    }

    /// ResNet-101: 3, 4, 23 and 3 bottlenecks.
    pub fn resnet101() -> Self {
        Self::imagenet(Block::Bottleneck, [3, 4, 23, 3])
    }

    /// ResNet-152: 3, 8, 36 and 3 bottlenecks.
    pub fn resnet152() -> Self {
        Self::imagenet(Block::Bottleneck, [3, 8, 36, 3])
    }

    /// Wide ResNet-50-2: bottlenecks with twice as many channels inside.
    pub fn wide_resnet50_2() -> Self {
        Self { inner: 128, ..Self::resnet50() }
    }

    /// ResNeXt-50 32x4d: 3x3 convolutions in 32 groups of 4 channels.
    pub fn resnext50_32x4d() -> Self {
        Self { inner: 128, groups: 32, ..Self::resnet50() }
    }

    /// ResNet-50-D: three 3x3 convolutions in the stem, average pooling in the shortcuts.
    pub fn resnet50d() -> Self {
        Self { stem: Stem::Deep { channels: [32, 32] }, shortcut: Shortcut::AvgPoolProjection, ..Self::resnet50() }
    }

    /// SE-ResNet-50: squeeze-and-excitation with a sixteenth of the channels at the end of each residual function.
    pub fn seresnet50() -> Self {
        Self { squeeze: vec![16, 32, 64, 128], ..Self::resnet50() }
    }

    /// ResNet-50 with group normalisation.
    pub fn resnet50_gn() -> Self {
        Self { normalisation: Normalisation::GROUP, ..Self::resnet50() }
    }

    /// ResNet-50 with blur pooling, timm's `resnetblur50`.
    pub fn resnetblur50() -> Self {
        Self { anti_alias: Some(AntiAlias::Blur), ..Self::resnet50() }
    }

    /// The paper's network for CIFAR-10 of 6n + 2 layers: three stages of n basic blocks with 16, 32 and 64 channels.
    pub fn cifar10(n: usize) -> Self {
        Self {
            stages: vec![n; 3],
            stem: Stem::Conv3x3,
            shortcut: Shortcut::ZeroPad,
            width: 16,
            inner: 16,
            classes: Some(10),
            ..Self::resnet18()
        }
    }

    /// The paper's name: the number of weighted layers on the longest path; the width factor, or the groups and their channels;
    /// the letter of a variant; normalisation and pooling.
    pub fn name(&self) -> String {
        let layers = self.stages.iter().sum::<usize>() * self.block.convolutions() + 2;
        let variant = match (self.stem, self.shortcut) {
            (Stem::Deep { .. }, Shortcut::AvgPoolProjection) => "-D",
            (Stem::Deep { .. }, _) => "-C",
            _ => "",
        };
        let squeeze = if self.squeeze.is_empty() { "" } else { "SE-" };
        let name = match self.inner as f64 / self.width as f64 {
            _ if self.groups > 1 => {
                format!("{squeeze}ResNeXt-{layers}{variant} {}x{}d", self.groups, self.inner / self.groups)
            }
            1.0 => format!("{squeeze}ResNet-{layers}{variant}"),
            times => format!("Wide {squeeze}ResNet-{layers}{variant}-{times}"),
        };
        let norm = if self.normalisation == Normalisation::Batch { "" } else { " GN" };
        let pool = match self.anti_alias {
            None => "",
            Some(AntiAlias::Blur) => " with blur pooling",
            Some(AntiAlias::Average) => " with average pooling",
        };
        format!("{name}{norm}{pool}")
    }

    /// Channels of the pooled features.
    pub(super) fn features(&self) -> usize {
        (self.width << (self.stages.len() - 1)) * self.block.expansion()
    }

    /// Checks that a graph can be built.
    ///
    /// # Errors
    /// [`Error::Graph`] with the first field that is out of range.
    pub(super) fn check(&self) -> Result<()> {
        let deep = if let Stem::Deep { channels } = self.stem { channels } else { [1; 2] };
        let counts = [
            ("width", self.width),
            ("inner width", self.inner),
            ("first channels", deep[0]),
            ("second channels", deep[1]),
            ("groups", self.groups),
            ("classes", self.classes.unwrap_or(1)),
            ("in_channels", self.in_channels),
        ];
        if let Some((what, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(Error::Graph(format!("{what} of a ResNet: expected at least 1, found 0")));
        }
        if let Some((what, width)) = counts[..4].iter().find(|(_, width)| *width > MAX_WIDTH) {
            return Err(Error::Graph(format!("{what} of a ResNet: expected at most {MAX_WIDTH}, found {width}")));
        }
        if self.block == Block::Basic && self.groups > 1 {
            return Err(Error::Graph(format!("groups of basic blocks: expected 1, found {}", self.groups)));
        }
        if !self.squeeze.is_empty() && (self.squeeze.len() != self.stages.len() || self.squeeze.contains(&0)) {
            let (expected, found) = (self.stages.len(), &self.squeeze);
            return Err(Error::Graph(format!(
                "squeeze channels of a ResNet: expected at least one for each of {expected} stages, found {found:?}"
            )));
        }
        if self.stages.is_empty() || self.stages.contains(&0) || self.stages.len() > 8 {
            let found = &self.stages;
            return Err(Error::Graph(format!(
                "stages of a ResNet: expected 1 to 8 of at least one block, found {found:?}"
            )));
        }
        Ok(())
    }
}
