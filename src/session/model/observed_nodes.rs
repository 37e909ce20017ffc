//! The nodes that a model observes.

use crate::error::Result;
use crate::graph::{Graph, ValueRef};
use crate::lens::{ClassifierHead, pointwise};

/// The nodes to observe for inspection of `names`: these nodes, the inputs of those that hold the value of a 1x1 convolution or linear
/// layer, for its terms, and the last feature map with its pooled values, for class activation maps and contributions. Of the
/// additional nodes, the pooled values cost one dispatch where a plan could compute them together with the classifier; the others none.
///
/// # Errors
/// [`crate::Error::Graph`] if the graph has no node of a name.
pub(super) fn observed_nodes(graph: &Graph, names: &[impl AsRef<str>]) -> Result<Vec<String>> {
    let mut observed: Vec<String> = names.iter().map(|name| name.as_ref().to_owned()).collect();
    for name in names {
        if let Some((_, ValueRef::Node(source))) = pointwise(graph, graph.find(name.as_ref())?) {
            observed.push(graph.nodes()[source].name.clone());
        }
    }
    if let Some(ClassifierHead { map, pooled, .. }) = ClassifierHead::of(graph) {
        observed.extend([map, pooled].map(|node| graph.nodes()[node].name.clone()));
    }
    Ok(observed)
}
