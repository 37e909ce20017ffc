//! The gradient of a fully connected layer: `dx[n,i] = Σ(o) dy[n,o] · w[o,i]`. Source: PyTorch `torch.nn.Linear`.

use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, bindings, params, wgsl};
use crate::ops::{
    Epilogue, Footprint, KernelConfig, Linear, Op, Operator, Packed, ParameterSpec, ParameterValues, Role,
    expect_vector,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { in_quads, out_quads, quads });

/// For weights in `f32` and in `f16`.
static FORMATS: [Kernel; 2] = [
    kernel("f32", wgsl!("linear_gradient", "invocation_id", "weight_f32")),
    kernel("f16", wgsl!("linear_gradient", "invocation_id", "weight_f16")),
];
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&FORMATS[0], &FORMATS[1]];

const fn kernel(variant: &'static str, source: &'static str) -> Kernel {
    let declared = Kernel::new("linear_gradient", source, bindings!(dy, weight => dx), Params::FIELDS);
    Kernel { variant, first_binding: 3, ..declared }
}

/// The gradient of a [`Linear`] from that of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinearGradient {
    /// The forward operator.
    pub forward: Linear,
}

impl Operator for LinearGradient {
    fn kind(&self) -> &'static str {
        "LinearGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let Linear { in_features, out_features } = self.forward;
        let forward = Linear { in_features: in_features.min(70), out_features: out_features.min(50) };
        Some((Self { forward }.into(), forward.out_features))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_vector(node, inputs[0], self.forward.out_features)?;
        Ok(Shape { c: self.forward.in_features, ..inputs[0] })
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        ParameterSpec::borrowed(&self.forward)
    }

    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        self.forward.pack(parameters)
    }

    fn macs(&self, output: Shape) -> u64 {
        (output.len() * self.forward.out_features) as u64
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let Linear { in_features, out_features } = self.forward;
        HostTensor::from_fn(Shape { c: in_features, ..inputs[0].shape() }, |n, i, _, _| {
            let product =
                |o: usize| f64::from(inputs[0].at(n, o, 0, 0)) * f64::from(parameters["weight"][o * in_features + i]);
            (0..out_features).map(product).sum::<f64>() as f32
        })
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, config: KernelConfig) -> Result<Lowered> {
        let [in_quads, out_quads] = [output, inputs[0]].map(|shape| shape.channel_quads());
        let params = Params { in_quads, out_quads, quads: output.storage_len() / 4 };
        let weight = ("weight", Argument::Parameter("weight"));
        let arguments = [("dy", Argument::Input(0)), weight, ("dx", Argument::Output)];
        Ok(Dispatch::new(config.weights.of(&FORMATS), &params, &arguments, params.quads).into())
    }
}
