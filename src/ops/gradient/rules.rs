//! The derivative of each operator with respect to its inputs, as the operator that computes it.

use crate::ops::{
    AvgPoolGradient, BatchNorm2dGradient, BlurPool2dGradient, ChannelGateGradient, Conv2dGradient, GroupNormGradient,
    LinearGradient, MaxPool2dGradient, Op, ReluGradient, SiluGradient, SoftmaxGradient, ZeroPadShortcutGradient,
};
use crate::shape::Shape;

/// What the gradient of an operator is computed from.
#[derive(Debug, Clone, PartialEq)]
pub enum Gradient {
    /// The gradient of every input is that of the output, as for an addition.
    Unchanged,
    /// The gradient of each input is computed by an operator of its own from these inputs.
    Computed(Vec<(Op, Vec<Operand>)>),
}

/// An input of an operator that computes a gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// The gradient of the output.
    Upstream,
    /// The first input of the forward operator.
    Input,
    /// The second input of the forward operator.
    SecondInput,
    /// The output of the forward operator.
    Output,
}

impl Op {
    /// How the gradient with respect to the inputs, which have these shapes, is computed; `None` for gradients themselves and for
    /// operators without a rule.
    pub fn gradient(&self, inputs: &[Shape]) -> Option<Gradient> {
        use Operand::{Input, Output, SecondInput, Upstream};
        let Shape { c: channels, h, w, .. } = inputs[0];
        let map = [h, w];
        let (op, operands): (Self, &[Operand]) = match *self {
            Self::Add(_) | Self::Identity(_) | Self::Flatten(_) => return Some(Gradient::Unchanged),
            Self::ChannelGate(gate) => {
                let of_map = (gate.into(), vec![Upstream, SecondInput]);
                let of_gate = (ChannelGateGradient.into(), vec![Upstream, Input, SecondInput]);
                return Some(Gradient::Computed(vec![of_map, of_gate]));
            }
            Self::Scale(scale) => (scale.into(), &[Upstream]),
            Self::Conv2d(forward) => (Conv2dGradient { forward, map }.into(), &[Upstream]),
            Self::BatchNorm2d(forward) => (BatchNorm2dGradient { forward }.into(), &[Upstream]),
            Self::GroupNorm(forward) => (GroupNormGradient { forward }.into(), &[Upstream, Input]),
            Self::Linear(forward) => (LinearGradient { forward }.into(), &[Upstream]),
            Self::GlobalAvgPool2d(_) => (AvgPoolGradient { window: map, map }.into(), &[Upstream]),
            Self::AvgPool2d(pool) => (AvgPoolGradient { window: [pool.side; 2], map }.into(), &[Upstream]),
            Self::BlurPool2d(_) => (BlurPool2dGradient { map }.into(), &[Upstream]),
            Self::ZeroPadShortcut(forward) => (ZeroPadShortcutGradient { forward, channels, map }.into(), &[Upstream]),
            Self::Relu(_) => (ReluGradient.into(), &[Upstream, Output]),
            Self::Silu(_) => (SiluGradient.into(), &[Upstream, Input]),
            Self::Softmax(_) => (SoftmaxGradient.into(), &[Upstream, Output]),
            Self::MaxPool2d(forward) => (MaxPool2dGradient { forward }.into(), &[Input, Output, Upstream]),
            Self::PooledLinear(_)
            | Self::Conv2dPair(_)
            | Self::Conv2dGradient(_)
            | Self::GroupNormGradient(_)
            | Self::BatchNorm2dGradient(_)
            | Self::ReluGradient(_)
            | Self::SiluGradient(_)
            | Self::MaxPool2dGradient(_)
            | Self::AvgPoolGradient(_)
            | Self::BlurPool2dGradient(_)
            | Self::ZeroPadShortcutGradient(_)
            | Self::ChannelGateGradient(_)
            | Self::LinearGradient(_)
            | Self::SoftmaxGradient(_)
            | Self::OneHot(_)
            | Self::GradCam(_) => return None,
        };
        Some(Gradient::Computed(vec![(op, operands.to_vec())]))
    }
}
