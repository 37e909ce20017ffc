//! The epilogue of a convolution as its kernels take it: flags in the uniform and three bindings.

use crate::kernel::Argument;
use crate::ops::Epilogue;

/// What the kernels with `shaders/lib/epilogue.wgsl` read.
#[derive(Clone, Copy)]
pub(super) struct BoundEpilogue {
    bias: bool,
    epilogue: Epilogue,
}

impl BoundEpilogue {
    /// Stores the plain sum: another dispatch applies the epilogue.
    pub const NONE: Self = Self { bias: false, epilogue: Epilogue::NONE };

    pub fn new(bias: bool, epilogue: Epilogue) -> Self {
        Self { bias, epilogue }
    }

    /// The value of the uniform's member `epilogue`: one bit per part, then the code of the activation.
    pub fn flags(self) -> usize {
        let Epilogue { norm, residual, activation } = self.epilogue;
        let parts = usize::from(self.bias) | usize::from(norm) << 1 | usize::from(residual) << 2;
        parts | activation.map_or(0, |activation| activation as usize) << 3
    }

    /// What its bindings are bound to, followed by `others`.
    pub fn bind(self, others: &[(&'static str, Argument)]) -> Vec<(&'static str, Argument)> {
        let bound = |used: bool, argument: Argument| if used { argument } else { Argument::Unused };
        let mut arguments = vec![
            ("bias", bound(self.bias, Argument::Parameter("bias"))),
            ("affine", bound(self.epilogue.norm, Argument::NormParameter("affine"))),
            ("residual", bound(self.epilogue.residual, Argument::Residual)),
        ];
        arguments.extend(others);
        arguments
    }
}
