//! Gradients of networks that are not trained.

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use super::gradient_norms::{ConvolutionGradients, convolution_gradients};
use super::report::{GradientNorm, SeededRequest};
use super::state::{Session, get};
use crate::error::{Error, Result};
use crate::gpu::{Executable, Parameters};
use crate::graph::{Graph, Surgery};
use crate::plan::Plan;
use crate::resnet::ResNetConfig;
use crate::tensor::HostTensor;
use crate::weights::initial_network;

/// Rows and columns of the images of CIFAR-10.
const SIDE: usize = 32;
/// The depths of the paper's networks for CIFAR-10, up to the depth of its deepest one for ImageNet.
const DEPTHS: std::ops::RangeInclusive<usize> = 20..=152;
/// The logit whose gradient is measured. All are alike before training.
const CLASS: usize = 0;

impl Session {
    /// As [`Session::gradient_norms`], for a network that is not trained and an image of noise. Needs no model.
    ///
    /// # Errors
    /// [`Error::Request`] if there is no network of this depth, [`Error::Gpu`] if the device fails.
    pub async fn seeded_norms(&self, request: &SeededRequest) -> Result<Vec<GradientNorm>> {
        let network = network(request)?;
        let mut random = Pcg64::new(request.seed.into(), u128::MAX);
        let image = HostTensor::from_fn(network.input(), |_, _, _, _| StandardNormal.sample(&mut random));
        let values = initial_network(&network, request.seed.into(), request.normalised.then_some(&image));
        let gpu = get(&self.gpu);
        let mut parameters = Parameters::default();
        for (node, values) in network.nodes().iter().zip(&values) {
            parameters.insert(&gpu, &network, &node.name, values)?;
        }
        let gradients = convolution_gradients(&network, CLASS)?;
        let ConvolutionGradients { graph, observed, .. } = &gradients;
        let mut executable = Executable::new(&gpu, Plan::new(graph, observed)?, &parameters).await?;
        executable.run(&image).await?;
        gradients.norms(&executable).await
    }
}

/// The network of the paper for CIFAR-10 of this depth, with shortcuts or without.
fn network(SeededRequest { depth, shortcuts, .. }: &SeededRequest) -> Result<Graph> {
    if !DEPTHS.contains(depth) || depth % 6 != 2 {
        let (first, last) = (DEPTHS.start(), DEPTHS.end());
        let expected = format!("a depth of 6n + 2 layers from {first} to {last}");
        return Err(Error::Request(format!("the seeded network: expected {expected}, found {depth}")));
    }
    let graph = ResNetConfig::cifar10((depth - 2) / 6).graph(1, SIDE, SIDE)?;
    if *shortcuts {
        return Ok(graph);
    }
    let off = graph.blocks().iter().map(|block| Surgery::Shortcut { block: block.name.clone(), factor: 0.0 });
    graph.edit(&off.collect::<Vec<_>>())
}
