//! The ResNet family as the paper and torchvision draw it.
//!
//! He, Zhang, Ren & Sun, *Deep Residual Learning for Image Recognition*, 2015 (arXiv 1512.03385), table 1 and figure 5;
//! `torchvision/models/resnet.py`, with it Zagoruyko & Komodakis 2016 (wide ResNets) and Xie et al. 2017 (ResNeXt). Node names are those of `torchvision.models.feature_extraction`, to the letter.

mod unsupported;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::graph::{Graph, GraphBuilder, ValueRef};
use crate::ops::{Add, BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, Relu, Window};
use crate::shape::{Shape, join_dims};

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
    /// Channels that a block gives for each channel inside it.
    pub const fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck => 4,
        }
    }

    const fn convolutions(self) -> usize {
        match self {
            Self::Basic => 2,
            Self::Bottleneck => 3,
        }
    }
}

/// Which convolution of a down-sampling bottleneck takes the stride. A weight file does not say: both have the same shapes.
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

/// The most channels that a stem or the inside of a first block may have; eight stages later they still can be counted.
const MAX_WIDTH: usize = 1 << 16;

/// What distinguishes one ResNet from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResNetConfig {
    /// The block.
    pub block: Block,
    /// Blocks in each stage, `layer1` first.
    pub stages: Vec<usize>,
    /// Channels of the stem; the blocks of `layer1` give as many, or [`Block::expansion`] times as many, doubled at each further
    /// stage. 64 in the paper.
    pub width: usize,
    /// Channels inside the blocks of `layer1`, doubled at each further stage: `width`, unless the network is wide or a ResNeXt.
    pub inner: usize,
    /// Groups of the 3x3 convolutions of bottlenecks: 1, or ResNeXt's cardinality.
    pub groups: usize,
    /// Classes that the head tells apart.
    pub classes: usize,
    /// Channels of the image.
    pub in_channels: usize,
    /// Where a down-sampling bottleneck has its stride.
    pub stride: StridePlacement,
}

impl ResNetConfig {
    fn imagenet(block: Block, stages: [usize; 4]) -> Self {
        let stride = StridePlacement::default();
        let stages = stages.into();
        Self { block, stages, width: 64, inner: 64, groups: 1, classes: 1000, in_channels: 3, stride }
    }

    /// ResNet-18: two basic blocks a stage.
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

    /// The paper's name: weighted layers on the longest way through, the stem and the head among them; then how many times as wide
    /// its blocks are inside, or how many groups of how many channels `layer1` has.
    pub fn name(&self) -> String {
        let layers = self.stages.iter().sum::<usize>() * self.block.convolutions() + 2;
        if self.groups > 1 {
            return format!("ResNeXt-{layers} {}x{}d", self.groups, self.inner / self.groups);
        }
        match self.inner as f64 / self.width as f64 {
            1.0 => format!("ResNet-{layers}"),
            times => format!("Wide ResNet-{layers}-{times}"),
        }
    }

    /// Channels of the map that the pooling takes.
    fn features(&self) -> usize {
        (self.width << (self.stages.len() - 1)) * self.block.expansion()
    }

    /// Recognises a network by the dims of its tensors under torchvision's names. The stride placement is not in the
    /// tensors: it comes from the model's card.
    ///
    /// # Errors
    /// [`Error::Weights`] naming the tensor that a ResNet has and this file has not, whose rank is wrong, or that shows which other
    /// network it is.
    pub fn infer(tensors: &BTreeMap<String, Vec<usize>>, stride: StridePlacement) -> Result<Self> {
        let dims = |name: &str, rank: usize| {
            let missing = || {
                Error::Weights(format!(
                    "this is not a ResNet under torchvision's names: expected a tensor {name}, found none among the {} of the file",
                    tensors.len()
                ))
            };
            let dims = tensors.get(name).ok_or_else(missing)?;
            if dims.len() != rank || dims.contains(&0) {
                let found = join_dims(dims);
                return Err(Error::Weights(format!("{name}: expected {rank} dims of at least 1, found {found}")));
            }
            Ok(dims)
        };
        unsupported::refuse(tensors)?;
        let stem = dims("conv1.weight", 4)?;
        let head = dims("fc.weight", 2)?;
        let blocks = |stage: usize| {
            (0..).take_while(|block| tensors.contains_key(&format!("layer{stage}.{block}.conv1.weight"))).count()
        };
        let stages: Vec<usize> = (1..).map(blocks).take_while(|count| *count > 0).collect();
        let first = dims("layer1.0.conv1.weight", 4)?;
        let bottleneck = tensors.contains_key("layer1.0.conv3.weight");
        let inner = first[0];
        let seen = dims("layer1.0.conv2.weight", 4)?[1];
        // Where they do not divide, the file is compared with a network without groups, and told by that tensor.
        let groups = if bottleneck && inner.is_multiple_of(seen) { inner / seen } else { 1 };
        Ok(Self {
            block: if bottleneck { Block::Bottleneck } else { Block::Basic },
            stages,
            width: stem[0],
            inner,
            groups,
            classes: head[0],
            in_channels: stem[1],
            stride,
        })
    }

    fn check(&self) -> Result<()> {
        let counts = [
            ("width", self.width),
            ("inner width", self.inner),
            ("groups", self.groups),
            ("classes", self.classes),
            ("in_channels", self.in_channels),
        ];
        if let Some((what, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(Error::Graph(format!("{what} of a ResNet: expected at least 1, found 0")));
        }
        if let Some((what, width)) = counts[..2].iter().find(|(_, width)| *width > MAX_WIDTH) {
            return Err(Error::Graph(format!("{what} of a ResNet: expected at most {MAX_WIDTH}, found {width}")));
        }
        if self.block == Block::Basic && self.groups > 1 {
            return Err(Error::Graph(format!("groups of basic blocks: expected 1, found {}", self.groups)));
        }
        if self.stages.is_empty() || self.stages.contains(&0) || self.stages.len() > 8 {
            let found = &self.stages;
            return Err(Error::Graph(format!(
                "stages of a ResNet: expected 1 to 8 of at least one block, found {found:?}"
            )));
        }
        Ok(())
    }

    /// The graph for `batch` images of `height` rows and `width` columns.
    ///
    /// # Errors
    /// [`Error::Graph`] for a configuration with a count of zero, [`Error::Shape`] when the image is too small.
    pub fn graph(&self, batch: usize, height: usize, width: usize) -> Result<Graph> {
        self.check()?;
        let mut net =
            Builder { graph: GraphBuilder::new(Shape::new(batch, self.in_channels, height, width)), config: self };
        let mut channels = self.width;
        let stem = Conv2d {
            in_channels: self.in_channels,
            out_channels: channels,
            window: Window::square(7, 2, 3),
            groups: 1,
            bias: false,
        };
        let mut x = net.conv_bn("conv1", "bn1", ValueRef::Input, stem)?;
        x = net.graph.add("relu", Relu, &[x])?;
        x = net.graph.add("maxpool", MaxPool2d { window: Window::square(3, 2, 1) }, &[x])?;
        for (stage, blocks) in self.stages.iter().enumerate() {
            let outer = (self.width << stage) * self.block.expansion();
            for block in 0..*blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let widths = [channels, self.inner << stage, outer];
                x = net.block(&format!("layer{}.{block}", stage + 1), x, widths, stride)?;
                channels = outer;
            }
        }
        x = net.graph.add("avgpool", GlobalAvgPool2d, &[x])?;
        x = net.graph.add("flatten", Flatten, &[x])?;
        net.graph.add("fc", Linear { in_features: self.features(), out_features: self.classes }, &[x])?;
        net.graph.finish()
    }
}

struct Builder<'a> {
    graph: GraphBuilder,
    config: &'a ResNetConfig,
}

impl Builder<'_> {
    /// A convolution and the normalisation behind it.
    fn conv_bn(&mut self, name: &str, bn: &str, x: ValueRef, conv: Conv2d) -> Result<ValueRef> {
        let y = self.graph.add(name, conv, &[x])?;
        self.graph.add(bn, BatchNorm2d { channels: conv.out_channels, eps: BatchNorm2d::EPS }, &[y])
    }

    /// A block's convolutions; `widths` are the channels before it, inside it, and behind it.
    fn convolutions(&self, [before, inner, outer]: [usize; 3], stride: usize) -> Vec<Conv2d> {
        let conv = |in_channels, out_channels, window, groups| Conv2d {
            in_channels,
            out_channels,
            window,
            groups,
            bias: false,
        };
        let one = |inputs, outputs, stride| conv(inputs, outputs, Window::square(1, stride, 0), 1);
        let three = |inputs, outputs, stride, groups| conv(inputs, outputs, Window::square(3, stride, 1), groups);
        if self.config.block == Block::Basic {
            return vec![three(before, inner, stride, 1), three(inner, outer, 1, 1)];
        }
        let [first, second] = match self.config.stride {
            StridePlacement::FirstConv1x1 => [stride, 1],
            StridePlacement::Conv3x3 => [1, stride],
        };
        vec![one(before, inner, first), three(inner, inner, second, self.config.groups), one(inner, outer, 1)]
    }

    /// `relu(F(x) + x)`, with x projected by a 1x1 convolution where its shape is not that of F(x) (option B of the paper).
    fn block(&mut self, name: &str, x: ValueRef, widths: [usize; 3], stride: usize) -> Result<ValueRef> {
        let [before, _, outer] = widths;
        let convolutions = self.convolutions(widths, stride);
        let last = convolutions.len() - 1;
        let mut residual = x;
        for (i, convolution) in convolutions.into_iter().enumerate() {
            let (conv, bn) = (format!("{name}.conv{}", i + 1), format!("{name}.bn{}", i + 1));
            residual = self.conv_bn(&conv, &bn, residual, convolution)?;
            if i < last {
                residual = self.graph.add(relu_name(name, i), Relu, &[residual])?;
            }
        }
        let mut shortcut = x;
        if stride != 1 || before != outer {
            let (conv, bn) = (format!("{name}.downsample.0"), format!("{name}.downsample.1"));
            let window = Window::square(1, stride, 0);
            let projection = Conv2d { in_channels: before, out_channels: outer, window, groups: 1, bias: false };
            shortcut = self.conv_bn(&conv, &bn, x, projection)?;
        }
        let sum = self.graph.add(format!("{name}.add"), Add, &[residual, shortcut])?;
        self.graph.add(relu_name(name, last), Relu, &[sum])
    }
}

/// torchvision calls one `relu` module several times in a block; its tracer numbers the calls from the second on.
fn relu_name(block: &str, call: usize) -> String {
    if call == 0 { format!("{block}.relu") } else { format!("{block}.relu_{call}") }
}
