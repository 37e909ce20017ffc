//! Progress of loading a model.

use super::report::LayerInfo;

/// An event while a model is loaded.
#[derive(Debug, Clone, Copy)]
pub enum LoadProgress<'a> {
    /// The network is recognised: its nodes in order of execution.
    Recognised(&'a [LayerInfo]),
    /// The parameters of the node of this name have been sent to the GPU. Not reported for nodes without parameters.
    Ready(&'a str),
}
