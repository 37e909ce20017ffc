//! The gradient of a convolution with respect to its input, a transposed convolution:
//! `dx[n,i,iy,ix] = Σ(o,ky,kx) dy[n, o, (iy+p-ky)/s, (ix+p-kx)/s] · w[o,i,ky,kx]` over the taps for which both divisions are exact.
//! Source: Dumoulin & Visin 2016, section 4; PyTorch `torch.nn.grad.conv2d_input`.
//!
//! It is computed by the kernels of convolutions: with stride 1 it is a convolution of `dy` by the filters turned by 180 degrees, input and
//! output channels exchanged. With a larger stride it has one form by [`Phases`]; with groups, `dy` is first spread over a map with
//! zeros between its values. A window of one value needs neither: there the products are spread.

use super::phases::{INTERLEAVE, Phases, WEIGHTS};
use crate::error::{Error, Result};
use crate::kernel::{Argument, Dispatch, Kernel, Lowered, TransformedWeights, UniformParams, bindings, params, wgsl};
use crate::ops::{
    AdapterProfile, Algorithm, Conv2d, Epilogue, EpiloguePart, Footprint, KernelConfig, Op, Operator, Packed,
    ParameterSpec, ParameterValues, Role, SAMPLE_SIDE, WeightFormat, Window,
};
use crate::shape::Shape;
use crate::tensor::HostTensor;

params!(
    struct SpreadParams {
        in_height, in_width, out_height, out_width, stride_y, stride_x, before_y, before_x, channel_quads, quads
    }
);

static SPREAD: Kernel =
    Kernel::new("spread", wgsl!("spread", "invocation_id", "output_position"), bindings!(x => y), SpreadParams::FIELDS);

params!(
    struct TurnParams { taps, group_inputs, group_outputs, in_channels, in_quads, out_quads, quads }
);

const fn turn(variant: &'static str, source: &'static str) -> Kernel {
    let declared = Kernel::new("conv2d_turn", source, bindings!(weight => turned), TurnParams::FIELDS);
    Kernel { variant, first_binding: 4, ..declared }
}

/// For weights in `f32` and in `f16`.
static TURN: [Kernel; 2] = [
    turn("f32", wgsl!("conv2d_turn", "invocation_id", "weight_f32")),
    turn("f16", wgsl!("conv2d_turn", "invocation_id", "weight_f16")),
];
pub(in crate::ops) static KERNELS: &[&Kernel] = &[&SPREAD, &TURN[0], &TURN[1], &INTERLEAVE, &WEIGHTS[0], &WEIGHTS[1]];

/// The name of the turned weights.
const TURNED: &str = "turned";

/// The gradient of a [`Conv2d`] with respect to its input from that of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2dGradient {
    /// The forward operator.
    pub forward: Conv2d,
    /// Rows and columns of the forward operator's input.
    pub map: [usize; 2],
}

impl Conv2dGradient {
    fn input(&self, images: usize) -> Shape {
        Shape::new(images, self.forward.in_channels, self.map[0], self.map[1])
    }

    /// Whether zeros go between the products instead of the values of `dy`.
    fn spreads_products(&self) -> bool {
        let Window { kernel, stride, padding } = self.forward.window;
        kernel == [1, 1] && padding == [0, 0] && stride != [1, 1]
    }

    /// The form for strides, where it is used.
    fn phases(&self, dy: Shape) -> Option<Phases> {
        if self.spreads_products() { None } else { Phases::new(self.forward, self.map, dy) }
    }

    /// Whether `dy` has to be spread where there is no form for the stride: a stride, or more padding than the turned window reaches.
    fn spreads_upstream(&self) -> bool {
        let Window { kernel, stride, padding } = self.forward.window;
        let is_reached = (0..2).all(|axis| padding[axis] < kernel[axis]);
        !self.spreads_products() && (stride != [1, 1] || !is_reached)
    }

    /// The convolution of `dy`, spread if it has to be, and the shape of its input.
    fn convolution(&self, dy: Shape) -> (Conv2d, Shape) {
        let Window { kernel, padding, .. } = self.forward.window;
        let Conv2d { in_channels, out_channels, groups, .. } = self.forward;
        let mut window = Window { kernel, stride: [1, 1], padding: [0, 0] };
        let mut input = dy;
        if self.spreads_upstream() {
            [input.h, input.w] = [0, 1].map(|axis: usize| self.map[axis] + kernel[axis] - 1);
        } else {
            window.padding = [0, 1].map(|axis: usize| kernel[axis] - 1 - padding[axis]);
        }
        (Conv2d { in_channels: out_channels, out_channels: in_channels, window, groups, bias: false }, input)
    }

    /// The weights as the convolution of `dy` reads them, in `f32`.
    fn turned(&self, weights: WeightFormat) -> TransformedWeights {
        let Conv2d { in_channels, out_channels, groups, window: Window { kernel, .. }, .. } = self.forward;
        let [group_inputs, group_outputs] = [in_channels, out_channels].map(|channels| channels / groups);
        let taps = kernel[0] * kernel[1];
        let in_quads = in_channels.div_ceil(4);
        let quads = taps * group_outputs.next_multiple_of(4) * in_quads;
        let out_quads = out_channels.div_ceil(4);
        let params = TurnParams { taps, group_inputs, group_outputs, in_channels, in_quads, out_quads, quads };
        let arguments = [("weight", Argument::Parameter("weight")), ("turned", Argument::Output)];
        let dispatch = Dispatch::new(weights.of(&TURN), &params, &arguments, quads);
        TransformedWeights { name: TURNED, len: quads * 4, dispatch }
    }

    /// The dispatch that puts `x` on a map of the shape `output`, `before` rows and columns from the corner, with zeros between.
    fn spread(&self, x: (Argument, Shape), before: [isize; 2], y: (Argument, Shape)) -> Dispatch {
        let Window { stride: [stride_y, stride_x], .. } = self.forward.window;
        let ((x, input), (y, output)) = (x, y);
        let params = SpreadParams {
            in_height: input.h,
            in_width: input.w,
            out_height: output.h,
            out_width: output.w,
            stride_y,
            stride_x,
            // Negative where padding cuts values off; the kernel reads them as `i32`.
            before_y: before[0] as usize,
            before_x: before[1] as usize,
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        Dispatch::new(&SPREAD, &params, &[("x", x), ("y", y)], params.quads)
    }
}

/// An adapter whose weights are in `f32`, as turned weights are.
fn unpacked(adapter: AdapterProfile) -> AdapterProfile {
    AdapterProfile { weights: WeightFormat::F32, ..adapter }
}

impl Operator for Conv2dGradient {
    fn kind(&self) -> &'static str {
        "Conv2dGradient"
    }

    fn role(&self) -> Role {
        Role::Gradient
    }

    fn footprint(&self) -> Footprint {
        Footprint::Global
    }

    /// The window of the forward operator.
    fn window(&self) -> Option<Window> {
        Some(self.forward.window)
    }

    fn detail(&self) -> String {
        self.forward.detail()
    }

    fn narrowed(&self) -> Option<(Op, usize)> {
        let (Op::Conv2d(forward), _) = self.forward.narrowed()? else { return None };
        let channels = forward.out_channels;
        Some((Self { forward, ..*self }.into(), channels))
    }

    fn sampled(&self, dy: Shape) -> Option<(Op, Shape)> {
        let stride = self.forward.window.stride;
        let map = [0, 1].map(|axis: usize| self.map[axis].min((SAMPLE_SIDE - 1) * stride[axis] + 1));
        let small = Self { map, ..*self };
        let sample = small.forward.output_shape("sample", &[small.input(1)]).ok()?;
        Some((small.into(), Shape { c: dy.c, ..sample }))
    }

    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape> {
        let input = self.input(inputs[0].n);
        let expected = self.forward.output_shape(node, &[input])?;
        if inputs[0] != expected {
            return Err(Error::shape(node, format!("a gradient of shape {expected}"), inputs[0]));
        }
        Ok(input)
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        ParameterSpec::borrowed(&self.forward)
    }

    fn pack(&self, parameters: &ParameterValues) -> Vec<Packed> {
        self.forward.pack(parameters)
    }

    fn macs(&self, output: Shape) -> u64 {
        let dy = self.forward.output_shape("", &[output]);
        dy.map_or(0, |dy| self.forward.macs(dy))
    }

    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor {
        let dy = inputs[0];
        let input = self.input(dy.shape().n);
        let Conv2d { window, in_channels, out_channels, groups, .. } = self.forward;
        let [kh, kw] = window.kernel;
        let [inputs, outputs] = [in_channels, out_channels].map(|channels| channels / groups);
        let mut sums = vec![0.0; input.len()];
        for n in 0..input.n {
            for o in 0..out_channels {
                for position in 0..dy.shape().h * dy.shape().w {
                    let [y, x] = [position / dy.shape().w, position % dy.shape().w];
                    let upstream = f64::from(dy.at(n, o, y, x));
                    for (ky, kx, iy, ix) in window.taps(input, y, x) {
                        for i in 0..inputs {
                            let w = parameters["weight"][((o * inputs + i) * kh + ky) * kw + kx];
                            let channel = o / outputs * inputs + i;
                            sums[((n * in_channels + channel) * input.h + iy) * input.w + ix] +=
                                upstream * f64::from(w);
                        }
                    }
                }
            }
        }
        HostTensor::new(input, sums.into_iter().map(|sum: f64| sum as f32).collect()).expect("as many sums as values")
    }

    /// Products that are moved afterwards cannot be added to a value in place.
    fn absorbs(&self, _part: EpiloguePart) -> bool {
        !self.spreads_products() && (self.forward.window.stride == [1, 1] || self.forward.groups > 1)
    }

    fn algorithms(&self, inputs: &[Shape], output: Shape, adapter: AdapterProfile) -> Vec<Algorithm> {
        let mut algorithms = if let Some(phases) = self.phases(inputs[0]) {
            phases.convolution().algorithms(inputs, phases.products(output.n), unpacked(adapter))
        } else {
            let (convolution, input) = self.convolution(inputs[0]);
            let output = if self.spreads_products() { Shape { c: output.c, ..inputs[0] } } else { output };
            convolution.algorithms(&[input], output, unpacked(adapter))
        };
        algorithms.retain(|algorithm| matches!(algorithm, Algorithm::Plain(_) | Algorithm::Split(..)));
        algorithms
    }

    fn lower(&self, inputs: &[Shape], output: Shape, epilogue: Epilogue, config: KernelConfig) -> Result<Lowered> {
        let unpacked = KernelConfig { weights: WeightFormat::F32, ..config };
        if let Some(phases) = self.phases(inputs[0]) {
            let products = phases.products(output.n);
            let mut lowered = phases.convolution().lower(inputs, products, Epilogue::default(), unpacked)?;
            replace_weights(&mut lowered, phases.weights(TURNED, config.weights), config)?;
            let scratch = store_products(&mut lowered, products);
            lowered.dispatches.push(phases.interleave(scratch, (Argument::Output, output)));
            return Ok(lowered);
        }
        let Window { kernel, padding, .. } = self.forward.window;
        let (convolution, input) = self.convolution(inputs[0]);
        let products = if self.spreads_products() { Shape { c: output.c, ..inputs[0] } } else { output };
        let mut lowered = convolution.lower(&[input], products, epilogue, unpacked)?;
        replace_weights(&mut lowered, self.turned(config.weights), config)?;
        if self.spreads_products() {
            let scratch = store_products(&mut lowered, products);
            lowered.dispatches.push(self.spread((scratch, products), [0, 0], (Argument::Output, output)));
        } else if self.spreads_upstream() {
            let scratch = Argument::Scratch(lowered.scratch.len());
            lowered.rename(Argument::Input(0), scratch);
            lowered.scratch.push(input.storage_len());
            let before = [0, 1].map(|axis: usize| kernel[axis] as isize - 1 - padding[axis] as isize);
            let spread = self.spread((Argument::Input(0), inputs[0]), before, (scratch, input));
            lowered.dispatches.insert(0, spread);
        }
        Ok(lowered)
    }
}

/// Makes a lowered convolution read `weights` instead of the parameter.
fn replace_weights(lowered: &mut Lowered, weights: TransformedWeights, config: KernelConfig) -> Result<()> {
    if lowered.transformed_weights.is_some() {
        return Err(config.unusable("an algorithm that reads the weights as they are"));
    }
    lowered.transformed_weights = Some(weights);
    lowered.rename(Argument::Parameter("weight"), Argument::TransformedWeights(TURNED));
    Ok(())
}

/// Makes a lowered convolution store its output in a new scratch buffer, which is returned.
fn store_products(lowered: &mut Lowered, products: Shape) -> Argument {
    let scratch = Argument::Scratch(lowered.scratch.len());
    lowered.rename(Argument::Output, scratch);
    lowered.scratch.push(products.storage_len());
    scratch
}
