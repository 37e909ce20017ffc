//! Class activation maps: the contribution of each position of the last feature map to a class's logit.
//!
//! In a network that ends with global average pooling and one linear layer, a logit is the bias plus the mean over all positions
//! of `Σc weight[class,c] · x[c,y,x]`. This sum at each position is the map. It needs no gradients.
//! Source: Zhou et al. 2016, *Learning Deep Features for Discriminative Localization*, equation 2.

use crate::graph::{Graph, ValueRef};
use crate::kernel::{Dispatch, Kernel, UniformParams, bindings, params, wgsl};
use crate::ops::Role;
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { pixels, channel_quads, class_index });

pub(super) static KERNEL: Kernel =
    Kernel::new("class_map", wgsl!("class_map", "invocation_id"), bindings!(x, weight => y), Params::FIELDS);

/// The nodes that class activation maps and contributions are computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassifierHead {
    /// The node whose feature map is pooled.
    pub map: usize,
    /// The node that pools it.
    pub pooled: usize,
    /// The linear layer that computes the logits.
    pub linear: usize,
}

impl ClassifierHead {
    /// The head of a network that ends with global average pooling and a linear layer; `None` for other networks.
    pub fn of(graph: &Graph) -> Option<Self> {
        let source = |node: usize| match graph.nodes()[node].inputs[0] {
            ValueRef::Node(source) => Some(source),
            ValueRef::Input => None,
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
        Some(Self { map: source(node)?, pooled: node, linear })
    }
}

/// What [`class_map_dispatch`] binds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ClassMapBuffer {
    /// The map before the pooling.
    Map,
    /// The weight of the linear layer, one row per class.
    Weight,
    /// The class activation map.
    ClassMap,
}

/// Computes the map of a class.
pub(crate) fn class_map_dispatch(map: Shape, class: usize) -> Dispatch<ClassMapBuffer> {
    let pixels = map.n * map.h * map.w;
    let params = Params { pixels, channel_quads: map.channel_quads(), class_index: class };
    let arguments = [("x", ClassMapBuffer::Map), ("weight", ClassMapBuffer::Weight), ("y", ClassMapBuffer::ClassMap)];
    Dispatch::new(&KERNEL, &params, &arguments, pixels)
}

/// The CPU reference with sums in `f64`. `weights` holds the class's weights, one per channel of `map`; the result has one channel.
pub fn class_map(map: &HostTensor, weights: &[f32]) -> HostTensor {
    let shape = map.shape();
    HostTensor::from_fn(Shape { c: 1, ..shape }, |n, _, y, x| {
        let products = weights.iter().enumerate().map(|(c, weight)| f64::from(*weight) * f64::from(map.at(n, c, y, x)));
        products.sum::<f64>() as f32
    })
}
