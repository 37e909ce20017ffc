//! The canvases of a session.

use std::collections::HashMap;

use super::request::CanvasRole;
use crate::error::{Error, Result};
use crate::gpu::{Canvas, Drawing, Gpu, Painter, Pixels};

/// The attached canvases, and the painter that draws on them.
#[derive(Debug, Default)]
pub(super) struct Canvases {
    attached: HashMap<CanvasRole, Canvas>,
    painter: Option<(Gpu, Painter)>,
}

impl Canvases {
    /// Attaches a canvas in place of the previous one of the same role.
    pub fn attach(&mut self, role: CanvasRole, canvas: Canvas) {
        self.attached.insert(role, canvas);
    }

    /// Whether a canvas of this role is attached.
    pub fn contains(&self, role: CanvasRole) -> bool {
        self.attached.contains_key(&role)
    }

    /// The pixels of an offscreen canvas.
    ///
    /// # Errors
    /// [`Error::State`] if no offscreen canvas of this role is attached or nothing has been drawn on it, [`Error::Gpu`] if the
    /// device fails.
    pub async fn pixels(&self, gpu: &Gpu, role: CanvasRole) -> Result<Pixels> {
        self.attached.get(&role).ok_or_else(|| not_attached(role))?.pixels(gpu).await
    }

    /// Draws on the canvas of this role.
    ///
    /// # Errors
    /// [`Error::State`] if no canvas of this role is attached, and as [`Painter::draw`].
    pub async fn draw(&mut self, gpu: &Gpu, role: CanvasRole, size: [u32; 2], drawing: &Drawing) -> Result<()> {
        let canvas = self.attached.get_mut(&role).ok_or_else(|| not_attached(role))?;
        painter(&mut self.painter, gpu).await?.draw(canvas, size, drawing).await
    }

    /// Draws on an offscreen canvas that is not attached, and returns the pixels.
    ///
    /// # Errors
    /// As [`Painter::draw`].
    pub async fn render(&mut self, gpu: &Gpu, size: [u32; 2], drawing: &Drawing) -> Result<Pixels> {
        let mut canvas = Canvas::hidden();
        painter(&mut self.painter, gpu).await?.draw(&mut canvas, size, drawing).await?;
        canvas.pixels(gpu).await
    }
}

/// The painter of this device, created on first use and after a change of the device.
async fn painter<'a>(painter: &'a mut Option<(Gpu, Painter)>, gpu: &Gpu) -> Result<&'a mut Painter> {
    if painter.as_ref().is_none_or(|(device, _)| !device.same_device(gpu)) {
        *painter = None;
    }
    match painter {
        Some((_, painter)) => Ok(painter),
        None => Ok(&mut painter.insert((gpu.clone(), Painter::new(gpu).await?)).1),
    }
}

fn not_attached(role: CanvasRole) -> Error {
    Error::State(format!("the {} canvas: expected it to be attached, found none", role.name()))
}
