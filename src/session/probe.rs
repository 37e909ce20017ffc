//! A single value: its receptive field and, for 1x1 convolutions and linear layers, the terms of its dot product.

use serde::Serialize;

use super::model::Model;
use super::state::{Session, no_model};
use crate::error::{Error, Result};
use crate::graph::ValueRef;
use crate::lens::{ReceptiveField, Term, check_position, pointwise, receptive_field, terms};
use crate::ops::Role;

/// A value and its origin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    /// The value.
    pub value: f32,
    /// The part of the network's input that the value depends on.
    pub receptive_field: ReceptiveField,
    /// The at most eight largest terms of a 1x1 convolution or linear layer; `None` for other nodes.
    pub terms: Option<Vec<Term>>,
    /// The sum of all terms and the operators applied to it; `None` for other nodes.
    pub dot_product: Option<DotProduct>,
}

/// The value of a 1x1 convolution or linear layer, or of the normalisation or activation that follows:
/// `activation(sum · scale + shift)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DotProduct {
    /// The number of terms.
    pub count: usize,
    /// The sum of the terms, plus the layer's bias if it has one.
    pub sum: f32,
    /// The scale of the normalisation; 1 before it.
    pub scale: f32,
    /// The shift of the normalisation; 0 before it.
    pub shift: f32,
    /// The activation function, named as [`super::LayerInfo::op`], as in `ReLU`; `None` before it.
    pub activation: Option<&'static str>,
}

/// The maximum number of terms in a [`Probe`].
const MAX_TERMS: usize = 8;

impl Session {
    /// The value of an observed node at row `y` and column `x` of a channel. If it comes from a 1x1 convolution or a linear layer, the
    /// terms of the dot product are included.
    ///
    /// # Errors
    /// As [`Session::statistics`], [`Error::Request`] if the node has no such position or channel, and [`Error::Weights`] if the
    /// weights cannot be read.
    pub async fn probe(&self, node: &str, channel: usize, y: usize, x: usize) -> Result<Probe> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let index = model.graph().find(node)?;
        check_position(&model.graph().nodes()[index], y, x)?;
        let channels = model.graph().nodes()[index].shape.c;
        if channel >= channels {
            return Err(Error::Request(format!("{node}: expected a channel below {channels}, found {channel}")));
        }
        let value = model.inspect(node).await?.activation.read_pixel(y, x).await?[channel];
        let receptive_field = receptive_field(model.graph(), node, y, x)?;
        let (terms, dot_product) = match pointwise(model.graph(), index) {
            Some((layer, ValueRef::Node(source))) => {
                let (terms, dot_product) = model.dot_product([layer, source, index], channel, [y, x]).await?;
                (Some(terms), Some(dot_product))
            }
            _ => (None, None),
        };
        Ok(Probe { value, receptive_field, terms, dot_product })
    }
}

impl Model {
    /// The largest terms of `layer` (a 1x1 convolution or a linear layer) over `source`, their sum, and the operators from there to
    /// `node`.
    async fn dot_product(
        &mut self,
        [layer, source, node]: [usize; 3],
        channel: usize,
        [y, x]: [usize; 2],
    ) -> Result<(Vec<Term>, DotProduct)> {
        let [source, weighted] = [source, layer].map(|node| self.graph().nodes()[node].clone());
        let [rows, columns] = weighted.op.window().map_or([1, 1], |window| window.stride);
        let mut parameters = self.read_parameters(&weighted).await?;
        let weight = parameters.remove("weight").unwrap_or_default();
        let bias = parameters.remove("bias").map_or(0.0, |bias| bias[channel]);
        let inputs = self.inspect(&source.name).await?.activation.read_pixel(y * rows, x * columns).await?;
        let mut terms = terms(&inputs, &weight[channel * inputs.len()..][..inputs.len()]);
        let products = terms.iter().map(|term| f64::from(term.value) * f64::from(term.weight));
        let sum = (products.sum::<f64>() + f64::from(bias)) as f32;
        let mut result = DotProduct { count: terms.len(), sum, scale: 1.0, shift: 0.0, activation: None };
        terms.truncate(MAX_TERMS);
        let mut index = node;
        while index != layer {
            let node = &self.graph().nodes()[index];
            if node.op.role() == Role::Activation {
                result.activation = Some(node.op.kind());
            } else if let Some((scale, shift)) = node.op.affine(&self.read_parameters(node).await?) {
                (result.scale, result.shift) = (scale[channel], shift[channel]);
            }
            let ValueRef::Node(input) = node.inputs[0] else { break };
            index = input;
        }
        Ok((terms, result))
    }
}
