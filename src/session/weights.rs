//! The weight file of a loaded model, independent of the type of its source.

use std::fmt;
use std::pin::Pin;

use crate::error::Result;
use crate::graph::Node;
use crate::ops::ParameterValues;
use crate::weights::{ByteSource, MaybeSendSync, WeightFile};

/// A weight file that stays open. Inspection reads weights from it, because the GPU holds them in the layout of the kernels only,
/// and a second copy in memory would be as large as the network.
pub(super) struct Weights(Box<dyn Readable>);

type Reading<'a> = Pin<Box<dyn Future<Output = Result<ParameterValues>> + 'a>>;

/// [`WeightFile::parameters`] with the source's type erased.
trait Readable: MaybeSendSync {
    fn parameters<'a>(&'a self, node: &'a Node) -> Reading<'a>;
}

impl<S: ByteSource + MaybeSendSync> Readable for WeightFile<S> {
    fn parameters<'a>(&'a self, node: &'a Node) -> Reading<'a> {
        Box::pin(WeightFile::parameters(self, node))
    }
}

impl Weights {
    pub fn new(file: WeightFile<impl ByteSource + MaybeSendSync>) -> Self {
        Self(Box::new(file))
    }

    /// The parameters of a node.
    ///
    /// # Errors
    /// As [`WeightFile::parameters`].
    pub async fn parameters(&self, node: &Node) -> Result<ParameterValues> {
        self.0.parameters(node).await
    }
}

impl fmt::Debug for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Weights")
    }
}
