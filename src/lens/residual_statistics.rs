//! The sizes of the two operands of a residual addition, and the angle between them: how much a block changes its input.

use serde::Serialize;

use crate::kernel::{Dispatch, Kernel, UniformParams, WORKGROUP_SIZE, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { quads, threads });

pub(super) static KERNEL: Kernel = Kernel::new(
    "residual_sums",
    wgsl!("residual_sums", "invocation_id"),
    bindings!(branch, shortcut => parts),
    Params::FIELDS,
);

/// The largest number of workgroups, each of which stores one part.
const MAX_GROUPS: usize = 64;
/// Values of a part: three sums and padding.
const PART: usize = 4;

/// The operands of the addition of a residual block, before any factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResidualStatistics {
    /// The block, as in `layer1.0`.
    pub block: String,
    /// The Euclidean norm of the branch F(x).
    pub branch: f64,
    /// The Euclidean norm of the shortcut: x, or its projection.
    pub shortcut: f64,
    /// `branch / shortcut`; 0 if the shortcut is zero.
    pub ratio: f64,
    /// The cosine of the angle between branch and shortcut; 0 if one of them is zero.
    pub cosine: f64,
}

/// Sums over all values of a branch F and a shortcut x.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ResidualSums {
    /// Σ F².
    pub branch: f64,
    /// Σ x².
    pub shortcut: f64,
    /// Σ F·x.
    pub product: f64,
}

impl ResidualSums {
    /// The CPU reference with sums in `f64`; both tensors have one shape.
    pub fn reference(branch: &HostTensor, shortcut: &HostTensor) -> Self {
        let pairs = branch.data().iter().zip(shortcut.data());
        let pairs = pairs.map(|(f, x)| [f64::from(*f), f64::from(*x)]);
        pairs.fold(Self::default(), |sums, [f, x]| sums.plus([f * f, x * x, f * x]))
    }

    fn plus(self, [branch, shortcut, product]: [f64; 3]) -> Self {
        Self { branch: self.branch + branch, shortcut: self.shortcut + shortcut, product: self.product + product }
    }

    /// The sum of the parts that [`ResidualLayout::dispatch`] stores.
    pub(crate) fn from_parts(parts: &[f32]) -> Self {
        let parts = parts.chunks_exact(PART);
        parts.fold(Self::default(), |sums, part| sums.plus([part[0], part[1], part[2]].map(f64::from)))
    }

    /// Norms, their ratio and the cosine.
    pub fn statistics(self, block: &str) -> ResidualStatistics {
        let [branch, shortcut] = [self.branch.sqrt(), self.shortcut.sqrt()];
        let over = |value: f64, divisor: f64| if divisor == 0.0 { 0.0 } else { value / divisor };
        ResidualStatistics {
            block: block.to_owned(),
            branch,
            shortcut,
            ratio: over(branch, shortcut),
            cosine: over(self.product, branch * shortcut).clamp(-1.0, 1.0),
        }
    }
}

/// What [`ResidualLayout::dispatch`] binds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ResidualBuffer {
    Branch,
    Shortcut,
    /// [`ResidualLayout::parts_len`] values.
    Parts,
}

/// The dispatch that sums over two activations of one shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResidualLayout {
    quads: usize,
    groups: usize,
}

impl ResidualLayout {
    pub fn new(shape: Shape) -> Self {
        let quads = shape.storage_len() / 4;
        Self { quads, groups: quads.div_ceil(WORKGROUP_SIZE).clamp(1, MAX_GROUPS) }
    }

    /// The length of the result in `f32`.
    pub fn parts_len(self) -> usize {
        self.groups * PART
    }

    pub fn dispatch(self) -> Dispatch<ResidualBuffer> {
        let threads = self.groups * WORKGROUP_SIZE;
        let arguments = [
            ("branch", ResidualBuffer::Branch),
            ("shortcut", ResidualBuffer::Shortcut),
            ("parts", ResidualBuffer::Parts),
        ];
        Dispatch::new(&KERNEL, &Params { quads: self.quads, threads }, &arguments, threads)
    }
}
