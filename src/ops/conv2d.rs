//! Convolution: `y[n,o,y,x] = bias[o] + Σ(i,ky,kx) x[n, i, y·s+ky-p, x·s+kx-p] · w[o,i,ky,kx]`, zeros outside the map; with groups,
//! `i` runs over the input channels of the group of `o` and is counted from 0 in `w`.
//! Source: PyTorch `torch.nn.Conv2d` (a cross-correlation), dilation 1.

mod attributes;
mod candidates;
mod epilogue;
mod gemm;
mod grouped;
mod lower;
mod winograd;

use super::{
    AdapterProfile, Algorithm, Epilogue, EpiloguePart, Footprint, KernelConfig, Op, Operator, Packed, ParameterSpec,
    ParameterValues, Role,
};
use crate::error::{Error, Result};
use crate::kernel::{Kernel, Lowered};
use crate::shape::Shape;
use crate::tensor::HostTensor;

pub use attributes::Conv2d;

/// All variants of the kernels of convolutions.
pub(super) static KERNELS: &[&Kernel] = &[
    &gemm::DIRECT_8X8[0],
    &gemm::DIRECT_8X8[1],
    &gemm::DIRECT_14X16[0],
    &gemm::DIRECT_14X16[1],
    &gemm::SCALAR_4[0],
    &gemm::SCALAR_4[1],
    &gemm::SCALAR_28[0],
    &gemm::SCALAR_28[1],
    &gemm::SCALAR_64[0],
    &gemm::SCALAR_64[1],
    &gemm::SUBGROUP_4[0],
    &gemm::SUBGROUP_4[1],
    &gemm::SUBGROUP_28[0],
    &gemm::SUBGROUP_28[1],
    &gemm::SUBGROUP_64[0],
    &gemm::SUBGROUP_64[1],
    &gemm::TILED[0][0],
    &gemm::TILED[0][1],
    &gemm::TILED[0][2],
    &gemm::TILED[0][3],
    &gemm::TILED[1][0],
    &gemm::TILED[1][1],
    &gemm::TILED[1][2],
    &gemm::TILED[1][3],
    &gemm::TILED_F16[0],
    &gemm::TILED_F16[1],
    &gemm::TILED_F16[2],
    &gemm::TILED_F16[3],
    &gemm::MATRIX_8,
    &gemm::MATRIX_16,
    &grouped::GROUPED[0],
    &grouped::GROUPED[1],
    &lower::REDUCE,
    &lower::ROWS,
    &winograd::INPUT,
    &winograd::OUTPUT,
    &winograd::SCALAR,
    &winograd::SUBGROUP,
    &winograd::WEIGHT,
];

impl Operator for Conv2d {
    fn kind(&self) -> &'static str {
        "Conv2d"
    }

    fn role(&self) -> Role {
        Role::Convolution
    }

    fn footprint(&self) -> Footprint {
        Footprint::Window(self.window)
    }

    fn detail(&self) -> String {
        let groups = if self.groups > 1 { format!(" groups {}", self.groups) } else { String::new() };
        format!("{}{groups}", self.window)
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        // 64 channels are a whole number of every kernel's steps. Groups keep their widths.
        let groups = self.groups.min(4);
        let narrow = |channels: usize| if groups == 1 { channels.min(64) } else { channels / self.groups * groups };
        let [in_channels, out_channels] = [self.in_channels, self.out_channels].map(narrow);
        Some((Self { in_channels, out_channels, groups, ..*self }.into(), in_channels))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let input = inputs[0];
        if self.groups == 0 || [self.in_channels, self.out_channels].iter().any(|c| !c.is_multiple_of(self.groups)) {
            let found = format!("{} to {} channels", self.in_channels, self.out_channels);
            return Err(Error::shape(node, format!("channel counts divisible by {} groups", self.groups), found));
        }
        if input.c != self.in_channels {
            let expected = format!("an input of shape {}x{}x{}x{}", input.n, self.in_channels, input.h, input.w);
            return Err(Error::shape(node, expected, input));
        }
        let [h, w] = self.window.output_size(node, input)?;
        Ok(Shape::new(input.n, self.out_channels, h, w))
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let [kh, kw] = self.window.kernel;
        let mut specs = vec![ParameterSpec::new("weight", &[self.out_channels, self.group_inputs(), kh, kw])];
        if self.bias {
            specs.push(ParameterSpec::new("bias", &[self.out_channels]));
        }
        specs
    }

    fn macs(&self, output: Shape) -> u64 {
        let [kh, kw] = self.window.kernel;
        (output.len() * self.group_inputs() * kh * kw) as u64
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let input = inputs[0];
        let weight = &parameters["weight"];
        let [kh, kw] = self.window.kernel;
        let [inputs, outputs] = [self.in_channels, self.out_channels].map(|channels| channels / self.groups);
        let output = self.output_shape("", &[input.shape()]).expect("the graph has checked the shapes");
        HostTensor::from_fn(output, |n, o, y, x| {
            let mut sum = if self.bias { f64::from(parameters["bias"][o]) } else { 0.0 };
            for (ky, kx, iy, ix) in self.window.taps(input.shape(), y, x) {
                for i in 0..inputs {
                    let w = weight[((o * inputs + i) * kh + ky) * kw + kx];
                    sum += f64::from(input.at(n, o / outputs * inputs + i, iy, ix)) * f64::from(w);
                }
            }
            sum as f32
        })
    }

    /// OIHW → `[ky][kx][i][o]`, i inside the group, with both channel counts padded with zeros to multiples of four.
    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        let [kh, kw] = self.window.kernel;
        let [inputs, outputs] = [self.group_inputs(), self.out_channels].map(|c| c.next_multiple_of(4));
        let mut data = vec![0.0; kh * kw * inputs * outputs];
        for (row, values) in parameters["weight"].chunks_exact(kh * kw).enumerate() {
            let (o, i) = (row / self.group_inputs(), row % self.group_inputs());
            for (tap, value) in values.iter().enumerate() {
                data[(tap * inputs + i) * outputs + o] = *value;
            }
        }
        let mut packed = vec![Packed { name: "weight", data, weights: true }];
        if self.bias {
            let mut data = parameters["bias"].clone();
            data.resize(outputs, 0.0);
            packed.push(Packed { name: "bias", data, weights: false });
        }
        packed
    }

    fn absorbs(&self, _part: EpiloguePart) -> bool {
        true
    }

    fn algorithms(&self, inputs: &[Shape], output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
        if self.groups > 1 { Vec::new() } else { candidates::candidates(self, inputs[0], output, adapter) }
    }

    fn lower(&self, inputs: &[Shape], output: Shape, epilogue: Epilogue, config: KernelConfig) -> Result<Lowered> {
        lower::ConvLowering { conv: *self, input: inputs[0], output, epilogue }.lower(config)
    }
}
