//! The thumbnails of a plan's steps on the GPU.

use std::sync::Arc;

use super::activation::Activation;
use super::bound_dispatch::{BoundDispatch, run};
use super::buffer::GpuBuffer;
use super::context::Gpu;
use super::readback::{self, BufferRange};
use super::value_range::ValueRange;
use crate::error::Result;
use crate::plan::{Thumbnail, ThumbnailBuffer, ThumbnailLayout};
use crate::shape::Shape;

/// The thumbnails of all steps of a plan. A run of the network writes partial sums; [`ThumbnailAtlas::run`] makes cells and
/// bounds of them when they are needed.
#[derive(Debug)]
pub struct ThumbnailAtlas {
    gpu: Gpu,
    thumbnails: ThumbnailLayout,
    parts: Arc<GpuBuffer>,
    cells: Arc<GpuBuffer>,
    bounds: Arc<GpuBuffer>,
    dispatches: Vec<BoundDispatch>,
}

impl ThumbnailAtlas {
    /// To be called in an error scope when the pipelines of [`Thumbnails::dispatches`] are compiled.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when a pipeline is missing.
    pub(super) fn bind(gpu: &Gpu, thumbnails: &ThumbnailLayout) -> Result<Self> {
        let table = |table: &[u32]| {
            let contents = bytemuck::cast_slice(table);
            GpuBuffer::with_contents(gpu, "table of thumbnails", contents, wgpu::BufferUsages::STORAGE)
        };
        let tables = [table(&thumbnails.line_table()), table(&thumbnails.bounds_table())];
        let parts = GpuBuffer::storage(gpu, "parts of thumbnails", thumbnails.parts_len());
        let cells = GpuBuffer::storage(gpu, "cells of thumbnails", thumbnails.cells_len());
        let lines = GpuBuffer::storage(gpu, "lines of thumbnails", thumbnails.lines_len() * 4);
        let bounds = GpuBuffer::storage(gpu, "bounds of thumbnails", thumbnails.bounds_len());
        let buffer = |buffer: ThumbnailBuffer| match buffer {
            ThumbnailBuffer::Parts => &parts,
            ThumbnailBuffer::LineTable => &tables[0],
            ThumbnailBuffer::BoundsTable => &tables[1],
            ThumbnailBuffer::Cells => &cells,
            ThumbnailBuffer::Lines => &lines,
            ThumbnailBuffer::Bounds => &bounds,
        };
        let bind = |dispatch| BoundDispatch::bind(gpu, dispatch, buffer);
        let dispatches = thumbnails.dispatches().iter().map(bind).collect::<Result<_>>()?;
        Ok(Self { gpu: gpu.clone(), thumbnails: thumbnails.clone(), parts, cells, bounds, dispatches })
    }

    /// The buffer that the plan's thumbnail dispatches write.
    pub(super) fn parts(&self) -> &Arc<GpuBuffer> {
        &self.parts
    }

    pub(super) fn cells(&self) -> &Arc<GpuBuffer> {
        &self.cells
    }

    pub(super) fn bounds(&self) -> &Arc<GpuBuffer> {
        &self.bounds
    }

    /// One thumbnail per step of the plan.
    pub fn thumbnails(&self) -> &[Thumbnail] {
        self.thumbnails.list()
    }

    /// Makes cells and bounds from the partial sums of the latest run.
    pub fn run(&self) {
        run(&self.gpu, &self.dispatches);
    }

    /// The largest mean magnitude of any cell.
    pub fn cell_range(&self) -> ValueRange {
        self.range(2 * self.thumbnails().len())
    }

    /// The largest magnitude of any value in the network.
    pub fn value_range(&self) -> ValueRange {
        self.range(2 * self.thumbnails().len() + 1)
    }

    fn range(&self, at: usize) -> ValueRange {
        let shape = Shape::new(1, self.thumbnails.bounds_len(), 1, 1);
        let of = Activation { gpu: self.gpu.clone(), buffer: self.bounds.clone(), shape };
        ValueRange { of, at }
    }

    /// The cells of the thumbnail with this index, row by row.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn read(&self, index: usize) -> Result<Vec<f32>> {
        let Thumbnail { rows, columns, first_cell, .. } = self.thumbnails()[index];
        let cells = BufferRange { buffer: &self.cells, first: first_cell, length: rows * columns };
        readback::collect(&self.gpu, &[cells]).await
    }
}
