//! Compares a device's results with the CPU reference: drivers exist that compile a kernel without an error and compute wrong
//! values with it. Each algorithm is checked once per device, on a small layer of each kind.

use super::checked_kernels::CheckedKernel;
use super::context::Gpu;
use super::executable::Executable;
use super::parameters::Parameters;
use crate::error::Result;
use crate::graph::{Graph, GraphBuilder, Node, ValueRef};
use crate::ops::{
    Activation, AdapterProfile, Add, Algorithm, BatchNorm2d, ComputeType, EpiloguePart, Op, ParameterValues, Relu,
    WeightFormat,
};
use crate::plan::{AlgorithmSelection, LayerClass, LoweredOperator, Plan, Rejection};
use crate::shape::Shape;
use crate::tensor::HostTensor;
use crate::warning::warn;

impl Gpu {
    /// The algorithms of a plan that this device computes wrongly or does not compile. Each algorithm is compared with the CPU
    /// reference once per device. `selection` is the one that the plan was made with.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn check_kernels(&self, plan: &Plan, selection: &AlgorithmSelection) -> Result<Vec<Rejection>> {
        let mut rejections: Vec<Rejection> = Vec::new();
        for step in plan.steps() {
            let LoweredOperator { op, inputs, output } = &step.operator;
            let algorithm = selection.algorithm(op, inputs, *output);
            if let Some(rejection) = self.check_kernel(op, inputs[0], algorithm, selection.adapter).await?
                && !rejections.contains(&rejection)
            {
                rejections.push(rejection);
            }
        }
        Ok(rejections)
    }

    /// All algorithms that were found to compute wrong values on this device.
    pub fn wrong_kernels(&self) -> Vec<Rejection> {
        self.checked.wrong()
    }

    /// As [`Gpu::check_kernels`], for one algorithm of a layer.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub(super) async fn check_kernel(
        &self,
        op: &Op,
        input: Shape,
        algorithm: Algorithm,
        adapter: AdapterProfile,
    ) -> Result<Option<Rejection>> {
        let kernel = (LayerClass::of_sample(op, input, adapter), algorithm);
        let fault = match self.checked.get(&kernel) {
            Some(fault) => fault,
            None => self.compare(op, input, &kernel, adapter).await?,
        };
        let (sample, algorithm) = kernel;
        Ok(fault.map(|reason| Rejection { sample, algorithm, reason }))
    }

    /// The fault of an algorithm that was not checked before. A failed compilation is not remembered, since it may succeed later.
    async fn compare(
        &self,
        op: &Op,
        input: Shape,
        kernel: &CheckedKernel,
        adapter: AdapterProfile,
    ) -> Result<Option<String>> {
        let algorithm = kernel.1;
        let sample = match Sample::new(op, input, algorithm, adapter) {
            Ok(sample) => sample,
            Err(error) => {
                warn(&format!("{algorithm:?} was not compared with the CPU: {error}"));
                return Ok(None);
            }
        };
        if let Err(error) = self.compile_plan(&sample.plan).await {
            self.check_lost()?;
            return Ok(Some(error.to_string()));
        }
        let fault = sample.fault(self, tolerance(algorithm)).await?;
        self.checked.insert(kernel.clone(), fault.clone());
        Ok(fault)
    }
}

/// A small layer, its parameters, and its plan by one algorithm.
struct Sample {
    graph: Graph,
    plan: Plan,
    parameters: Vec<ParameterValues>,
    weights: WeightFormat,
}

impl Sample {
    fn new(op: &Op, input: Shape, algorithm: Algorithm, adapter: AdapterProfile) -> Result<Self> {
        let graph = graph(op, input)?;
        let node = &graph.nodes()[graph.find(LAYER)?];
        let mut selection = AlgorithmSelection::predicted(adapter);
        let class = selection.class(&node.op, &graph.input_shapes(node), node.shape);
        selection.tuned.extend(class.map(|class| (class, algorithm)));
        let plan = Plan::with_selection(&graph, &[""; 0], &selection)?;
        let parameters = graph.nodes().iter().map(parameters).collect();
        Ok(Self { graph, plan, parameters, weights: adapter.weights })
    }

    /// Runs the sample on the device; `None` if the values are those of the CPU reference.
    async fn fault(self, gpu: &Gpu, tolerance: f32) -> Result<Option<String>> {
        let mut uploaded = Parameters::new(self.weights);
        for (node, values) in self.graph.nodes().iter().zip(&self.parameters) {
            uploaded.insert(gpu, &self.graph, &node.name, values)?;
        }
        let input = HostTensor::from_fn(self.graph.input(), |_, c, y, x| value(c * 7919 + y * 101 + x));
        let expected = self.graph.reference(&self.parameters, &input).swap_remove(self.graph.output());
        let found = Executable::new(gpu, self.plan, &uploaded).await?.run(&input).await?;
        Ok(deviation(&found, &expected, tolerance))
    }
}

/// The name of the checked operator in the graph of its sample.
const LAYER: &str = "layer";

/// The sample of an operator, followed by everything that its kernel can absorb.
fn graph(op: &Op, input: Shape) -> Result<Graph> {
    let (op, input) = op.sample(input);
    let absorbs = [EpiloguePart::Norm, EpiloguePart::Residual, EpiloguePart::Activation(Activation::Relu)]
        .map(|part| op.absorbs(part));
    let mut net = GraphBuilder::new(input);
    let mut inputs = Vec::with_capacity(op.arity());
    for index in 0..op.arity() {
        let value = match op.sample_operand(index) {
            Some(operand) => net.add(format!("input{index}"), operand, &[ValueRef::Input])?,
            None => ValueRef::Input,
        };
        inputs.push(value);
    }
    let layer = net.add(LAYER, op, &inputs)?;
    let shape = net.shape(layer);
    let [norm, residual, activation] = absorbs;
    let mut last = layer;
    if norm {
        last = net.add("norm", BatchNorm2d { channels: shape.c, eps: BatchNorm2d::EPS }, &[last])?;
    }
    if residual && shape == input {
        last = net.add("sum", Add, &[last, ValueRef::Input])?;
    }
    if activation {
        net.add("activation", Relu, &[last])?;
    }
    net.finish()
}

/// A number in [-1, 1] that `f16` represents exactly, different for neighbouring seeds.
fn value(seed: usize) -> f32 {
    let mixed = (seed as u32).wrapping_mul(2_654_435_761) >> 16;
    (mixed % 129) as f32 / 64.0 - 1.0
}

/// Values with which activations of about 1 stay values of about 1. Powers of two as scales keep them exact in `f16`.
fn parameters(node: &Node) -> ParameterValues {
    let specs = node.op.parameters();
    let values = specs.iter().map(|spec| {
        let inputs: usize = spec.dims.iter().skip(1).product();
        let scale = (inputs as f32).log2().div_euclid(2.0).exp2().recip();
        let number = |index: usize| match spec.name {
            "running_var" => value(index).abs() + 0.5,
            _ => value(index + spec.name.len() * 31) * scale,
        };
        (spec.name, (0..spec.len()).map(number).collect())
    });
    values.collect()
}

/// The largest permitted difference relative to the largest value: about ten times what rounding causes in the longest sums of a
/// sample. Values of a faulty kernel differ by about 1.
fn tolerance(algorithm: Algorithm) -> f32 {
    match algorithm.gemm().map(|gemm| gemm.compute_type()) {
        Some(ComputeType::F16) => 5e-2,
        _ => 1e-3,
    }
}

/// The sentence about values that differ from the reference; `None` if they agree.
fn deviation(found: &HostTensor, expected: &HostTensor, tolerance: f32) -> Option<String> {
    let largest = expected.data().iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
    let differences =
        found.data().iter().zip(expected.data()).map(|(found, expected)| (found - expected).abs() / largest);
    let is_wrong = |difference: &f32| difference.is_nan() || *difference > tolerance;
    let wrong = differences.clone().filter(is_wrong).count();
    let larger =
        |worst: f32, difference: f32| if difference > worst || difference.is_nan() { difference } else { worst };
    let worst = differences.fold(0.0, larger);
    (wrong > 0).then(|| {
        let all = expected.data().len();
        format!("{wrong} of {all} values differ from the CPU's by more than {tolerance:.0e} of the largest value, the worst by {worst:.1e}")
    })
}
