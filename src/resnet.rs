//! The ResNet family as the paper and torchvision draw it.
//!
//! He, Zhang, Ren & Sun, *Deep Residual Learning for Image Recognition*, 2015 (arXiv 1512.03385), table 1 and figure 5;
//! `torchvision/models/resnet.py`. Node names are those of `torchvision.models.feature_extraction`, to the letter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::graph::{Graph, GraphBuilder, Value};
use crate::ops::{Add, BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, Relu, Window};
use crate::shape::{Shape, join_extents};

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

/// What distinguishes one ResNet from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResNetConfig {
    /// The block.
    pub block: Block,
    /// Blocks in each stage, `layer1` first.
    pub stages: Vec<usize>,
    /// Channels of the stem and inside the blocks of `layer1`; doubled at each further stage. 64 in the paper.
    pub width: usize,
    /// Classes that the head tells apart.
    pub classes: usize,
    /// Channels of the picture.
    pub in_channels: usize,
    /// Where a down-sampling bottleneck has its stride.
    pub stride: StridePlacement,
}

impl ResNetConfig {
    fn imagenet(block: Block, stages: [usize; 4]) -> Self {
        let stride = StridePlacement::default();
        Self { block, stages: stages.into(), width: 64, classes: 1000, in_channels: 3, stride }
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

    /// The paper's name: weighted layers on the longest way through, the stem and the head among them.
    pub fn name(&self) -> String {
        format!("ResNet-{}", self.stages.iter().sum::<usize>() * self.block.convolutions() + 2)
    }

    /// Channels of the map that the pooling takes.
    fn features(&self) -> usize {
        (self.width << (self.stages.len() - 1)) * self.block.expansion()
    }

    /// Recognises a network by the extents of its tensors under torchvision's names. The stride placement is not in the
    /// tensors: it comes from the model's card.
    ///
    /// # Errors
    /// [`Error::Weights`] naming the tensor that a ResNet has and this file has not, or whose rank is wrong.
    pub fn infer(tensors: &BTreeMap<String, Vec<usize>>, stride: StridePlacement) -> Result<Self> {
        let extents = |name: &str, rank: usize| {
            let missing = || {
                Error::Weights(format!(
                    "this is not a ResNet under torchvision's names: expected a tensor {name}, found none among the {} of the file",
                    tensors.len()
                ))
            };
            let extents = tensors.get(name).ok_or_else(missing)?;
            if extents.len() != rank || extents.contains(&0) {
                let found = join_extents(extents);
                return Err(Error::Weights(format!("{name}: expected {rank} extents of at least 1, found {found}")));
            }
            Ok(extents)
        };
        let stem = extents("conv1.weight", 4)?;
        let head = extents("fc.weight", 2)?;
        let blocks = |stage: usize| {
            (0..).take_while(|block| tensors.contains_key(&format!("layer{stage}.{block}.conv1.weight"))).count()
        };
        let stages: Vec<usize> = (1..).map(blocks).take_while(|count| *count > 0).collect();
        extents("layer1.0.conv1.weight", 4)?;
        let bottleneck = tensors.contains_key("layer1.0.conv3.weight");
        Ok(Self {
            block: if bottleneck { Block::Bottleneck } else { Block::Basic },
            stages,
            width: stem[0],
            classes: head[0],
            in_channels: stem[1],
            stride,
        })
    }

    fn check(&self) -> Result<()> {
        let counts = [("width", self.width), ("classes", self.classes), ("in_channels", self.in_channels)];
        if let Some((what, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(Error::Graph(format!("{what} of a ResNet: expected at least 1, found 0")));
        }
        if self.stages.is_empty() || self.stages.contains(&0) || self.stages.len() > 8 {
            let found = &self.stages;
            return Err(Error::Graph(format!(
                "stages of a ResNet: expected 1 to 8 of at least one block, found {found:?}"
            )));
        }
        Ok(())
    }

    /// The graph for `batch` pictures of `height` rows and `width` columns.
    ///
    /// # Errors
    /// [`Error::Graph`] for a configuration with a count of zero, [`Error::Shape`] when the picture is too small.
    pub fn graph(&self, batch: usize, height: usize, width: usize) -> Result<Graph> {
        self.check()?;
        let mut net =
            Builder { graph: GraphBuilder::new(Shape::new(batch, self.in_channels, height, width)), config: self };
        let mut channels = self.width;
        let mut x = net.conv_bn("conv1", "bn1", Value::Input, [self.in_channels, channels], Window::square(7, 2, 3))?;
        x = net.graph.add("relu", Relu, &[x])?;
        x = net.graph.add("maxpool", MaxPool2d { window: Window::square(3, 2, 1) }, &[x])?;
        for (stage, blocks) in self.stages.iter().enumerate() {
            let inner = self.width << stage;
            for block in 0..*blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                x = net.block(&format!("layer{}.{block}", stage + 1), x, channels, inner, stride)?;
                channels = inner * self.block.expansion();
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
    /// A convolution without bias and the normalisation behind it; `channels` in and out.
    fn conv_bn(&mut self, conv: &str, bn: &str, x: Value, channels: [usize; 2], window: Window) -> Result<Value> {
        let [in_channels, out_channels] = channels;
        let y = self.graph.add(conv, Conv2d { in_channels, out_channels, window, bias: false }, &[x])?;
        self.graph.add(bn, BatchNorm2d { channels: out_channels, eps: BatchNorm2d::EPS }, &[y])
    }

    /// The windows of a block's convolutions.
    fn windows(&self, stride: usize) -> Vec<Window> {
        let one = |stride| Window::square(1, stride, 0);
        let three = |stride| Window::square(3, stride, 1);
        match (self.config.block, self.config.stride) {
            (Block::Basic, _) => vec![three(stride), three(1)],
            (Block::Bottleneck, StridePlacement::FirstConv1x1) => vec![one(stride), three(1), one(1)],
            (Block::Bottleneck, StridePlacement::Conv3x3) => vec![one(1), three(stride), one(1)],
        }
    }

    /// `relu(F(x) + x)`, with x projected by a 1x1 convolution where its shape is not that of F(x) (option B of the paper).
    fn block(&mut self, name: &str, x: Value, channels: usize, inner: usize, stride: usize) -> Result<Value> {
        let outer = inner * self.config.block.expansion();
        let windows = self.windows(stride);
        let last = windows.len() - 1;
        let (mut residual, mut before) = (x, channels);
        for (i, window) in windows.into_iter().enumerate() {
            let after = if i == last { outer } else { inner };
            let (conv, bn) = (format!("{name}.conv{}", i + 1), format!("{name}.bn{}", i + 1));
            residual = self.conv_bn(&conv, &bn, residual, [before, after], window)?;
            if i < last {
                residual = self.graph.add(relu_name(name, i), Relu, &[residual])?;
            }
            before = after;
        }
        let mut shortcut = x;
        if stride != 1 || channels != outer {
            let (conv, bn) = (format!("{name}.downsample.0"), format!("{name}.downsample.1"));
            shortcut = self.conv_bn(&conv, &bn, x, [channels, outer], Window::square(1, stride, 0))?;
        }
        let sum = self.graph.add(format!("{name}.add"), Add, &[residual, shortcut])?;
        self.graph.add(relu_name(name, last), Relu, &[sum])
    }
}

/// torchvision calls one `relu` module several times in a block; its tracer numbers the calls from the second on.
fn relu_name(block: &str, call: usize) -> String {
    if call == 0 { format!("{block}.relu") } else { format!("{block}.relu_{call}") }
}
