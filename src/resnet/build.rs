//! Builds the graph of a configuration.

use super::config::{AntiAlias, Block, Normalisation, ResNetConfig, Shortcut, Stem, StridePlacement};
use crate::error::Result;
use crate::graph::{Graph, GraphBuilder, ValueRef};
use crate::ops::{
    Add, AvgPool2d, BatchNorm2d, BlurPool2d, ChannelGate, Conv2d, Flatten, GlobalAvgPool2d, GroupNorm, Linear,
    MaxPool2d, Op, Relu, Window, ZeroPadShortcut,
};
use crate::shape::Shape;

impl ResNetConfig {
    /// The graph for `batch` images of `height` rows and `width` columns.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] for a configuration with a count of zero, [`crate::Error::Shape`] when the image is too small.
    pub fn graph(&self, batch: usize, height: usize, width: usize) -> Result<Graph> {
        self.check()?;
        let input = Shape::new(batch, self.in_channels, height, width);
        let mut net = Builder { graph: GraphBuilder::new(input), config: self };
        let mut x = net.stem()?;
        let mut channels = self.width;
        for (stage, blocks) in self.stages.iter().enumerate() {
            let outer = (self.width << stage) * self.block.expansion();
            for block in 0..*blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let widths = [channels, self.inner << stage, outer];
                let squeeze = self.squeeze.get(stage).copied();
                x = net.block(&format!("layer{}.{block}", stage + 1), x, widths, stride, squeeze)?;
                channels = outer;
            }
        }
        x = net.graph.add("avgpool", GlobalAvgPool2d, &[x])?;
        x = net.graph.add("flatten", Flatten, &[x])?;
        if let Some(classes) = self.classes {
            net.graph.add("fc", Linear { in_features: self.features(), out_features: classes }, &[x])?;
        }
        net.graph.finish()
    }
}

struct Builder<'a> {
    graph: GraphBuilder,
    config: &'a ResNetConfig,
}

impl Builder<'_> {
    fn conv(&self, in_channels: usize, out_channels: usize, window: Window, groups: usize) -> Conv2d {
        Conv2d { in_channels, out_channels, window, groups, bias: self.config.conv_bias }
    }

    /// A convolution and the normalisation after it.
    fn conv_bn(&mut self, name: &str, bn: &str, x: ValueRef, conv: Conv2d) -> Result<ValueRef> {
        let y = self.graph.add(name, conv, &[x])?;
        let channels = conv.out_channels;
        let norm: Op = match self.config.normalisation {
            Normalisation::Batch => BatchNorm2d { channels, eps: BatchNorm2d::EPS }.into(),
            Normalisation::Group { groups } => GroupNorm { groups, channels, eps: GroupNorm::EPS }.into(),
        };
        self.graph.add(bn, norm, &[y])
    }

    /// The layers before the first block.
    fn stem(&mut self) -> Result<ValueRef> {
        let ResNetConfig { in_channels, width, stem, .. } = *self.config;
        let conv = |net: &Self, inputs, outputs, window| net.conv(inputs, outputs, window, 1);
        let three = |stride| Window::square(3, stride, 1);
        let mut x = match stem {
            Stem::Conv7x7Pool => {
                let conv = conv(self, in_channels, width, Window::square(7, 2, 3));
                self.conv_bn("conv1", "bn1", ValueRef::Input, conv)?
            }
            Stem::Conv3x3 => {
                let conv = conv(self, in_channels, width, three(1));
                self.conv_bn("conv1", "bn1", ValueRef::Input, conv)?
            }
            Stem::Deep { channels: [first, second] } => {
                let convs = [conv(self, in_channels, first, three(2)), conv(self, first, second, three(1))];
                let mut x = self.conv_bn("conv1.0", "conv1.1", ValueRef::Input, convs[0])?;
                x = self.graph.add("conv1.2", Relu, &[x])?;
                x = self.conv_bn("conv1.3", "conv1.4", x, convs[1])?;
                x = self.graph.add("conv1.5", Relu, &[x])?;
                let last = conv(self, second, width, three(1));
                self.conv_bn("conv1.6", "bn1", x, last)?
            }
        };
        x = self.graph.add("relu", Relu, &[x])?;
        if stem == Stem::Conv3x3 {
            return Ok(x);
        }
        match self.config.anti_alias {
            None => self.graph.add("maxpool", MaxPool2d { window: three(2) }, &[x]),
            Some(AntiAlias::Average) => self.graph.add("maxpool", AvgPool2d { side: 2 }, &[x]),
            Some(AntiAlias::Blur) => {
                let x = self.graph.add("maxpool.0", MaxPool2d { window: three(1) }, &[x])?;
                self.graph.add("maxpool.1", BlurPool2d, &[x])
            }
        }
    }

    /// A block's convolutions; `widths` are the channels before, inside and after it.
    fn convolutions(&self, [before, inner, outer]: [usize; 3], stride: usize) -> Vec<Conv2d> {
        let one = |inputs, outputs, stride| self.conv(inputs, outputs, Window::square(1, stride, 0), 1);
        let three = |inputs, outputs, stride, groups| self.conv(inputs, outputs, Window::square(3, stride, 1), groups);
        let stride = if self.config.anti_alias.is_some() { 1 } else { stride };
        if self.config.block == Block::Basic {
            return vec![three(before, inner, stride, 1), three(inner, outer, 1, 1)];
        }
        let [first, second] = match self.config.stride {
            StridePlacement::FirstConv1x1 => [stride, 1],
            StridePlacement::Conv3x3 => [1, stride],
        };
        vec![one(before, inner, first), three(inner, inner, second, self.config.groups), one(inner, outer, 1)]
    }

    /// `relu(F(x) + x)`, with x transformed where its shape is not that of F(x).
    fn block(
        &mut self,
        name: &str,
        x: ValueRef,
        widths: [usize; 3],
        stride: usize,
        squeeze: Option<usize>,
    ) -> Result<ValueRef> {
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
            // After the first 3x3 convolution.
            if stride > 1 && i + 2 == self.config.block.convolutions() {
                residual = self.anti_aliased(&format!("{name}.aa"), residual)?;
            }
        }
        if let Some(squeezed) = squeeze {
            residual = self.squeeze(&format!("{name}.se"), residual, [outer, squeezed])?;
        }
        let shortcut =
            if stride == 1 && before == outer { x } else { self.shortcut(name, x, [before, outer], stride)? };
        let sum = self.graph.add(format!("{name}.add"), Add, &[residual, shortcut])?;
        self.graph.add(relu_name(name, last), Relu, &[sum])
    }

    /// The pool of an anti-aliased network; the value itself in others.
    fn anti_aliased(&mut self, name: &str, x: ValueRef) -> Result<ValueRef> {
        match self.config.anti_alias {
            None => Ok(x),
            Some(AntiAlias::Blur) => self.graph.add(name, BlurPool2d, &[x]),
            Some(AntiAlias::Average) => self.graph.add(name, AvgPool2d { side: 2 }, &[x]),
        }
    }

    /// Squeeze-and-excitation with timm's names: each channel times a gate computed from the means of all channels. `channels` are those
    /// of the value and inside.
    fn squeeze(&mut self, name: &str, x: ValueRef, channels: [usize; 2]) -> Result<ValueRef> {
        let [outer, inner] = channels;
        let conv = |in_channels, out_channels| {
            let window = Window::square(1, 1, 0);
            Conv2d { in_channels, out_channels, window, groups: 1, bias: true }
        };
        let mut gate = self.graph.add(format!("{name}.pool"), GlobalAvgPool2d, &[x])?;
        gate = self.graph.add(format!("{name}.fc1"), conv(outer, inner), &[gate])?;
        gate = self.graph.add(format!("{name}.act"), Relu, &[gate])?;
        gate = self.graph.add(format!("{name}.fc2"), conv(inner, outer), &[gate])?;
        self.graph.add(format!("{name}.gate"), ChannelGate, &[x, gate])
    }

    fn shortcut(&mut self, name: &str, x: ValueRef, [before, outer]: [usize; 2], stride: usize) -> Result<ValueRef> {
        let node = |index: usize| format!("{name}.downsample.{index}");
        match self.config.shortcut {
            Shortcut::ZeroPad => self.graph.add(node(0), ZeroPadShortcut { channels: outer, stride }, &[x]),
            Shortcut::Projection => {
                let conv = self.conv(before, outer, Window::square(1, stride, 0), 1);
                self.conv_bn(&node(0), &node(1), x, conv)
            }
            Shortcut::AvgPoolProjection => {
                let pooled = if stride == 1 { x } else { self.graph.add(node(0), AvgPool2d { side: stride }, &[x])? };
                let conv = self.conv(before, outer, Window::square(1, 1, 0), 1);
                self.conv_bn(&node(1), &node(2), pooled, conv)
            }
        }
    }
}

/// torchvision calls one `relu` module several times in a block; its tracer numbers the calls from the second on.
fn relu_name(block: &str, call: usize) -> String {
    if call == 0 { format!("{block}.relu") } else { format!("{block}.relu_{call}") }
}
