//! Backward passes: the nodes that compute the gradient of one value of a network with respect to others, by reverse-mode
//! differentiation. They are nodes like any other, so that one plan computes both passes.

use std::collections::HashMap;

use super::{Graph, GraphBuilder, Node, ValueRef};
use crate::error::{Error, Result};
use crate::ops::{Add, GlobalAvgPool2d, GradCam, Gradient, Identity, OneHot, Op, Operand, Role, Scale};

/// The name of the graph's input where a value is named, as in `grad(input)`.
pub const INPUT: &str = "input";

/// The name of the node that holds the gradient of an objective with respect to a node's value, as in `grad(layer1.0.conv1)`.
pub fn gradient_name(node: &str) -> String {
    format!("grad({node})")
}

/// The name of the node that holds the Grad-CAM of a node's value.
pub fn grad_cam_name(node: &str) -> String {
    format!("gradcam({node})")
}

/// The name of the node that holds the means of a node's channels.
pub fn mean_name(node: &str) -> String {
    format!("mean({node})")
}

/// The name of the node that holds what gradient ascent raises for each channel of a node.
pub fn ascent_name(node: &str) -> String {
    format!("ascent({node})")
}

/// The weight of an activation function's input in [`Graph::ascent`].
const LEAK: f32 = 0.1;

/// A number that a network computes: one channel of a node, summed over its map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    /// The name of the node, as in `fc`.
    pub node: String,
    /// The channel, such as the class of a logit; `None` for the largest channel of a vector, which may differ from image to image.
    pub channel: Option<usize>,
    /// The row and column of the only value; `None` for the sum over the map.
    pub position: Option<[usize; 2]>,
}

impl Objective {
    /// The channel of a node, summed over its map.
    pub fn channel(node: impl Into<String>, channel: usize) -> Self {
        Self { node: node.into(), channel: Some(channel), position: None }
    }
}

impl Graph {
    /// Names of the values that a node depends on, [`INPUT`] and the node itself included, in order of execution.
    ///
    /// # Errors
    /// [`Error::Graph`] if the graph has no node of this name.
    pub fn dependencies(&self, node: &str) -> Result<Vec<&str>> {
        let wanted = self.depended_on([self.find(node)?]);
        let nodes = self.nodes.iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(node, _)| &*node.name);
        Ok([INPUT].into_iter().chain(nodes).collect())
    }

    /// The graph followed by the nodes that compute the gradient of `objective` with respect to each of `with_respect_to`: names of
    /// nodes, or [`INPUT`]. [`gradient_name`] is the name of a gradient; additional nodes have an `@` in their names. Only what the plan
    /// observes is computed. [`super::Node::parameters`] and the output are those of this graph.
    ///
    /// The gradient of a value that is used several times is the sum of the gradients of its uses.
    ///
    /// # Errors
    /// [`Error::Graph`] if a name is none of the graph's, if the objective does not depend on it, or if an operator between them has no
    /// gradient; [`Error::Shape`] if the objective is no value of its node.
    pub fn gradient(&self, objective: &Objective, with_respect_to: &[impl AsRef<str>]) -> Result<Self> {
        let of = self.find(&objective.node)?;
        let mut wanted = Wanted { nodes: vec![false; self.nodes.len()], input: false };
        let dependencies = self.depended_on([of]);
        for name in with_respect_to.iter().map(AsRef::as_ref) {
            if name == INPUT {
                wanted.input = true;
                continue;
            }
            let index = self.find(name)?;
            if !dependencies[index] {
                let of = &objective.node;
                return Err(Error::Graph(format!(
                    "the gradient of {of}: expected a value that it depends on, found {name:?}"
                )));
            }
            wanted.nodes[index] = true;
        }
        // A node between a wanted value and the objective needs a gradient as well.
        for (index, node) in self.nodes.iter().enumerate().filter(|(index, _)| dependencies[*index]) {
            wanted.nodes[index] |= node.inputs.iter().any(|value| wanted.has(*value));
        }
        let net = self.builder();
        let op = OneHot { channel: objective.channel, position: objective.position }.into();
        let (inputs, parameters) = (vec![ValueRef::Node(of)], self.nodes[of].parameters);
        let seed = Use::Computed { user: objective.node.clone(), op, inputs, parameters };
        let uses = HashMap::from([(ValueRef::Node(of), vec![seed])]);
        let extended = BackwardPass { forward: self, net, wanted, uses }.run(of)?;
        Ok(self.extended(extended))
    }

    /// The graph followed by the nodes that compute the Grad-CAM of the node `layer` for `objective`: its channels, each weighted by the
    /// mean of its gradient, summed where the sum is positive. [`grad_cam_name`] is the name of the map, which has one channel.
    /// Source: Selvaraju et al. 2017.
    ///
    /// # Errors
    /// As [`Graph::gradient`].
    pub fn grad_cam(&self, objective: &Objective, layer: &str) -> Result<Self> {
        let graph = self.gradient(objective, &[layer])?;
        let [value, gradient] = [graph.find(layer)?, graph.find(&gradient_name(layer))?].map(ValueRef::Node);
        let parameters = self.nodes[self.find(layer)?].parameters;
        let (mut net, name) = (graph.builder(), grad_cam_name(layer));
        let weights = net.add_sharing(format!("{name}@weights"), GlobalAvgPool2d, &[gradient], parameters)?;
        net.add_sharing(name, GradCam, &[value, weights], parameters)?;
        Ok(self.extended(net.finish()?))
    }

    /// The graph followed by nodes for the visualisation of channels of `node`: the mean of each, called [`mean_name`], and what gradient
    /// ascent raises, called [`ascent_name`]. That is the mean, plus for an activation function the mean of its input times 0.1.
    /// Otherwise a ReLU that is zero everywhere would have no gradient to follow. The output is the means, so a plan omits what is
    /// computed after `node`.
    ///
    /// # Errors
    /// [`Error::Graph`] if the graph has no node of this name.
    pub fn ascent(&self, node: &str) -> Result<Self> {
        let index = self.find(node)?;
        let Node { op, inputs, parameters, .. } = &self.nodes[index];
        let (mut net, name) = (self.builder(), ascent_name(node));
        let mean = net.add_sharing(mean_name(node), GlobalAvgPool2d, &[ValueRef::Node(index)], *parameters)?;
        if op.role() == Role::Activation {
            let input = net.add_sharing(format!("{name}@input"), GlobalAvgPool2d, &inputs[..1], *parameters)?;
            let leak = Scale { factor: LEAK, channel: None };
            let leak = net.add_sharing(format!("{name}@leak"), leak, &[input], *parameters)?;
            net.add_sharing(name, Add, &[mean, leak], *parameters)?;
        } else {
            net.add_sharing(name, Identity, &[mean], *parameters)?;
        }
        let extended = self.extended(net.finish()?);
        Ok(Self { output: extended.find(&mean_name(node))?, ..extended })
    }

    /// A builder that continues this graph.
    fn builder(&self) -> GraphBuilder {
        let names = self.nodes.iter().enumerate().map(|(index, node)| (node.name.clone(), index));
        GraphBuilder { graph: self.clone(), names: names.collect() }
    }

    /// `extended` with the output and the blocks of this graph.
    fn extended(&self, extended: Self) -> Self {
        Self { blocks: self.blocks.clone(), output: self.output, ..extended }
    }
}

/// The values that need a gradient.
struct Wanted {
    nodes: Vec<bool>,
    input: bool,
}

impl Wanted {
    fn has(&self, value: ValueRef) -> bool {
        match value {
            ValueRef::Input => self.input,
            ValueRef::Node(index) => self.nodes[index],
        }
    }
}

/// What one use of a value adds to its gradient.
enum Use {
    /// The gradient of the operator's output.
    Upstream(ValueRef),
    /// The value of a new node.
    Computed {
        /// The name of the node that uses the value.
        user: String,
        op: Op,
        inputs: Vec<ValueRef>,
        parameters: usize,
    },
}

/// The nodes of the backward pass while they are added, from the objective to the input.
struct BackwardPass<'a> {
    forward: &'a Graph,
    net: GraphBuilder,
    wanted: Wanted,
    uses: HashMap<ValueRef, Vec<Use>>,
}

impl BackwardPass<'_> {
    fn run(mut self, of: usize) -> Result<Graph> {
        for index in (0..=of).rev() {
            if let Some(uses) = self.uses.remove(&ValueRef::Node(index)) {
                let node = &self.forward.nodes[index];
                let gradient = self.sum(&node.name, node.parameters, uses)?;
                self.differentiate(index, gradient)?;
            }
        }
        if let Some(uses) = self.uses.remove(&ValueRef::Input) {
            self.sum(INPUT, 0, uses)?;
        }
        self.net.finish()
    }

    /// Adds what a node contributes to the gradients of its inputs.
    fn differentiate(&mut self, index: usize, upstream: ValueRef) -> Result<()> {
        let node = &self.forward.nodes[index];
        let inputs = node.inputs.iter().copied().enumerate();
        let wanted: Vec<(usize, ValueRef)> = inputs.filter(|(_, value)| self.wanted.has(*value)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let gradient = node.op.gradient(&self.forward.input_shapes(node)).ok_or_else(|| {
            let (name, kind) = (&node.name, node.op.kind());
            Error::Graph(format!("{name}: expected an operator that has a gradient, found {kind}"))
        })?;
        for (position, value) in wanted {
            let contribution = match &gradient {
                Gradient::Unchanged => Use::Upstream(upstream),
                Gradient::Computed(rules) => {
                    let (op, operands) = &rules[position];
                    let operand = |operand: &Operand| match operand {
                        Operand::Upstream => upstream,
                        Operand::Input => node.inputs[0],
                        Operand::SecondInput => node.inputs[1],
                        Operand::Output => ValueRef::Node(index),
                    };
                    let inputs = operands.iter().map(operand).collect();
                    Use::Computed { user: node.name.clone(), op: op.clone(), inputs, parameters: node.parameters }
                }
            };
            self.uses.entry(value).or_default().push(contribution);
        }
        Ok(())
    }

    /// Adds the node of a gradient, the sum over the uses of the value called `name`.
    ///
    /// An addition is fused into the operand that is computed last, so stored values come first.
    fn sum(&mut self, name: &str, parameters: usize, mut uses: Vec<Use>) -> Result<ValueRef> {
        let result = gradient_name(name);
        if uses.len() == 1 {
            return match uses.remove(0) {
                Use::Upstream(upstream) => self.net.add_sharing(result, Identity, &[upstream], parameters),
                Use::Computed { op, inputs, parameters, .. } => self.net.add_sharing(result, op, &inputs, parameters),
            };
        }
        uses.sort_by_key(|contribution| matches!(contribution, Use::Computed { .. }));
        let (last, mut sum) = (uses.len() - 1, None);
        for (index, contribution) in uses.into_iter().enumerate() {
            let value = match contribution {
                Use::Upstream(upstream) => upstream,
                Use::Computed { user, op, inputs, parameters } => {
                    self.net.add_sharing(format!("{result}@{user}"), op, &inputs, parameters)?
                }
            };
            let partial = if index == last { result.clone() } else { format!("{result}@sum{index}") };
            sum = match sum {
                None => Some(value),
                Some(former) => Some(self.net.add_sharing(partial, Add, &[former, value], parameters)?),
            };
        }
        Ok(sum.expect("at least two uses"))
    }
}
