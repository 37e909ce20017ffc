//! Global average pooling and the fully connected layer behind it in one dispatch: `y[n,o] = bias[o] + Σ(i) mean(x[n,i]) · w[o,i]`.
//! A plan computes a `GlobalAvgPool2d`, a `Flatten` and a `Linear` by it where none of the values between them is observed.

use super::{
    AdapterClass, AdapterProfile, Algorithm, Epilogue, Footprint, GlobalAvgPool2d, KernelConfig, Linear, Op, Operator,
    Packed, ParameterSpec, ParameterValues, Role, SAMPLE_CHANNELS,
};
use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// Invocations per workgroup.
const WORKGROUP: usize = 256;

params!(struct Params { pixels, in_quads, out_quads });

/// For weights in `f32` and in `f16`.
static FORMATS: [Kernel; 2] =
    [kernel("f32", wgsl!("linear_pooled", "weight_f32")), kernel("f16", wgsl!("linear_pooled", "weight_f16"))];
pub(super) static KERNELS: &[&Kernel] = &[&FORMATS[0], &FORMATS[1]];

const fn kernel(variant: &'static str, source: &'static str) -> Kernel {
    Kernel {
        variant,
        workgroup: WORKGROUP,
        first_binding: 2,
        overrides: &["PARTS"],
        ..Kernel::new("linear_pooled", source, bindings!(bias, x, weight => y), Params::FIELDS)
    }
}

/// A [`Linear`] of the means of a map's channels. Its parameters are those of the linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PooledLinear {
    /// The fully connected layer.
    pub linear: Linear,
}

impl PooledLinear {
    /// The combination of two operators, if they are global average pooling and a fully connected layer.
    pub(crate) fn of(pool: &Op, linear: &Op) -> Option<Op> {
        match (pool, linear) {
            (Op::GlobalAvgPool2d(_), Op::Linear(linear)) => Some(Self { linear: *linear }.into()),
            _ => None,
        }
    }
}

impl Operator for PooledLinear {
    fn kind(&self) -> &'static str {
        "PooledLinear"
    }

    fn role(&self) -> Role {
        Role::Linear
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn detail(&self) -> String {
        self.linear.detail()
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let (in_features, out_features) =
            (self.linear.in_features.min(300), self.linear.out_features.min(SAMPLE_CHANNELS));
        Some((Self { linear: Linear { in_features, out_features } }.into(), in_features))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        self.linear.output_shape(node, &[GlobalAvgPool2d.output_shape(node, inputs)?])
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        self.linear.parameters()
    }

    fn macs(&self, output: Shape) -> u64 {
        self.linear.macs(output)
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let means = GlobalAvgPool2d.reference(inputs, &ParameterValues::new());
        self.linear.reference(&[&means], parameters)
    }

    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        self.linear.pack(parameters)
    }

    /// Empty where a plan keeps the two layers apart: on the CPU, and where nothing is known of the adapter.
    fn algorithms(&self, _inputs: &[Shape], _output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
        let parts: &[usize] = match adapter.target {
            AdapterClass::Any | AdapterClass::Cpu => &[],
            AdapterClass::SwiftShader | AdapterClass::Software => &[4, 1],
            AdapterClass::Gpu => &[32, 8],
        };
        parts.iter().copied().map(Algorithm::Gemv).collect()
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, config: KernelConfig) -> Result<Lowered> {
        let parts = match config.algorithm {
            Algorithm::Gemv(parts) if parts.is_power_of_two() && parts <= WORKGROUP => parts,
            _ => return Err(config.unusable("Gemv(p) with a power of two p of at most 256")),
        };
        let input = inputs[0];
        let [in_quads, out_quads] = [input, output].map(|shape| shape.channel_quads());
        let params = Params { pixels: input.h * input.w, in_quads, out_quads };
        let [bias, weight] = ["bias", "weight"].map(|name| (name, Argument::Parameter(name)));
        let arguments = [bias, ("x", Argument::Input(0)), weight, ("y", Argument::Output)];
        let dispatch = Dispatch::new(config.weights.of(&FORMATS), &params, &arguments, out_quads * parts);
        Ok(dispatch.with_constants(vec![("PARTS", parts as f64)]).with_slices(input.n).into())
    }
}
