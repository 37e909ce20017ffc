//! Fully connected layer: `y[n,o] = bias[o] + Σ(i) x[n,i] · w[o,i]`. Source: PyTorch `torch.nn.Linear`.

use super::{
    AdapterClass, AdapterProfile, Algorithm, Epilogue, Footprint, KernelConfig, Op, Operator, Packed, ParameterSpec,
    ParameterValues, Role, SAMPLE_CHANNELS, expect_vector,
};
use crate::error::Result;
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, UniformParams, WORKGROUP_SIZE, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(struct Params { in_quads, out_quads, quads });

/// For weights in `f32` and in `f16`.
static FORMATS: [Kernel; 2] =
    [kernel("f32", wgsl!("linear", "weight_f32")), kernel("f16", wgsl!("linear", "weight_f16"))];
pub(super) static KERNELS: &[&Kernel] = &[&FORMATS[0], &FORMATS[1]];

const fn kernel(variant: &'static str, source: &'static str) -> Kernel {
    Kernel {
        variant,
        first_binding: 2,
        overrides: &["PARTS"],
        ..Kernel::new("linear", source, bindings!(bias, x, weight => y), Params::FIELDS)
    }
}

/// `torch.nn.Linear` with a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    /// Length of the input vector.
    pub in_features: usize,
    /// Length of the output vector.
    pub out_features: usize,
}

impl Operator for Linear {
    fn kind(&self) -> &'static str {
        "Linear"
    }

    fn role(&self) -> Role {
        Role::Linear
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    fn detail(&self) -> String {
        format!("{} to {}", self.in_features, self.out_features)
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let (in_features, out_features) = (self.in_features.min(300), self.out_features.min(SAMPLE_CHANNELS));
        Some((Self { in_features, out_features }.into(), in_features))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        expect_vector(node, inputs[0], self.in_features)?;
        Ok(Shape { c: self.out_features, ..inputs[0] })
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![
            ParameterSpec::new("weight", &[self.out_features, self.in_features]),
            ParameterSpec::new("bias", &[self.out_features]),
        ]
    }

    fn macs(&self, output: Shape) -> u64 {
        (output.len() * self.in_features) as u64
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let output = Shape { c: self.out_features, ..inputs[0].shape() };
        HostTensor::from_fn(output, |n, o, _, _| {
            let row = &parameters["weight"][o * self.in_features..][..self.in_features];
            let x = &inputs[0].data()[n * self.in_features..][..self.in_features];
            let products = row.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x));
            (f64::from(parameters["bias"][o]) + products.sum::<f64>()) as f32
        })
    }

    /// `weight`: `[out][in]` → `[in][out]`, both padded with zeros to multiples of four; `bias` padded to match.
    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        let [inputs, outputs] = [self.in_features, self.out_features].map(|n| n.next_multiple_of(4));
        let mut weight = vec![0.0; inputs * outputs];
        for (o, row) in parameters["weight"].chunks_exact(self.in_features).enumerate() {
            for (i, value) in row.iter().enumerate() {
                weight[i * outputs + o] = *value;
            }
        }
        let mut bias = parameters["bias"].clone();
        bias.resize(outputs, 0.0);
        vec![
            Packed { name: "weight", data: weight, weights: true },
            Packed { name: "bias", data: bias, weights: false },
        ]
    }

    fn algorithms(&self, _inputs: &[Shape], _output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
        let parts = if adapter.target == AdapterClass::Gpu { [8, 16, 4, 1] } else { [1, 4, 8, 16] };
        parts.map(Algorithm::Gemv).into()
    }

    fn lower(&self, inputs: &[Shape], output: Shape, _epilogue: Epilogue, config: KernelConfig) -> Result<Lowered> {
        let parts = match config.algorithm {
            Algorithm::Gemv(parts) if parts.is_power_of_two() && parts <= WORKGROUP_SIZE => parts,
            _ => return Err(config.unusable("Gemv(p) with a power of two p of at most 64")),
        };
        let [in_quads, out_quads] = [inputs[0], output].map(|shape| shape.channel_quads());
        let params = Params { in_quads, out_quads, quads: output.storage_len() / 4 };
        let [bias, weight] = ["bias", "weight"].map(|name| (name, Argument::Parameter(name)));
        let arguments = [bias, ("x", Argument::Input(0)), weight, ("y", Argument::Output)];
        let dispatch = Dispatch::new(config.weights.of(&FORMATS), &params, &arguments, params.quads * parts);
        Ok(dispatch.with_constants(vec![("PARTS", parts as f64)]).into())
    }
}
