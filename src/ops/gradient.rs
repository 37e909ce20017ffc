//! Operators that compute gradients: with `L` a function of an operator's output `y`, each computes `∂L/∂x` from `dy = ∂L/∂y`.

pub(super) mod avgpool;
pub(super) mod batchnorm2d;
pub(super) mod blurpool2d;
pub(super) mod channel_gate;
pub(super) mod conv2d;
pub(super) mod grad_cam;
pub(super) mod groupnorm;
pub(super) mod linear;
pub(super) mod maxpool2d;
pub(super) mod one_hot;
mod phases;
pub(super) mod relu;
mod rules;
pub(super) mod silu;
pub(super) mod softmax;
pub(super) mod zero_pad_shortcut;

pub use rules::{Gradient, Operand};
