//! From frames of a camera or a video to the network's input on the GPU.

mod resources;
mod source;

use std::sync::Arc;

use super::bound_dispatch::BoundDispatch;
use super::buffer::GpuBuffer;
use super::context::Gpu;
use crate::error::{Error, Result};
use crate::preprocess::Preprocess;
use resources::FrameResources;
pub use source::FrameSource;

/// Takes frames and preprocesses them as a model's card specifies. Buffers are allocated once per frame size.
#[derive(Debug)]
pub struct FramePreprocessor {
    gpu: Gpu,
    preprocess: Preprocess,
    /// Channels of the network's input: 1 for grey, otherwise 3.
    channels: usize,
    resources: Option<FrameResources>,
    bound: Option<Bound>,
}

/// The dispatches that write one input buffer.
#[derive(Debug)]
struct Bound {
    input: Arc<GpuBuffer>,
    dispatches: Vec<BoundDispatch>,
}

impl FramePreprocessor {
    /// For the preprocessing of a model whose input has `channels` channels: 1 for grey, otherwise 3. Nothing is allocated before
    /// the first frame.
    pub fn new(gpu: &Gpu, preprocess: &Preprocess, channels: usize) -> Self {
        Self { gpu: gpu.clone(), preprocess: *preprocess, channels, resources: None, bound: None }
    }

    /// Allocates for frames of this size, unless the latest frame had it. A failure leaves the latest frame in place.
    ///
    /// # Errors
    /// [`Error::Request`] for a size that the device's textures and buffers cannot have, [`Error::Gpu`] when the device cannot
    /// hold it or fails.
    pub async fn prepare(&mut self, size: [u32; 2], mirrored: bool) -> Result<()> {
        if self.resources.as_ref().is_some_and(|resources| resources.fits(size, mirrored)) {
            return Ok(());
        }
        resources::check_size(&self.gpu, size)?;
        let [width, height] = size;
        let operation = format!("allocate for frames of {width} x {height}");
        let allocate = || Ok(FrameResources::new(&self.gpu, &self.preprocess, self.channels, size, mirrored));
        self.resources = Some(self.gpu.guarded(&operation, allocate).await?);
        self.bound = None;
        Ok(())
    }

    /// Frees the latest frame and everything that was allocated for its size.
    pub fn release(&mut self) {
        self.resources = None;
        self.bound = None;
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// As [`FramePreprocessor::prepare`], and [`Error::Request`] when the number of bytes is not that of the size.
    pub async fn take(&mut self, frame: &FrameSource<'_>, mirrored: bool) -> Result<()> {
        self.gpu.begin()?;
        frame.check()?;
        self.prepare(frame.size(), mirrored).await?;
        if let Some(resources) = &self.resources {
            frame.copy_to(&self.gpu, resources.texture());
        }
        self.gpu.check()
    }

    /// Binds the input of a network, which is as large as the crop, unless it is bound already.
    ///
    /// # Errors
    /// [`Error::State`] when there is no frame, [`Error::Gpu`] when the device fails.
    pub(super) async fn bind(&mut self, input: &Arc<GpuBuffer>) -> Result<()> {
        let Some(resources) = &self.resources else { return Err(no_frame()) };
        if self.bound.as_ref().is_some_and(|bound| Arc::ptr_eq(&bound.input, input)) {
            return Ok(());
        }
        self.gpu.compile(&resources.dispatches()).await?;
        let bind = || resources.bind(&self.gpu, input);
        let dispatches = self.gpu.guarded("prepare the preprocessing of frames", bind).await?;
        self.bound = Some(Bound { input: input.clone(), dispatches });
        Ok(())
    }

    /// Records the preprocessing of the latest frame into the bound input.
    ///
    /// # Errors
    /// [`Error::State`] when there is no frame.
    pub(super) fn record(&self, encoder: &mut wgpu::CommandEncoder) -> Result<()> {
        let (Some(resources), Some(bound)) = (&self.resources, &self.bound) else { return Err(no_frame()) };
        resources.record_copy(encoder);
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        bound.dispatches.iter().for_each(|dispatch| dispatch.record(&mut pass));
        Ok(())
    }
}

fn no_frame() -> Error {
    Error::State("the network's input: expected a frame, found none yet".to_owned())
}
