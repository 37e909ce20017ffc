//! Resizes, crops and normalises a frame on the GPU: [`Preprocess::normalised`] in two dispatches, with equal results.

use crate::kernel::{Dispatch, Kernel, UniformParams, bindings, params, wgsl};
use crate::preprocess::{Preprocess, TapTable};

params!(struct HorizontalParams { width, stride, first_row, columns, taps, mirrored, threads });

static HORIZONTAL: Kernel = Kernel::new(
    "resize_horizontal",
    wgsl!("resize_horizontal", "invocation_id", "fixed_point_resample"),
    bindings!(frame, taps => y),
    HorizontalParams::FIELDS,
);

params!(struct VerticalParams { side, columns, rows, left, above, first_row, taps, threads });

static VERTICAL: Kernel = Kernel::new(
    "resize_vertical",
    wgsl!("resize_vertical", "invocation_id", "fixed_point_resample"),
    bindings!(narrowed, taps, norm => x),
    VerticalParams::FIELDS,
);

pub(super) static KERNELS: [&Kernel; 2] = [&HORIZONTAL, &VERTICAL];

/// What [`FrameResizePlan::dispatches`] bind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FrameBuffer {
    /// The frame, one `u32` per pixel.
    Frame,
    /// Weights of the horizontal pass: [`FrameResizePlan::columns`].
    ColumnTaps,
    /// Weights of the vertical pass: [`FrameResizePlan::rows`].
    RowTaps,
    /// The result of the horizontal pass.
    Intermediate,
    /// Mean and standard deviation.
    Norm,
    /// The input of the network.
    Input,
}

/// The resize of frames of one size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FrameResizePlan {
    /// Filter taps of the output columns.
    pub columns: TapTable,
    /// Filter taps of the output rows.
    pub rows: TapTable,
    width: u32,
    side: u32,
    mirrored: bool,
}

impl FrameResizePlan {
    /// The resize of frames of `width` x `height` pixels, both at least 1.
    pub fn new(preprocess: &Preprocess, [width, height]: [u32; 2], mirrored: bool) -> Self {
        let [columns, rows] = preprocess.tap_tables(width, height);
        Self { columns, rows, width, side: preprocess.crop, mirrored }
    }

    /// The number of pixels that the first dispatch writes: source rows that are used, times output columns.
    pub fn intermediate_len(&self) -> usize {
        self.rows.used.len() * self.columns.outputs
    }

    /// The horizontal and the vertical pass for a frame whose rows have a stride of `stride` pixels.
    pub fn dispatches(&self, stride: u32) -> [Dispatch<FrameBuffer>; 2] {
        let Self { columns, rows, .. } = self;
        let side = self.side as usize;
        let horizontal = HorizontalParams {
            width: self.width as usize,
            stride: stride as usize,
            first_row: rows.used.start,
            columns: columns.outputs,
            taps: columns.stride,
            mirrored: self.mirrored.into(),
            threads: self.intermediate_len(),
        };
        let vertical = VerticalParams {
            side,
            columns: columns.outputs,
            rows: rows.outputs,
            left: columns.padding,
            above: rows.padding,
            first_row: rows.used.start,
            taps: rows.stride,
            threads: side * side,
        };
        let columns =
            [("frame", FrameBuffer::Frame), ("taps", FrameBuffer::ColumnTaps), ("y", FrameBuffer::Intermediate)];
        let rows = [
            ("narrowed", FrameBuffer::Intermediate),
            ("taps", FrameBuffer::RowTaps),
            ("norm", FrameBuffer::Norm),
            ("x", FrameBuffer::Input),
        ];
        [
            Dispatch::new(&HORIZONTAL, &horizontal, &columns, horizontal.threads),
            Dispatch::new(&VERTICAL, &vertical, &rows, vertical.threads),
        ]
    }
}
