//! Class activation maps: which places speak for a class.
//!
//! Where a network ends with global average pooling and one linear layer, a logit is the mean over the last map of the weighted
//! sum of its channels, so that sum tells for each place what it contributes: no gradient is needed.
//! Source: Zhou et al. 2016, *Learning Deep Features for Discriminative Localization*, equation 2.

use crate::graph::{Graph, Value};
use crate::kernel::{Argument, Dispatch, Kernel, bindings, wgsl};
use crate::ops::Role;
use crate::shape::Shape;
use crate::tensor::HostTensor;

pub(super) const KERNEL: Kernel = Kernel::new(
    "class_map",
    wgsl!("class_map", "invocation_id"),
    bindings!(x, weight => y),
    &["pixels", "channel_quads", "class_index"],
);

/// The nodes of a network that class activation maps are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The node whose map is pooled.
    pub map: usize,
    /// The linear layer that gives the logits.
    pub linear: usize,
}

impl Head {
    /// The head of a network that ends with global average pooling and a linear layer; none of any other network.
    pub fn of(graph: &Graph) -> Option<Self> {
        let source = |node: usize| match graph.nodes()[node].inputs[0] {
            Value::Node(source) => Some(source),
            Value::Input => None,
        };
        let linear = graph.output();
        if graph.nodes()[linear].op.role() != Role::Linear {
            return None;
        }
        let mut node = source(linear)?;
        while graph.nodes()[node].op.is_view() {
            node = source(node)?;
        }
        if !graph.nodes()[node].op.is_global_average() {
            return None;
        }
        Some(Self { map: source(node)?, linear })
    }
}

/// The map of a class: [`Argument::Input`] 0 is the last map, 1 the linear layer's weight.
pub(crate) fn class_map_dispatch(map: Shape, class: usize) -> Dispatch {
    let pixels = map.n * map.h * map.w;
    let params = [pixels, map.channel_quads(), class].map(|extent| extent as u32);
    Dispatch::new(&KERNEL, params.into(), vec![Argument::Input(0), Argument::Input(1), Argument::Output], pixels)
}

/// The specification, in `f64`: `row` holds the class's weights, one a channel of `map`.
pub fn class_map(map: &HostTensor, row: &[f32]) -> HostTensor {
    let shape = map.shape();
    HostTensor::from_fn(Shape { c: 1, ..shape }, |n, _, y, x| {
        let products = row.iter().enumerate().map(|(c, weight)| f64::from(*weight) * f64::from(map.at(n, c, y, x)));
        products.sum::<f64>() as f32
    })
}
