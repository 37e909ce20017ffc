//! Small networks and parameters for tests of single operators.

use half::f16;
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{BatchNorm2d, Conv2d, Op, ParameterValues, WeightFormat, Window};
use resnet_lens::shape::Shape;

/// A chain of operators.
pub fn chain(input: Shape, ops: impl IntoIterator<Item = Op>) -> Graph {
    let mut net = GraphBuilder::new(input);
    let mut last = ValueRef::Input;
    for (index, op) in ops.into_iter().enumerate() {
        let name = format!("{}.{}", index, op.kind());
        last = net.add(name, op, &[last]).unwrap_or_else(|error| panic!("{error}"));
    }
    net.finish().expect("at least one operator")
}

/// A convolution without groups.
pub fn conv(channels: [usize; 2], window: Window, bias: bool) -> Conv2d {
    Conv2d { in_channels: channels[0], out_channels: channels[1], window, groups: 1, bias }
}

/// A batch normalisation with PyTorch's default epsilon.
pub fn norm(channels: usize) -> BatchNorm2d {
    BatchNorm2d { channels, eps: BatchNorm2d::EPS }
}

/// Parameters with weights that `weights` represents exactly.
pub fn representable(values: &ParameterValues, weights: WeightFormat) -> ParameterValues {
    let mut values = values.clone();
    if let (WeightFormat::F16, Some(weight)) = (weights, values.get_mut("weight")) {
        weight.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32());
    }
    values
}
