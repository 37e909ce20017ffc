//! Name and dims of a tensor of the file.

/// A tensor of the file.
#[derive(Debug, Clone, Copy)]
pub(in crate::weights) struct Tensor<'a> {
    pub name: &'a str,
    pub dims: &'a [usize],
}
