//! Matches a list of convolution shapes with the blocks of a ResNet.

use crate::resnet::Block;

/// Where the projection of a block is among its convolutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// After the residual function, as in torchvision.
    ShortcutLast,
    /// Before it.
    ShortcutFirst,
    /// There are no projections: shortcuts are padded with zeros (option A of the paper).
    NoShortcut,
}

/// The dims of a convolution, OIHW.
type Shape = [usize; 4];

/// torchvision's name of each convolution; `None` when the shapes are not those of a ResNet of these blocks in this order.
pub(super) fn parse(shapes: &[Shape], block: Block, order: Order) -> Option<Vec<String>> {
    let (stem, mut rest) = shapes.split_first()?;
    let [width, _, kernel, _] = *stem;
    if stem[2] != stem[3] || ![3, 7].contains(&kernel) {
        return None;
    }
    let second = rest.get(usize::from(order == Order::ShortcutFirst && block == Block::Bottleneck))?;
    let inner = second[0];
    let mut names = vec!["conv1".to_owned()];
    let mut channels = width;
    let (mut stage, mut index) = (0, 0);
    while !rest.is_empty() {
        let outer = |stage: usize| width.checked_shl(stage as u32)?.checked_mul(block.expansion());
        let blocks = Blocks { block, order, inner };
        // Another block of the stage, or else the first of the next.
        let (taken, count) = match blocks.take(rest, stage, channels, outer(stage)?, index > 0) {
            Some(count) if index > 0 || stage == 0 => ((stage, index), count),
            _ if index > 0 && stage < 7 => {
                ((stage + 1, 0), blocks.take(rest, stage + 1, channels, outer(stage + 1)?, false)?)
            }
            _ => return None,
        };
        (stage, index) = taken;
        channels = outer(stage)?;
        names.extend(blocks.names(stage, index, count));
        index += 1;
        rest = &rest[count..];
    }
    (names.len() > 1).then_some(names)
}

struct Blocks {
    block: Block,
    order: Order,
    /// Channels inside the blocks of the first stage.
    inner: usize,
}

impl Blocks {
    /// The number of convolutions of the next block if their shapes fit.
    fn take(&self, shapes: &[Shape], stage: usize, channels: usize, outer: usize, repeated: bool) -> Option<usize> {
        let inner = self.inner.checked_shl(stage as u32)?;
        let main: &[(usize, usize, usize)] = match self.block {
            Block::Basic => &[(channels, inner, 3), (inner, outer, 3)],
            Block::Bottleneck => &[(channels, inner, 1), (inner, inner, 3), (inner, outer, 1)],
        };
        let projected = self.order != Order::NoShortcut && !repeated && (stage > 0 || channels != outer);
        if repeated && channels != outer {
            return None;
        }
        let count = main.len() + usize::from(projected);
        let own = shapes.get(..count)?;
        let (main_shapes, projection) = match (projected, self.order) {
            (true, Order::ShortcutFirst) => (&own[1..], own.first()),
            (true, _) => (&own[..count - 1], own.last()),
            (false, _) => (own, None),
        };
        let fits = main_shapes.iter().zip(main).all(|(shape, (inputs, outputs, kernel))| {
            // Grouped convolutions see a part of the inputs only.
            let grouped =
                *kernel == 3 && self.block == Block::Bottleneck && shape[1] > 0 && inputs.is_multiple_of(shape[1]);
            shape[0] == *outputs && (shape[1] == *inputs || grouped) && shape[2..] == [*kernel; 2]
        });
        (fits && projection.is_none_or(|shape| *shape == [outer, channels, 1, 1])).then_some(count)
    }

    /// torchvision's names of the convolutions of a block.
    fn names(&self, stage: usize, index: usize, count: usize) -> Vec<String> {
        let block = format!("layer{}.{index}", stage + 1);
        let main = if self.block == Block::Basic { 2 } else { 3 };
        let mut names: Vec<String> = (1..=main).map(|number| format!("{block}.conv{number}")).collect();
        if count > main {
            let at = if self.order == Order::ShortcutFirst { 0 } else { main };
            names.insert(at, format!("{block}.downsample.0"));
        }
        names
    }
}

/// torchvision's name of the normalisation after a convolution.
pub(super) fn norm_name(convolution: &str) -> String {
    match convolution.strip_suffix("downsample.0") {
        Some(block) => format!("{block}downsample.1"),
        None => convolution.replace("conv", "bn"),
    }
}
