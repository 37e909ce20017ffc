//! From a frame on the GPU to the network's input: what [`Preprocess::normalised`] does, in two dispatches.

use crate::kernel::{Argument, Dispatch, Kernel, bindings, wgsl};
use crate::preprocess::{Preprocess, TapTable};

const ROWS: Kernel = Kernel::new(
    "resize_horizontal",
    wgsl!("resize_horizontal", "invocation_id", "fixed_point_resample"),
    bindings!(frame, taps => y),
    &["width", "stride", "first_row", "columns", "taps", "mirrored", "threads"],
);

const COLUMNS: Kernel = Kernel::new(
    "resize_vertical",
    wgsl!("resize_vertical", "invocation_id", "fixed_point_resample"),
    bindings!(narrowed, taps, norm => x),
    &["side", "columns", "rows", "left", "above", "first_row", "taps", "threads"],
);

pub(super) const KERNELS: [&Kernel; 2] = [&ROWS, &COLUMNS];

/// How frames of one size become the network's input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FrameResizePlan {
    /// The weights of the columns.
    pub columns: TapTable,
    /// The weights of the rows.
    pub rows: TapTable,
    width: u32,
    side: u32,
    mirrored: bool,
}

impl FrameResizePlan {
    /// For frames of `width` x `height` pixels, both at least 1.
    pub fn new(preprocess: &Preprocess, [width, height]: [u32; 2], mirrored: bool) -> Self {
        let [columns, rows] = preprocess.tap_tables(width, height);
        Self { columns, rows, width, side: preprocess.crop, mirrored }
    }

    /// How many pixels the first dispatch writes.
    pub fn narrowed_len(&self) -> usize {
        self.rows.used.len() * self.columns.outputs
    }

    /// The two calls for a frame whose rows are `stride` pixels apart. [`Argument::Input`] 0 is the frame, 1 and 2 the weights of
    /// columns and rows, 3 what lies between the calls, 4 mean and deviation; [`Argument::Output`] is the network's input.
    pub fn dispatches(&self, stride: u32) -> [Dispatch; 2] {
        let call = |kernel, params: &[u32], arguments: &[Argument]| {
            let threads = params[params.len() - 1] as usize;
            Dispatch::new(kernel, params.to_vec(), arguments.to_vec(), threads)
        };
        let [columns, rows, used, narrowed] =
            [self.columns.outputs, self.rows.outputs, self.rows.used.start, self.narrowed_len()].map(|n| n as u32);
        let [left, above, column_taps, row_taps] =
            [self.columns.padding, self.rows.padding, self.columns.stride, self.rows.stride].map(|n| n as u32);
        let side = self.side;
        let input = Argument::Input;
        [
            call(
                &ROWS,
                &[self.width, stride, used, columns, column_taps, self.mirrored.into(), narrowed],
                &[input(0), input(1), input(3)],
            ),
            call(
                &COLUMNS,
                &[side, columns, rows, left, above, used, row_taps, side * side],
                &[input(3), input(2), input(4), Argument::Output],
            ),
        ]
    }
}
