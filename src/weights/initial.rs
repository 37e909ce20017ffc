//! Parameters of networks that are not trained.
//!
//! He, Zhang, Ren & Sun, *Delving Deep into Rectifiers*, 2015 (arXiv 1502.01852), equation 10.

use std::borrow::Cow;

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use crate::graph::{Graph, Node};
use crate::ops::{ParameterSpec, ParameterValues, Role};
use crate::tensor::HostTensor;

/// PyTorch's epsilon, which a variance has to exceed to count.
const SMALLEST_VARIANCE: f32 = 1e-5;

/// The parameters of a node before training. Weights are normally distributed with mean 0 and variance 2 / fan-in, of a linear layer,
/// which no ReLU follows, 1 / fan-in. Biases are 0, and normalisations are the identity. Equal seeds give equal parameters.
pub fn initial_parameters(node: &Node, seed: u64) -> ParameterValues {
    // Each node has a stream of its own: its parameters do not depend on which other nodes are drawn.
    let mut random = Pcg64::new(seed.into(), node.parameters as u128);
    let gain = if node.op.role() == Role::Linear { 1.0 } else { 2.0 };
    let values = |spec: ParameterSpec| {
        let values = match (spec.name, &spec.dims[..]) {
            (_, [_, inputs @ ..]) if !inputs.is_empty() => {
                let deviation = (gain / inputs.iter().product::<usize>() as f32).sqrt();
                (0..spec.len())
                    .map(|_| {
                        let value: f32 = StandardNormal.sample(&mut random);
                        value * deviation
                    })
                    .collect()
            }
            ("weight" | "running_var", _) => vec![1.0; spec.len()],
            _ => vec![0.0; spec.len()],
        };
        (spec.name, values)
    };
    node.op.parameters().into_iter().map(values).collect()
}

/// The parameters of all nodes of a network before training, by node. With `input`, every batch normalisation has the mean and the
/// variance of its input for this image, as in the first step of training; otherwise it is the identity.
pub fn initial_network(graph: &Graph, seed: u64, input: Option<&HostTensor>) -> Vec<ParameterValues> {
    let mut parameters: Vec<_> = graph.nodes().iter().map(|node| initial_parameters(node, seed)).collect();
    if let Some(input) = input {
        let mut index = 0;
        graph.evaluate(input, |node, operands| {
            let own = &mut parameters[index];
            index += 1;
            if node.op.role() == Role::Norm {
                let (mean, variance) = channel_moments(operands[0]);
                own.insert("running_mean", mean);
                own.insert("running_var", variance);
            }
            Cow::Owned(own.clone())
        });
    }
    parameters
}

/// The mean and the variance of every channel.
fn channel_moments(tensor: &HostTensor) -> (Vec<f32>, Vec<f32>) {
    let shape = tensor.shape();
    let map = shape.h * shape.w;
    let moments = |channel: usize| {
        let values = || (0..shape.n).flat_map(move |n| &tensor.data()[(n * shape.c + channel) * map..][..map]);
        let count = (shape.n * map) as f64;
        let mean = values().map(|value| f64::from(*value)).sum::<f64>() / count;
        let variance = values().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
        (mean as f32, (variance as f32).max(SMALLEST_VARIANCE))
    };
    (0..shape.c).map(moments).unzip()
}
