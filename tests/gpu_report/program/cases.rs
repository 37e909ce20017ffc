//! The dispatches of ResNet-50's plans for GPUs, before anything is tuned.

use resnet_lens::ResNetConfig;
use resnet_lens::kernel::{Argument, KernelCall};
use resnet_lens::ops::{
    AdapterClass, AdapterProfile, ComputeType, Epilogue, KernelConfig, Op, ParameterSpec, Role, WeightFormat,
};
use resnet_lens::plan::{AlgorithmSelection, LoweredOperator, Plan, PlannedDispatch, Step};

use super::Failure;

/// The formats of weights and products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Weights and products in f32.
    F32,
    /// Weights in f16, products in f32.
    F16Weights,
    /// Weights and products in f16.
    F16,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::F32, Self::F16Weights, Self::F16];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16Weights => "f16 weights",
            Self::F16 => "f16 products",
        }
    }

    fn profile(self) -> AdapterProfile {
        let of = |weights| AdapterProfile::new(AdapterClass::Gpu, weights);
        match self {
            Self::F32 => of(WeightFormat::F32),
            Self::F16Weights => of(WeightFormat::F16),
            Self::F16 => AdapterProfile { arithmetic: ComputeType::F16, ..of(WeightFormat::F16) },
        }
    }
}

/// Dispatches of a plan that are equal except for their buffers.
#[derive(Debug, Clone)]
pub struct Work {
    /// What the layer computes: kernel, stride, channels and map.
    pub layer: String,
    /// The call.
    pub call: KernelCall,
    /// How many dispatches of the plan are equal.
    pub count: usize,
    /// Multiplications of the layer in its definition, if this is the dispatch of a convolution that multiplies; else zero.
    pub macs: u64,
    /// Bytes of all values that it reads or writes, each once.
    pub bytes: u64,
}

/// The dispatches of ResNet-50 with 224x224 images, equal ones counted.
///
/// # Errors
/// The message of the planner.
pub fn work(format: Format, batch: usize) -> Result<Vec<Work>, Failure> {
    let graph = ResNetConfig::resnet50().graph(batch, 224, 224)?;
    let selection = AlgorithmSelection::predicted(format.profile());
    let plan = Plan::with_selection(&graph, &[""; 0], &selection)?;
    let mut all: Vec<Work> = Vec::new();
    for (step, planned) in plan.steps().iter().flat_map(|step| step.dispatches.iter().map(move |one| (step, one))) {
        let one = describe(step, planned, &selection)?;
        let equal = |other: &&mut Work| other.call == one.call && other.layer == one.layer;
        match all.iter_mut().find(equal) {
            Some(same) => same.count += 1,
            None => all.push(one),
        }
    }
    Ok(all)
}

fn describe(step: &Step, planned: &PlannedDispatch, selection: &AlgorithmSelection) -> Result<Work, Failure> {
    let LoweredOperator { op, output, .. } = &step.operator;
    let call = planned.dispatch.call.clone();
    let layer = match op {
        Op::Conv2d(conv) => {
            let [height, width] = conv.window.kernel;
            let stride = if conv.window.stride[0] > 1 { ", stride 2" } else { "" };
            let [inputs, outputs] = [conv.in_channels, conv.out_channels];
            format!("{height}x{width}{stride}, {inputs} to {outputs}, {}x{}", output.h, output.w)
        }
        Op::Conv2dPair(pair) => {
            let inputs = [pair.main, pair.projection].map(|conv| conv.in_channels.to_string()).join(" and ");
            format!("1x1 with projection, {inputs} to {}, {}x{}", pair.main.out_channels, output.h, output.w)
        }
        op => op.kind().to_owned(),
    };
    let multiplies = op.role() == Role::Convolution && call.kernel.name.starts_with("conv2d") && {
        !matches!(call.kernel.name, "conv2d_reduce" | "conv2d_rows")
    };
    let macs = if multiplies { op.macs(*output) } else { 0 };
    let bytes = bytes(step, planned, selection)?;
    Ok(Work { layer, call, count: 1, macs, bytes })
}

/// All values that the dispatch reads or writes, each once.
fn bytes(step: &Step, planned: &PlannedDispatch, selection: &AlgorithmSelection) -> Result<u64, Failure> {
    let LoweredOperator { op, inputs, output } = &step.operator;
    let weights = selection.adapter.weights;
    let algorithm = selection.algorithm(op, inputs, *output);
    let lowered = op.lower(inputs, *output, Epilogue::NONE, KernelConfig { algorithm, weights })?;
    let size = |argument: &Argument| match argument {
        Argument::Input(index) => 4 * inputs[*index].storage_len(),
        Argument::Output | Argument::Residual => 4 * output.storage_len(),
        Argument::Scratch(index) => 4 * lowered.scratch[*index],
        Argument::TransformedWeights(_) => 4 * lowered.transformed_weights.as_ref().map_or(0, |weights| weights.len),
        Argument::Parameter(name @ ("weight" | "projection_weight")) => {
            let values = op.parameters().iter().find(|spec| spec.name == *name).map_or(0, ParameterSpec::len);
            weights.bytes() * values
        }
        Argument::Parameter(_) | Argument::NormParameter(_) | Argument::Unused => 0,
    };
    Ok(planned.dispatch.arguments.iter().map(|argument| size(argument) as u64).sum())
}
