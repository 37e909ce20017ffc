//! Resizes, crops and normalises a frame on the GPU: [`Preprocess::normalised`] in two dispatches, with equal results.

use crate::kernel::{Argument, Dispatch, Kernel, bindings, wgsl};
use crate::preprocess::{Preprocess, TapTable};

const HORIZONTAL: Kernel = Kernel::new(
    "resize_horizontal",
    wgsl!("resize_horizontal", "invocation_id", "fixed_point_resample"),
    bindings!(frame, taps => y),
    &["width", "stride", "first_row", "columns", "taps", "mirrored", "threads"],
);

const VERTICAL: Kernel = Kernel::new(
    "resize_vertical",
    wgsl!("resize_vertical", "invocation_id", "fixed_point_resample"),
    bindings!(narrowed, taps, norm => x),
    &["side", "columns", "rows", "left", "above", "first_row", "taps", "threads"],
);

pub(super) const KERNELS: [&Kernel; 2] = [&HORIZONTAL, &VERTICAL];

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

    /// The two dispatches for a frame whose rows are `stride` pixels apart. [`Argument::Input`] 0 is the frame, 1 and 2 the taps of
    /// columns and rows, 3 the intermediate image, 4 mean and standard deviation; [`Argument::Output`] is the network's input.
    pub fn dispatches(&self, stride: u32) -> [Dispatch; 2] {
        let dispatch = |kernel, params: &[u32], arguments: &[Argument]| {
            let threads = params[params.len() - 1] as usize;
            Dispatch::new(kernel, params.to_vec(), arguments.to_vec(), threads)
        };
        let [columns, rows, first_row, intermediate] =
            [self.columns.outputs, self.rows.outputs, self.rows.used.start, self.intermediate_len()].map(|n| n as u32);
        let [left, above, column_taps, row_taps] =
            [self.columns.padding, self.rows.padding, self.columns.stride, self.rows.stride].map(|n| n as u32);
        let side = self.side;
        let input = Argument::Input;
        [
            dispatch(
                &HORIZONTAL,
                &[self.width, stride, first_row, columns, column_taps, self.mirrored.into(), intermediate],
                &[input(0), input(1), input(3)],
            ),
            dispatch(
                &VERTICAL,
                &[side, columns, rows, left, above, first_row, row_taps, side * side],
                &[input(3), input(2), input(4), Argument::Output],
            ),
        ]
    }
}
