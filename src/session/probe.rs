//! One value: what it is, what of the image it depends on, and how it came about.

use serde::Serialize;

use super::model::Model;
use super::{Session, no_model};
use crate::error::{Error, Result};
use crate::graph::ValueRef;
use crate::lens::{ReceptiveField, Term, check_position, pointwise, receptive_field, terms};
use crate::ops::Role;

/// One value and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    /// The value.
    pub value: f32,
    /// The part of the network's input that it depends on.
    pub receptive_field: ReceptiveField,
    /// The largest products of a 1x1 convolution at this place, at most eight; none of other nodes.
    pub terms: Option<Vec<Term>>,
    /// The sum of all products; with it, what normalisation and rectifier made of the sum.
    pub dot_product: Option<DotProduct>,
}

/// From the products of a 1x1 convolution to the value: `activation(sum · scale + shift)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DotProduct {
    /// How many products there are.
    pub count: usize,
    /// Their sum, with the convolution's bias if it has one.
    pub sum: f32,
    /// The normalisation's factor; 1 before it.
    pub scale: f32,
    /// The normalisation's shift; 0 before it.
    pub shift: f32,
    /// The activation function applied last, named as [`super::LayerInfo::op`], as in `ReLU`; `None` before it.
    pub activation: Option<&'static str>,
}

/// How many products a [`Probe`] shows.
const SHOWN_TERMS: usize = 8;

impl Session {
    /// The value at row `y` and column `x` of an observed node and, behind a 1x1 convolution, how it came about.
    ///
    /// # Errors
    /// As [`Session::statistics`], [`Error::Request`] when there is no such place, and [`Error::Weights`] when the weights cannot
    /// be read again.
    pub async fn probe(&self, node: &str, channel: usize, y: usize, x: usize) -> Result<Probe> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let index = model.graph.find(node)?;
        check_position(&model.graph.nodes()[index], y, x)?;
        let channels = model.graph.nodes()[index].shape.c;
        if channel >= channels {
            return Err(Error::Request(format!("{node}: expected a channel below {channels}, found {channel}")));
        }
        let value = model.look(node).await?.activation.read_pixel(y, x).await?[channel];
        let receptive_field = receptive_field(&model.graph, node, y, x)?;
        let (terms, dot_product) = match pointwise(&model.graph, index) {
            Some((conv, ValueRef::Node(source))) => {
                let (terms, sum) = model.products([conv, source, index], channel, [y, x]).await?;
                (Some(terms), Some(sum))
            }
            _ => (None, None),
        };
        Ok(Probe { value, receptive_field, terms, dot_product })
    }
}

impl Model {
    /// The largest products of the 1x1 convolution `conv` over `source`, and what became of their sum up to `node`.
    async fn products(
        &mut self,
        [conv, source, node]: [usize; 3],
        channel: usize,
        [y, x]: [usize; 2],
    ) -> Result<(Vec<Term>, DotProduct)> {
        let source = self.graph.nodes()[source].name.clone();
        let convolution = &self.graph.nodes()[conv];
        let [rows, columns] = convolution.op.window().map_or([1, 1], |window| window.stride);
        let mut parameters = self.weights.parameters(convolution).await?;
        let weight = parameters.remove("weight").unwrap_or_default();
        let bias = parameters.remove("bias").map_or(0.0, |bias| bias[channel]);
        let inputs = self.look(&source).await?.activation.read_pixel(y * rows, x * columns).await?;
        let mut terms = terms(&inputs, &weight[channel * inputs.len()..][..inputs.len()]);
        let products = terms.iter().map(|term| f64::from(term.value) * f64::from(term.weight));
        let sum = (products.sum::<f64>() + f64::from(bias)) as f32;
        let mut sum = DotProduct { count: terms.len(), sum, scale: 1.0, shift: 0.0, activation: None };
        terms.truncate(SHOWN_TERMS);
        let mut behind = node;
        while behind != conv {
            let between = &self.graph.nodes()[behind];
            if between.op.role() == Role::Activation {
                sum.activation = Some(between.op.kind());
            } else if let Some((scale, shift)) = between.op.affine(&self.weights.parameters(between).await?) {
                (sum.scale, sum.shift) = (scale[channel], shift[channel]);
            }
            let ValueRef::Node(before) = between.inputs[0] else { break };
            behind = before;
        }
        Ok((terms, sum))
    }
}
