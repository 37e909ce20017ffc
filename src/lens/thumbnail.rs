//! A layer at a glance: the mean magnitude of its channels in a few cells, small enough to keep one of every layer.
//!
//! A thumbnail is made right behind the dispatches of its step, while the step's value is still in its slot. So no map has to be
//! kept for it and nothing that is fused has to come apart.

use crate::kernel::{Argument, Dispatch, Kernel, bindings, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// The most cells that a thumbnail has each way.
const MOST_CELLS: usize = 56;

/// Quads of channels whose magnitudes one invocation adds up.
const SLICE: usize = 32;

const PARTS: Kernel = Kernel::new(
    "thumbnail",
    wgsl!("thumbnail", "invocation_id"),
    bindings!(x => y),
    &["height", "width", "channel_quads", "cell", "columns", "slices", "first", "threads"],
);

const LINES: Kernel = Kernel::new(
    "thumbnail_lines",
    wgsl!("thumbnail_lines", "invocation_id"),
    bindings!(parts, table => cells, lines),
    &["lines"],
);

const BOUNDS: Kernel = Kernel::new(
    "thumbnail_bounds",
    wgsl!("thumbnail_bounds", "invocation_id"),
    bindings!(lines, table => bounds),
    &["thumbnails", "lines"],
);

pub(super) const KERNELS: [&Kernel; 3] = [&PARTS, &LINES, &BOUNDS];

/// Where the cells of one layer's thumbnail are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbnail {
    /// The shape of the layer's value.
    pub shape: Shape,
    /// Cells in a line.
    pub columns: usize,
    /// Lines.
    pub rows: usize,
    /// The number of its first cell among those of all thumbnails.
    pub first_cell: usize,
    cell: usize,
    slices: usize,
    first_part: usize,
    first_line: usize,
}

impl Thumbnail {
    /// The specification, in `f64`: the mean magnitude in each cell, of the first image.
    pub fn reference(&self, map: &HostTensor) -> Vec<f32> {
        let Shape { c, h, w, .. } = self.shape;
        let cells = (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (row, column)));
        let mean = |(row, column): (usize, usize)| {
            let pixels = (row * self.cell..((row + 1) * self.cell).min(h))
                .flat_map(|y| (column * self.cell..((column + 1) * self.cell).min(w)).map(move |x| (y, x)));
            let values = pixels.flat_map(|(y, x)| (0..c).map(move |channel| map.at(0, channel, y, x)));
            let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + f64::from(value.abs()), count + 1));
            (sum / f64::from(count)) as f32
        };
        cells.map(mean).collect()
    }

    fn parts(&self) -> usize {
        self.rows * self.columns * self.slices
    }

    /// The call behind the layer's step: [`Argument::Input`] 0 is its value, [`Argument::Output`] the parts of all thumbnails.
    fn dispatch(&self) -> Dispatch {
        let Shape { h, w, .. } = self.shape;
        let params =
            [h, w, self.shape.channel_quads(), self.cell, self.columns, self.slices, self.first_part, self.parts()];
        let arguments = vec![Argument::Input(0), Argument::Output];
        Dispatch::new(&PARTS, params.map(|extent| extent as u32).into(), arguments, self.parts())
    }
}

/// The thumbnails of all layers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thumbnails {
    list: Vec<Thumbnail>,
}

impl Thumbnails {
    /// Adds the thumbnail of a layer whose value has this shape, and returns the call that makes it.
    pub(crate) fn add(&mut self, shape: Shape) -> Dispatch {
        let cell = shape.h.max(shape.w).div_ceil(MOST_CELLS);
        let last = self.list.last();
        let thumbnail = Thumbnail {
            shape,
            columns: shape.w.div_ceil(cell),
            rows: shape.h.div_ceil(cell),
            cell,
            slices: shape.channel_quads().div_ceil(SLICE),
            first_part: last.map_or(0, |last| last.first_part + last.parts()),
            first_cell: last.map_or(0, |last| last.first_cell + last.rows * last.columns),
            first_line: last.map_or(0, |last| last.first_line + last.rows),
        };
        self.list.push(thumbnail);
        thumbnail.dispatch()
    }

    /// All of them, one a step of the plan.
    pub fn list(&self) -> &[Thumbnail] {
        &self.list
    }

    /// The length of the buffer that the steps' calls write, in `f32`.
    pub(crate) fn parts_len(&self) -> usize {
        self.list.iter().map(Thumbnail::parts).sum::<usize>() * 2
    }

    /// How many cells there are.
    pub(crate) fn cells_len(&self) -> usize {
        self.list.iter().map(|thumbnail| thumbnail.rows * thumbnail.columns).sum()
    }

    /// How many lines of cells there are.
    pub(crate) fn lines_len(&self) -> usize {
        self.list.iter().map(|thumbnail| thumbnail.rows).sum()
    }

    /// The length of the bounds: least and largest cell of each thumbnail, the largest cell of all, the largest magnitude of
    /// any value.
    pub(crate) fn bounds_len(&self) -> usize {
        2 * self.list.len() + 2
    }

    /// What `thumbnail_lines` reads of each line.
    pub(crate) fn line_table(&self) -> Vec<u32> {
        let line = |thumbnail: &Thumbnail, row: usize| {
            let Thumbnail { shape, columns, cell, slices, first_part, first_cell, .. } = *thumbnail;
            let high = cell.min(shape.h - row * cell);
            let wide = |column: usize| cell.min(shape.w - column * cell);
            let (whole, last) = (high * wide(0) * shape.c, high * wide(columns - 1) * shape.c);
            let line = row * columns;
            [first_part + line * slices, first_cell + line, columns, slices, whole, last].map(|number| number as u32)
        };
        self.list.iter().flat_map(|thumbnail| (0..thumbnail.rows).flat_map(move |row| line(thumbnail, row))).collect()
    }

    /// What `thumbnail_bounds` reads of each thumbnail.
    pub(crate) fn bounds_table(&self) -> Vec<u32> {
        self.list.iter().flat_map(|thumbnail| [thumbnail.first_line as u32, thumbnail.rows as u32]).collect()
    }

    /// The calls that make cells and bounds of what the steps' calls wrote: [`Argument::Input`] 0 the parts, 1 and 2 the tables
    /// of lines and bounds, 3 the cells, 4 the lines; [`Argument::Output`] the bounds.
    pub(crate) fn dispatches(&self) -> [Dispatch; 2] {
        let [lines, thumbnails] = [self.lines_len(), self.list.len()];
        let input = Argument::Input;
        [
            Dispatch::new(&LINES, vec![lines as u32], vec![input(0), input(1), input(3), input(4)], lines),
            Dispatch::new(
                &BOUNDS,
                vec![thumbnails as u32, lines as u32],
                vec![input(4), input(2), Argument::Output],
                thumbnails,
            ),
        ]
    }
}
