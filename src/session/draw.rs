//! Drawing the values of layers on canvases.

use super::model::{Inspected, Model};
use super::request::{
    CanvasRole, ChannelRequest, FiltersRequest, GridRequest, MapRequest, NodeTile, OverlayKind, OverlayRequest,
};
use super::scale_bounds::ScaleBounds;
use super::state::{Session, get, no_model};
use crate::error::{Error, Result};
use crate::gpu::{Canvas, Drawing, Finish, Pixels, RenderStyle, StatisticsPass};
use crate::graph::grad_cam_name;
use crate::lens::PixelRect;

impl Session {
    /// Attaches a canvas of the page, in place of the previous one of the same role.
    ///
    /// # Errors
    /// [`Error::Request`] if the canvas already has a context of another kind.
    #[cfg(target_arch = "wasm32")]
    pub async fn attach_page_canvas(&self, role: CanvasRole, canvas: web_sys::OffscreenCanvas) -> Result<()> {
        let canvas = Canvas::on_page(&get(&self.gpu), canvas)?;
        self.canvases.lock().await.attach(role, canvas);
        Ok(())
    }

    /// Attaches an offscreen canvas, in place of the previous one of the same role. [`Session::pixels`] reads it.
    pub async fn attach_offscreen_canvas(&self, role: CanvasRole) {
        self.canvases.lock().await.attach(role, Canvas::hidden());
    }

    /// The latest drawing on an offscreen canvas, see [`Canvas::pixels`].
    ///
    /// # Errors
    /// [`Error::State`] if no offscreen canvas of this role is attached or nothing has been drawn on it, [`Error::Gpu`] if the
    /// device fails.
    pub async fn pixels(&self, role: CanvasRole) -> Result<Pixels> {
        self.canvases.lock().await.pixels(&get(&self.gpu), role).await
    }

    /// Draws thumbnails on [`CanvasRole::Map`]: for each node, the mean magnitude over the channels of the value that its step
    /// stores; none for a node whose value is not used. The nodes need not be observed and stay fused. The first call runs the latest
    /// image again.
    ///
    /// # Errors
    /// As [`Session::draw_grid`].
    pub async fn draw_map(&self, request: &MapRequest) -> Result<()> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let tile = |tile: &NodeTile| Ok(model.step_of(&tile.node)?.map(|step| (step, tile.rectangle.pixels())));
        let tiles = request.tiles.iter().filter_map(|node| tile(node).transpose()).collect::<Result<Vec<_>>>()?;
        let atlas = model.thumbnail_atlas().await?;
        let range = Some(atlas.cell_range());
        let style = RenderStyle { colour: request.colour, finish: Finish::Crisp, opacity: 1.0, range };
        let drawing = Drawing::of_thumbnails(atlas, &tiles, style)?;
        self.draw(CanvasRole::Map, [request.width, request.height], &drawing).await
    }

    /// Draws channels of an observed node as tiles on [`CanvasRole::Grid`]. Returns the bounds of the scale if the request has
    /// `legend`.
    ///
    /// # Errors
    /// [`Error::Request`] for an invalid request, [`Error::Graph`] if the network has no such node, [`Error::State`] if no canvas
    /// is attached, the node is not observed or no image has been classified since, [`Error::Gpu`] if the device fails.
    pub async fn draw_grid(&self, request: &GridRequest) -> Result<Option<ScaleBounds>> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let drawn = grid(model, request).await?;
        self.draw(CanvasRole::Grid, [request.width, request.height], &drawn.drawing).await?;
        drawn.bounds(request.legend).await
    }

    /// Draws channels of an observed node as tiles offscreen and returns the pixels, with the bounds of the scale if the request has
    /// `legend`. No canvas is needed, and any texture size is allowed.
    ///
    /// # Errors
    /// As [`Session::draw_grid`].
    pub async fn grid_pixels(&self, request: &GridRequest) -> Result<(Pixels, Option<ScaleBounds>)> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let drawn = grid(model, request).await?;
        Ok((self.render([request.width, request.height], &drawn.drawing).await?, drawn.bounds(request.legend).await?))
    }

    /// Draws one channel of an observed node over the whole canvas [`CanvasRole::Channel`].
    ///
    /// # Errors
    /// As [`Session::draw_grid`].
    pub async fn draw_channel(&self, request: &ChannelRequest) -> Result<Option<ScaleBounds>> {
        let size = [request.width, request.height];
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let range = model.network_range(request.colour.scale).await?;
        let style = RenderStyle { colour: request.colour, finish: Finish::Crisp, opacity: 1.0, range };
        let Inspected { activation, statistics, .. } = model.inspect(&request.node).await?;
        let drawing = Drawing::of_channels(activation, statistics, &[(request.channel, whole(size))], style.clone())?;
        self.draw(CanvasRole::Channel, size, &drawing).await?;
        let channel = Some(request.channel);
        if request.legend { ScaleBounds::read(statistics, &style, channel).await.map(Some) } else { Ok(None) }
    }

    /// Draws a class activation map, a Grad-CAM or a channel with bilinear interpolation over the whole canvas
    /// [`CanvasRole::Overlay`].
    ///
    /// # Errors
    /// As [`Session::draw_grid`], and [`Error::Weights`] if the weights of the head cannot be read.
    pub async fn draw_overlay(&self, request: &OverlayRequest) -> Result<Option<ScaleBounds>> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let drawn = overlay(model, request).await?;
        self.draw(CanvasRole::Overlay, [request.width, request.height], &drawn.drawing).await?;
        drawn.bounds(request.legend).await
    }

    /// Draws an overlay offscreen and returns the pixels, with the bounds of the scale if the request has `legend`. No canvas is
    /// needed.
    ///
    /// # Errors
    /// As [`Session::draw_overlay`].
    pub async fn overlay_pixels(&self, request: &OverlayRequest) -> Result<(Pixels, Option<ScaleBounds>)> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let drawn = overlay(model, request).await?;
        Ok((self.render([request.width, request.height], &drawn.drawing).await?, drawn.bounds(request.legend).await?))
    }

    /// Draws filters of a convolution with three input channels as RGB images on [`CanvasRole::Filters`].
    ///
    /// # Errors
    /// As [`Session::draw_grid`], and [`Error::Weights`] if the weights cannot be read.
    pub async fn draw_filters(&self, request: &FiltersRequest) -> Result<()> {
        let tiles: Vec<_> = request.tiles.iter().map(|tile| (tile.channel, tile.rectangle.pixels())).collect();
        let mut guard = self.model.lock().await;
        let filters = guard.as_mut().ok_or_else(no_model)?.filters(&request.node).await?;
        let drawing = Drawing::of_filters(&filters.values, &filters.largest, &tiles)?;
        self.draw(CanvasRole::Filters, [request.width, request.height], &drawing).await
    }

    async fn render(&self, size: [u32; 2], drawing: &Drawing) -> Result<Pixels> {
        self.canvases.lock().await.render(&get(&self.gpu), size, drawing).await
    }

    async fn draw(&self, role: CanvasRole, size: [u32; 2], drawing: &Drawing) -> Result<()> {
        self.canvases.lock().await.draw(&get(&self.gpu), role, size, drawing).await
    }
}

/// A drawing of an inspected value, and what its legend is read from.
struct Drawn<'a> {
    drawing: Drawing,
    style: RenderStyle,
    statistics: &'a StatisticsPass,
    /// The channel, if only one is drawn.
    channel: Option<usize>,
}

impl Drawn<'_> {
    /// Reads the bounds of the scale if they are wanted.
    async fn bounds(&self, wanted: bool) -> Result<Option<ScaleBounds>> {
        if !wanted {
            return Ok(None);
        }
        ScaleBounds::read(self.statistics, &self.style, self.channel).await.map(Some)
    }
}

/// The drawing of channels as tiles.
async fn grid<'a>(model: &'a mut Model, request: &GridRequest) -> Result<Drawn<'a>> {
    let range = model.network_range(request.colour.scale).await?;
    let style = RenderStyle { colour: request.colour, finish: Finish::Crisp, opacity: 1.0, range };
    let Inspected { activation, statistics, .. } = model.inspect(&request.node).await?;
    let tiles: Vec<_> = request.tiles.iter().map(|tile| (tile.channel, tile.rectangle.pixels())).collect();
    let drawing = Drawing::of_channels(activation, statistics, &tiles, style.clone())?;
    let channel = if let [(channel, _)] = tiles[..] { Some(channel) } else { None };
    Ok(Drawn { drawing, style, statistics, channel })
}

/// The drawing of a class activation map, a Grad-CAM or a channel with bilinear interpolation.
async fn overlay<'a>(model: &'a mut Model, request: &OverlayRequest) -> Result<Drawn<'a>> {
    let missing = |member: &str| Error::Request(format!("the overlay: expected a {member}, found none"));
    let range = model.network_range(request.colour.scale).await?;
    let style = RenderStyle { colour: request.colour, finish: Finish::SmoothOver, opacity: request.opacity, range };
    let (activation, statistics, channel) = match request.kind {
        OverlayKind::Cam => {
            let class = request.class.ok_or_else(|| missing("class"))?;
            let class_map = model.class_activation_map(class).await?;
            (class_map.map(), class_map.statistics(), 0)
        }
        OverlayKind::GradCam => {
            let node = request.node.as_deref().ok_or_else(|| missing("node"))?;
            model.check_attribution(node)?;
            let Inspected { activation, statistics, .. } = model.inspect(&grad_cam_name(node)).await?;
            (activation, statistics, 0)
        }
        OverlayKind::Channel => {
            let node = request.node.as_deref().ok_or_else(|| missing("node"))?;
            let channel = request.channel.ok_or_else(|| missing("channel"))?;
            let Inspected { activation, statistics, .. } = model.inspect(node).await?;
            (activation, statistics, channel)
        }
    };
    let tile = (channel, whole([request.width, request.height]));
    let drawing = Drawing::of_channels(activation, statistics, &[tile], style.clone())?;
    Ok(Drawn { drawing, style, statistics, channel: Some(channel) })
}

/// The rectangle of a whole canvas.
fn whole([width, height]: [u32; 2]) -> PixelRect {
    PixelRect { x: 0, y: 0, width, height }
}
