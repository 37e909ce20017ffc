//! The thumbnails of a network's layers on the GPU.

use wgpu::util::DeviceExt;

use super::activation::Activation;
use super::bound_dispatch::{BoundDispatch, run, storage};
use super::context::Gpu;
use super::drawing::ValueRange;
use super::readback::{self, Piece};
use crate::error::Result;
use crate::kernel::{Argument, Dispatch};
use crate::lens::{Thumbnail, Thumbnails};
use crate::shape::Shape;

/// Thumbnails of all steps of a plan. Runs write their parts; cells and bounds are made of them when they are wanted.
#[derive(Debug)]
pub struct ThumbnailAtlas {
    gpu: Gpu,
    thumbnails: Thumbnails,
    parts: wgpu::Buffer,
    cells: wgpu::Buffer,
    lines: wgpu::Buffer,
    bounds: wgpu::Buffer,
    tables: [wgpu::Buffer; 2],
    calls: [BoundDispatch; 2],
}

impl ThumbnailAtlas {
    pub(super) fn new(gpu: &Gpu, thumbnails: &Thumbnails) -> Self {
        let table = |table: &[u32]| {
            gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("table of thumbnails"),
                contents: bytemuck::cast_slice(table),
                usage: wgpu::BufferUsages::STORAGE,
            })
        };
        let tables = [table(&thumbnails.line_table()), table(&thumbnails.bounds_table())];
        let parts = storage(gpu, "parts of thumbnails", thumbnails.parts_len());
        let cells = storage(gpu, "cells of thumbnails", thumbnails.cells_len());
        let lines = storage(gpu, "lines of thumbnails", thumbnails.lines_len() * 4);
        let bounds = storage(gpu, "bounds of thumbnails", thumbnails.bounds_len());
        let buffer = |argument: &Argument| match argument {
            Argument::Input(0) => &parts,
            Argument::Input(1) => &tables[0],
            Argument::Input(2) => &tables[1],
            Argument::Input(3) => &cells,
            Argument::Input(_) => &lines,
            _ => &bounds,
        };
        let call = |dispatch: Dispatch| {
            let buffers: Vec<_> = dispatch.arguments.iter().map(buffer).collect();
            BoundDispatch::new(gpu, &dispatch, &buffers)
        };
        let calls = thumbnails.dispatches().map(call);
        Self { gpu: gpu.clone(), thumbnails: thumbnails.clone(), parts, cells, lines, bounds, tables, calls }
    }

    /// The buffers that are worth freeing early.
    pub(super) fn memory(&self) -> [&wgpu::Buffer; 6] {
        let [of_lines, of_bounds] = &self.tables;
        [&self.parts, &self.cells, &self.lines, &self.bounds, of_lines, of_bounds]
    }

    /// What the steps' calls write.
    pub(super) fn parts(&self) -> &wgpu::Buffer {
        &self.parts
    }

    pub(super) fn buffers(&self) -> [&wgpu::Buffer; 2] {
        [&self.cells, &self.bounds]
    }

    /// One thumbnail a step of the plan.
    pub fn thumbnails(&self) -> &[Thumbnail] {
        self.thumbnails.list()
    }

    /// Makes cells and bounds of what the latest run left.
    pub fn run(&self) {
        run(&self.gpu, &self.calls);
    }

    /// The largest mean magnitude of any cell.
    pub fn cell_reach(&self) -> ValueRange {
        self.reach(2 * self.thumbnails().len())
    }

    /// The largest magnitude of any value in the network.
    pub fn value_reach(&self) -> ValueRange {
        self.reach(2 * self.thumbnails().len() + 1)
    }

    fn reach(&self, at: usize) -> ValueRange {
        let shape = Shape::new(1, self.thumbnails.bounds_len(), 1, 1);
        let of = Activation { gpu: self.gpu.clone(), buffer: self.bounds.clone(), shape };
        ValueRange { of, at }
    }

    /// The cells of the thumbnail with this number, line by line.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn read(&self, number: usize) -> Result<Vec<f32>> {
        let Thumbnail { rows, columns, first_cell, .. } = self.thumbnails()[number];
        let piece = Piece { buffer: &self.cells, first: first_cell, length: rows * columns };
        readback::collect(&self.gpu, &[piece]).await
    }
}
