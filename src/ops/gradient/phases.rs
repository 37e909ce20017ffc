//! The gradient of a convolution with a stride as one convolution of stride 1.
//!
//! With stride s, rows of the input whose indices are equal modulo s, a phase, take the same taps of the window. A convolution of `dy`
//! computes each phase as channels of its own, and the phases are interleaved afterwards: no value is multiplied by a zero between the
//! values of a spread `dy`. Source: Shi et al. 2016 (arXiv 1609.05158), where the last layer upsamples in this order.

use crate::kernel::{Argument, Dispatch, Kernel, TransformedWeights, UniformParams, bindings, params, wgsl};
use crate::ops::{Conv2d, WeightFormat, Window};
use crate::shape::Shape;

params!(
    struct InterleaveParams {
        out_height, out_width, in_height, in_width, stride_y, stride_x, shift_y, shift_x, channel_quads, quads
    }
);

pub(super) static INTERLEAVE: Kernel = Kernel::new(
    "interleave",
    wgsl!("interleave", "invocation_id", "output_position"),
    bindings!(x => y),
    InterleaveParams::FIELDS,
);

params!(
    struct WeightParams {
        kernel_height, kernel_width, stride_y, stride_x, padding_y, padding_x, rows, columns, first_y, first_x, inputs,
        outputs, quads
    }
);

const fn weight(variant: &'static str, source: &'static str) -> Kernel {
    let declared = Kernel::new("conv2d_phases", source, bindings!(weight => turned), WeightParams::FIELDS);
    Kernel { variant, first_binding: 4, ..declared }
}

/// For weights in `f32` and in `f16`.
pub(super) static WEIGHTS: [Kernel; 2] = [
    weight("f32", wgsl!("conv2d_phases", "invocation_id", "weight_f32")),
    weight("f16", wgsl!("conv2d_phases", "invocation_id", "weight_f16")),
];

/// Rows or columns.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// The taps of the convolution of `dy`.
    kernel: usize,
    /// The offset in `dy` of the first tap; at most 0 except for unusual paddings.
    first: isize,
    padding: usize,
    /// The length of the products.
    length: usize,
    /// The place in the products of the first row of the map.
    shift: usize,
}

impl Axis {
    /// For a map of `map` rows, of which `dy` has the gradient of every `stride`-th.
    fn new(kernel: usize, stride: usize, padding: usize, map: usize, dy: usize) -> Option<Self> {
        // Row `stride * q + phase` of the map takes taps `tap = rest + stride * t` from row `q + whole - t` of `dy`.
        let phases = (0..stride).map(|phase| ((phase + padding) / stride, (phase + padding) % stride));
        let offsets = phases.filter(|(_, rest)| *rest < kernel).map(|(whole, rest)| {
            let taps = (kernel - rest).div_ceil(stride);
            [whole as isize - (taps as isize - 1), whole as isize]
        });
        let [first, last] = offsets.reduce(|one, other| [one[0].min(other[0]), one[1].max(other[1])])?;
        let rows = map.div_ceil(stride) as isize;
        let reach = (rows - dy as isize + last).max(-first).max(0);
        let kernel = (last - first + 1) as usize;
        let padding = reach as usize;
        let length = (dy + 2 * padding + 1).checked_sub(kernel).filter(|length| *length > 0)?;
        Some(Self { kernel, first, padding, length, shift: usize::try_from(reach + first).ok()? })
    }
}

/// The convolution of `dy` whose output channels are the phases, each with all channels of the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phases {
    forward: Conv2d,
    axes: [Axis; 2],
}

impl Phases {
    /// For a convolution whose input has `map` rows and columns; `None` where the form does not apply.
    pub fn new(forward: Conv2d, map: [usize; 2], dy: Shape) -> Option<Self> {
        let Window { kernel, stride, padding } = forward.window;
        if stride == [1, 1] || forward.groups > 1 {
            return None;
        }
        let sizes = [dy.h, dy.w];
        let axis = |axis: usize| Axis::new(kernel[axis], stride[axis], padding[axis], map[axis], sizes[axis]);
        Some(Self { forward, axes: [axis(0)?, axis(1)?] })
    }

    /// Channels of one phase, padded so that no four neighbouring channels belong to two phases.
    fn channels(&self) -> usize {
        self.forward.in_channels.next_multiple_of(4)
    }

    /// The convolution of `dy`.
    pub fn convolution(&self) -> Conv2d {
        let [kernel, padding] = [self.axes.map(|axis| axis.kernel), self.axes.map(|axis| axis.padding)];
        let phases: usize = self.forward.window.stride.iter().product();
        Conv2d {
            in_channels: self.forward.out_channels,
            out_channels: phases * self.channels(),
            window: Window { kernel, stride: [1, 1], padding },
            groups: 1,
            bias: false,
        }
    }

    /// The shape of its output.
    pub fn products(&self, images: usize) -> Shape {
        let [h, w] = self.axes.map(|axis| axis.length);
        Shape::new(images, self.convolution().out_channels, h, w)
    }

    /// The weights of the convolution, in `f32`, from those of the forward operator.
    pub fn weights(&self, name: &'static str, weights: WeightFormat) -> TransformedWeights {
        let Window { kernel, stride, padding } = self.forward.window;
        let [rows, columns] = self.axes;
        let convolution = self.convolution();
        let taps = rows.kernel * columns.kernel;
        let quads = taps * convolution.in_channels.next_multiple_of(4) * convolution.out_channels / 4;
        let params = WeightParams {
            kernel_height: kernel[0],
            kernel_width: kernel[1],
            stride_y: stride[0],
            stride_x: stride[1],
            padding_y: padding[0],
            padding_x: padding[1],
            rows: rows.kernel,
            columns: columns.kernel,
            // The kernel reads them as `i32`.
            first_y: rows.first as usize,
            first_x: columns.first as usize,
            inputs: self.forward.in_channels,
            outputs: self.forward.out_channels,
            quads,
        };
        let arguments = [("weight", Argument::Parameter("weight")), ("turned", Argument::Output)];
        TransformedWeights {
            name,
            len: quads * 4,
            dispatch: Dispatch::new(weights.of(&WEIGHTS), &params, &arguments, quads),
        }
    }

    /// The dispatch that puts the phases of `x` on the map `y`.
    pub fn interleave(&self, x: Argument, y: (Argument, Shape)) -> Dispatch {
        let [stride_y, stride_x] = self.forward.window.stride;
        let [rows, columns] = self.axes;
        let (y, output) = y;
        let params = InterleaveParams {
            out_height: output.h,
            out_width: output.w,
            in_height: rows.length,
            in_width: columns.length,
            stride_y,
            stride_x,
            shift_y: rows.shift,
            shift_x: columns.shift,
            channel_quads: output.channel_quads(),
            quads: output.storage_len() / 4,
        };
        Dispatch::new(&INTERLEAVE, &params, &[("x", x), ("y", y)], params.quads)
    }
}
