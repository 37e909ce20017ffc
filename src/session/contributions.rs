//! How the logit of a class results from the pooled channels of the last feature map.

use serde::Serialize;

use super::model::Model;
use super::state::{Session, no_model};
use crate::error::Result;
use crate::lens::{Term, terms};

/// The terms of a logit: `logit = bias + Σ(c) weight[class,c] · pooled[c]`, where `pooled[c]` is the mean of a channel of the last
/// feature map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassContributions {
    /// The node whose channels are pooled.
    pub map: String,
    /// The number of channels.
    pub count: usize,
    /// The largest positive terms in descending order, at most eight.
    pub positive: Vec<Term>,
    /// The most negative terms, the most negative one first, at most four.
    pub negative: Vec<Term>,
    /// The sum of all terms.
    pub sum: f32,
    /// The bias of the class.
    pub bias: f32,
    /// The logit that the network computed.
    pub logit: f32,
}

/// The maximum numbers of positive and of negative terms in [`ClassContributions`].
const MOST_TERMS: [usize; 2] = [8, 4];

impl ClassContributions {
    /// Selects the largest of all `terms`.
    fn new(map: &str, mut terms: Vec<Term>, bias: f32, logit: f32) -> Self {
        let sum = terms.iter().map(|term| f64::from(term.value) * f64::from(term.weight)).sum::<f64>() as f32;
        terms.sort_by(|a, b| b.product.total_cmp(&a.product));
        let positive = terms.iter().take_while(|term| term.product > 0.0).take(MOST_TERMS[0]).copied().collect();
        let negative = terms.iter().rev().take_while(|term| term.product < 0.0).take(MOST_TERMS[1]).copied().collect();
        Self { map: map.to_owned(), count: terms.len(), positive, negative, sum, bias, logit }
    }
}

impl Session {
    /// The channels that contribute most to the logit of a class for the latest image. The weights are read from the weight file.
    ///
    /// # Errors
    /// [`crate::Error::Request`] if the network does not end with global average pooling and a linear layer or has no such class,
    /// [`crate::Error::State`] if no model is loaded or no image has been classified, [`crate::Error::Weights`] if the weights cannot
    /// be read, [`crate::Error::Gpu`] if the device fails.
    pub async fn class_contributions(&self, class: usize) -> Result<ClassContributions> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.class_contributions(class).await
    }
}

impl Model {
    async fn class_contributions(&mut self, class: usize) -> Result<ClassContributions> {
        let head = self.classifier_head("the contributions", class)?;
        let [map, pooled, linear] = [head.map, head.pooled, head.linear].map(|node| self.graph().nodes()[node].clone());
        let values = self.inspect(&pooled.name).await?.activation.read_pixel(0, 0).await?;
        let logits = self.inspect(&linear.name).await?.activation.read_pixel(0, 0).await?;
        let mut parameters = self.read_parameters(&linear).await?;
        let weight = parameters.remove("weight").unwrap_or_default();
        let bias = parameters.remove("bias").map_or(0.0, |bias| bias[class]);
        let terms = terms(&values, &weight[class * values.len()..][..values.len()]);
        Ok(ClassContributions::new(&map.name, terms, bias, logits[class]))
    }
}
