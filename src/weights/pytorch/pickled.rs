//! What a pickle names.

use crate::weights::stored::StridedView;

/// The tensors of a file, by path.
#[derive(Debug, Default)]
pub(in crate::weights) struct Pickled {
    /// In the order of the pickle.
    pub tensors: Vec<(String, StridedView)>,
    /// Tensors and arrays whose values are not read, and what they are.
    pub unreadable: Vec<(String, &'static str)>,
}
