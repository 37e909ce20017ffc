//! The epilogue of an operator: element-wise work on each output value before it is stored, fused from the nodes that follow.

/// `y = activation(sum * scale + shift + residual)`. Each part is optional.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Epilogue {
    /// Multiplies by the scale and adds the shift of a batch normalisation, both per channel.
    pub norm: bool,
    /// Adds another tensor of the output's shape.
    pub residual: bool,
    /// Applies an activation function.
    pub activation: Option<Activation>,
}

impl Epilogue {
    /// Stores the plain sum.
    pub const NONE: Self = Self { norm: false, residual: false, activation: None };
}

/// The part of an [`Epilogue`] that computes an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpiloguePart {
    /// `y = x * scale[c] + shift[c]`, from the operator's packed parameter `affine`.
    Norm,
    /// `y = x + residual`. The order of the two inputs is irrelevant.
    Residual,
    /// `y = activation(x)`.
    Activation(Activation),
}

/// An activation function that an [`Epilogue`] can apply. A variant's value is its code in `shaders/lib/activation.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `max(x, 0)`
    Relu = 1,
    /// `x / (1 + exp(-x))`
    Silu = 2,
}
