//! Thumbnails: for every step, the mean magnitude of its value's channels, on a grid of at most 56 x 56 cells.
//!
//! The first dispatch of a thumbnail runs directly after its step, while the step's value is still in its slot. Thumbnails
//! therefore need no observed nodes and do not prevent fusion.

use crate::kernel::{Argument, Dispatch, Kernel, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// The maximum number of rows and of columns of a thumbnail.
const MAX_CELLS: usize = 56;

/// Channel quads per invocation of the first kernel.
const SLICE: usize = 32;

params!(struct PartsParams { height, width, channel_quads, cell, columns, slices, first, threads });

static PARTS: Kernel =
    Kernel::new("thumbnail", wgsl!("thumbnail", "invocation_id"), bindings!(x => y), PartsParams::FIELDS);

params!(struct LinesParams { lines });

static LINES: Kernel = Kernel::new(
    "thumbnail_lines",
    wgsl!("thumbnail_lines", "invocation_id"),
    bindings!(parts, table => cells, lines),
    LinesParams::FIELDS,
);

params!(struct BoundsParams { thumbnails, lines });

static BOUNDS: Kernel = Kernel::new(
    "thumbnail_bounds",
    wgsl!("thumbnail_bounds", "invocation_id"),
    bindings!(lines, table => bounds),
    BoundsParams::FIELDS,
);

pub(super) static KERNELS: [&Kernel; 3] = [&PARTS, &LINES, &BOUNDS];

/// What [`ThumbnailLayout::dispatches`] bind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ThumbnailBuffer {
    /// What the dispatches after the steps wrote: [`ThumbnailLayout::parts_len`] values.
    Parts,
    /// [`ThumbnailLayout::line_table`]
    LineTable,
    /// [`ThumbnailLayout::bounds_table`]
    BoundsTable,
    /// [`ThumbnailLayout::cells_len`] values.
    Cells,
    /// Four values per line.
    Lines,
    /// [`ThumbnailLayout::bounds_len`] values.
    Bounds,
}

/// The layout of one step's thumbnail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbnail {
    /// The shape of the step's value.
    pub shape: Shape,
    /// Cells per row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Index of its first cell among the cells of all thumbnails.
    pub first_cell: usize,
    /// Side of a cell in values.
    cell: usize,
    /// Invocations per cell, each for [`SLICE`] channel quads.
    slices: usize,
    /// Index of its first partial sum.
    first_part: usize,
    /// Index of its first row among the rows of all thumbnails.
    first_line: usize,
}

impl Thumbnail {
    /// The CPU reference in `f64`: the mean magnitude of each cell, row by row, of the first image of the batch.
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

    /// The dispatch after the step: [`Argument::Input`] 0 is the step's value, [`Argument::Output`] the partial sums of all
    /// thumbnails.
    fn dispatch(&self) -> Dispatch {
        let params = PartsParams {
            height: self.shape.h,
            width: self.shape.w,
            channel_quads: self.shape.channel_quads(),
            cell: self.cell,
            columns: self.columns,
            slices: self.slices,
            first: self.first_part,
            threads: self.parts(),
        };
        Dispatch::new(&PARTS, &params, &[("x", Argument::Input(0)), ("y", Argument::Output)], params.threads)
    }
}

/// The layout of the thumbnails of all steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThumbnailLayout {
    list: Vec<Thumbnail>,
}

impl ThumbnailLayout {
    /// Adds the thumbnail of a step whose value has this shape, and returns the dispatch of its partial sums.
    pub(crate) fn add(&mut self, shape: Shape) -> Dispatch {
        let cell = shape.h.max(shape.w).div_ceil(MAX_CELLS);
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

    /// All thumbnails, one per step of the plan.
    pub fn list(&self) -> &[Thumbnail] {
        &self.list
    }

    /// The length of the buffer of partial sums in `f32`.
    pub(crate) fn parts_len(&self) -> usize {
        self.list.iter().map(Thumbnail::parts).sum::<usize>() * 2
    }

    /// The number of cells of all thumbnails.
    pub(crate) fn cells_len(&self) -> usize {
        self.list.iter().map(|thumbnail| thumbnail.rows * thumbnail.columns).sum()
    }

    /// The number of rows of all thumbnails.
    pub(crate) fn lines_len(&self) -> usize {
        self.list.iter().map(|thumbnail| thumbnail.rows).sum()
    }

    /// The length of the bounds: smallest and largest cell of each thumbnail, the largest cell of all thumbnails, the largest
    /// magnitude of any value.
    pub(crate) fn bounds_len(&self) -> usize {
        2 * self.list.len() + 2
    }

    /// The table that `thumbnail_lines` reads: for each row, first partial sum, first cell, columns, slices, and the number of
    /// values in a full cell and in the last cell.
    pub(crate) fn line_table(&self) -> Vec<u32> {
        let line = |thumbnail: &Thumbnail, row: usize| {
            let Thumbnail { shape, columns, cell, slices, first_part, first_cell, .. } = *thumbnail;
            let height = cell.min(shape.h - row * cell);
            let width = |column: usize| cell.min(shape.w - column * cell);
            let (full, last) = (height * width(0) * shape.c, height * width(columns - 1) * shape.c);
            let cells_before = row * columns;
            [first_part + cells_before * slices, first_cell + cells_before, columns, slices, full, last]
                .map(|number| number as u32)
        };
        self.list.iter().flat_map(|thumbnail| (0..thumbnail.rows).flat_map(move |row| line(thumbnail, row))).collect()
    }

    /// The table that `thumbnail_bounds` reads: first row and number of rows of each thumbnail.
    pub(crate) fn bounds_table(&self) -> Vec<u32> {
        self.list.iter().flat_map(|thumbnail| [thumbnail.first_line as u32, thumbnail.rows as u32]).collect()
    }

    /// The dispatches that compute cells and bounds from the parts.
    pub(crate) fn dispatches(&self) -> [Dispatch<ThumbnailBuffer>; 2] {
        use ThumbnailBuffer::{Bounds, BoundsTable, Cells, LineTable, Lines, Parts};
        let (lines, thumbnails) = (self.lines_len(), self.list.len());
        let cells = [("parts", Parts), ("table", LineTable), ("cells", Cells), ("lines", Lines)];
        let bounds = [("lines", Lines), ("table", BoundsTable), ("bounds", Bounds)];
        [
            Dispatch::new(&LINES, &LinesParams { lines }, &cells, lines),
            Dispatch::new(&BOUNDS, &BoundsParams { thumbnails, lines }, &bounds, thumbnails),
        ]
    }
}
