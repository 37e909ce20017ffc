//! Drawing and looking: what a session shows of the layers that are observed.

use std::collections::HashMap;

use serde::Serialize;

use super::inspect::Inspected;
use super::request::{
    CanvasRole, ChannelRequest, FiltersRequest, GridRequest, MapRequest, OverlayKind, OverlayRequest,
};
use super::{Session, guarded, no_model};
use crate::error::{Error, Result};
use crate::gpu::{Canvas, Drawing, Finish, Gpu, Painter, Pixels, RenderStyle, StatisticsPass};
use crate::lens::{ColourMapping, Histogram, Legend, PixelRect, RelatedNode, Scale, Statistics, related_nodes};
use crate::tensor::HostTensor;

/// The canvases of a session and what draws on them.
#[derive(Debug, Default)]
pub(super) struct Canvases {
    of: HashMap<CanvasRole, Canvas>,
    painter: Option<(Gpu, Painter)>,
}

impl Canvases {
    /// Whether a view has a canvas.
    pub fn has(&self, view: CanvasRole) -> bool {
        self.of.contains_key(&view)
    }
}

/// The ends of a scale in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScaleBounds {
    /// The value of the colormap's first colour; none where each channel has a scale of its own.
    pub low: Option<f32>,
    /// The value of its last colour.
    pub high: Option<f32>,
    /// Whether zero is in the middle.
    pub signed: bool,
}

/// Where something is drawn.
enum DrawTarget<'a> {
    /// On the canvas of a view.
    View(CanvasRole),
    /// On one that is nobody's.
    Canvas(&'a mut Canvas),
}

/// Channels of a node and how to draw them.
struct Channels<'a> {
    node: &'a str,
    size: [u32; 2],
    tiles: Vec<(usize, PixelRect)>,
    colour: ColourMapping,
    /// Whether the ends of the scale are asked for, and of which channel where only one is drawn.
    ends: Option<Option<usize>>,
}

impl<'a> Channels<'a> {
    fn of_grid(request: &'a GridRequest) -> Self {
        Self {
            node: &request.node,
            size: [request.width, request.height],
            tiles: request.tiles.iter().map(|tile| (tile.channel, tile.place.tile())).collect(),
            colour: request.colour,
            ends: request.legend.then_some(None),
        }
    }
}

impl Session {
    /// Gives the session a canvas of a page for a view, in place of the one before.
    ///
    /// # Errors
    /// [`Error::Request`] when the canvas has given out a context of another kind before.
    #[cfg(target_arch = "wasm32")]
    pub async fn attach_page_canvas(&self, view: CanvasRole, canvas: web_sys::OffscreenCanvas) -> Result<()> {
        let canvas = Canvas::on_page(&guarded(&self.gpu), canvas)?;
        self.canvases.lock().await.of.insert(view, canvas);
        Ok(())
    }

    /// Gives the session a canvas that nobody sees, to be read with [`Session::pixels`].
    pub async fn attach_offscreen_canvas(&self, view: CanvasRole) {
        self.canvases.lock().await.of.insert(view, Canvas::hidden());
    }

    /// The latest drawing on a hidden canvas, see [`Canvas::pixels`].
    ///
    /// # Errors
    /// [`Error::State`] when the view has no hidden canvas or nothing was drawn, [`Error::Gpu`] when the device fails.
    pub async fn pixels(&self, view: CanvasRole) -> Result<Pixels> {
        let canvases = self.canvases.lock().await;
        let canvas = canvases.of.get(&view).ok_or_else(|| no_canvas(view))?;
        canvas.pixels(&guarded(&self.gpu)).await
    }

    /// Draws thumbnails on [`CanvasRole::Map`]: the mean magnitude over the channels of what each node's step stores. No map is kept for
    /// them and nothing fused comes apart. The first call runs the latest image again.
    ///
    /// # Errors
    /// As [`Session::draw_grid`].
    pub async fn draw_map(&self, request: &MapRequest) -> Result<()> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        model.thumbnail_atlas().await?;
        let number = |node: &str| {
            let step = model.executable.plan().step_of(model.graph.find(node)?);
            step.ok_or_else(|| {
                Error::Request(format!("{node}: expected a node that the plan computes, found one it does not"))
            })
        };
        let tiles = request.tiles.iter().map(|tile| Ok((number(&tile.node)?, tile.place.tile())));
        let tiles = tiles.collect::<Result<Vec<_>>>()?;
        let thumbnail_atlas = model.thumbnail_atlas().await?;
        let look = RenderStyle {
            colour: request.colour,
            finish: Finish::Crisp,
            opacity: 1.0,
            range: Some(thumbnail_atlas.cell_range()),
        };
        let drawing = Drawing::of_thumbnails(thumbnail_atlas, &tiles, look)?;
        self.draw(DrawTarget::View(CanvasRole::Map), [request.width, request.height], &drawing).await
    }

    /// Draws channels of a node as tiles on [`CanvasRole::Grid`]; [`ScaleBounds`] only when the request asks for them.
    ///
    /// # Errors
    /// [`Error::Request`] when the request makes no sense, [`Error::Graph`] when there is no such node, [`Error::State`] without a
    /// canvas, an image, or when the node is not observed, [`Error::Gpu`] when the device fails.
    pub async fn draw_grid(&self, request: &GridRequest) -> Result<Option<ScaleBounds>> {
        self.draw_channels(DrawTarget::View(CanvasRole::Grid), &Channels::of_grid(request)).await
    }

    /// Draws channels of a node as tiles where nobody sees it, at any size that a texture can have, and returns the drawing.
    ///
    /// # Errors
    /// As [`Session::draw_grid`], but no canvas is needed.
    pub async fn grid_pixels(&self, request: &GridRequest) -> Result<Pixels> {
        let mut canvas = Canvas::hidden();
        let channels = Channels { ends: None, ..Channels::of_grid(request) };
        self.draw_channels(DrawTarget::Canvas(&mut canvas), &channels).await?;
        canvas.pixels(&guarded(&self.gpu)).await
    }

    /// Draws one channel of a node over the whole of [`CanvasRole::Channel`].
    ///
    /// # Errors
    /// As [`Session::draw_grid`].
    pub async fn draw_channel(&self, request: &ChannelRequest) -> Result<Option<ScaleBounds>> {
        let size = [request.width, request.height];
        let channels = Channels {
            node: &request.node,
            size,
            tiles: vec![(request.channel, whole(size))],
            colour: request.colour,
            ends: request.legend.then_some(Some(request.channel)),
        };
        self.draw_channels(DrawTarget::View(CanvasRole::Channel), &channels).await
    }

    /// Draws a class activation map or a channel smoothly over the whole of [`CanvasRole::Overlay`].
    ///
    /// # Errors
    /// As [`Session::draw_grid`], and [`Error::Weights`] when the weights of the head cannot be read again.
    pub async fn draw_overlay(&self, request: &OverlayRequest) -> Result<Option<ScaleBounds>> {
        let missing = |what: &str| Error::Request(format!("an overlay of this kind: expected a {what}, found none"));
        let size = [request.width, request.height];
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let reach = model.reach(request.colour.scale).await?;
        let look =
            RenderStyle { colour: request.colour, finish: Finish::SmoothOver, opacity: request.opacity, range: reach };
        let (activation, measure, channel) = match request.kind {
            OverlayKind::Cam => {
                let heat = model.heat(request.class.ok_or_else(|| missing("class"))?).await?;
                (heat.map(), heat.statistics(), 0)
            }
            OverlayKind::Channel => {
                let node = request.node.as_deref().ok_or_else(|| missing("node"))?;
                let channel = request.channel.ok_or_else(|| missing("channel"))?;
                let Inspected { activation, measure, .. } = model.look(node).await?;
                (activation, measure, channel)
            }
        };
        let drawing = Drawing::of_channels(activation, measure, &[(channel, whole(size))], look.clone())?;
        self.draw(DrawTarget::View(CanvasRole::Overlay), size, &drawing).await?;
        if request.legend { ends(measure, &look, Some(channel)).await.map(Some) } else { Ok(None) }
    }

    /// Draws filters of a convolution of three channels as colour images on [`CanvasRole::Filters`].
    ///
    /// # Errors
    /// As [`Session::draw_grid`], and [`Error::Weights`] when the weights cannot be read again.
    pub async fn draw_filters(&self, request: &FiltersRequest) -> Result<()> {
        let tiles: Vec<_> = request.tiles.iter().map(|tile| (tile.channel, tile.place.tile())).collect();
        let mut guard = self.model.lock().await;
        let filters = guard.as_mut().ok_or_else(no_model)?.filters(&request.node).await?;
        let drawing = Drawing::of_filters(&filters.values, &filters.largest, &tiles)?;
        self.draw(DrawTarget::View(CanvasRole::Filters), [request.width, request.height], &drawing).await
    }

    /// The statistics of an observed node's value for the latest image.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::State`] without an image or when the node is not observed,
    /// [`Error::Gpu`] when the device fails.
    pub async fn statistics(&self, node: &str) -> Result<Statistics> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.look(node).await?.measure.read().await
    }

    /// How often which values occur in a channel of an observed node.
    ///
    /// # Errors
    /// As [`Session::statistics`], and [`Error::Request`] when there is no such channel or `bins` is not between 1 and 4096.
    pub async fn histogram(&self, node: &str, channel: usize, bins: usize) -> Result<Histogram> {
        let mut guard = self.model.lock().await;
        let looked = guard.as_mut().ok_or_else(no_model)?.look(node).await?;
        Histogram::new(&looked.activation.read_channel(channel).await?, bins)
    }

    /// The class activation map of a class for the latest image: one channel.
    ///
    /// # Errors
    /// As [`Session::draw_overlay`].
    pub async fn class_map(&self, class: usize) -> Result<HostTensor> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.heat(class).await?.map().read().await
    }

    /// The nodes that show what lies before and after each step around a node.
    ///
    /// # Errors
    /// [`Error::State`] without a model, [`Error::Graph`] when there is no such node.
    pub async fn related_nodes(&self, node: &str) -> Result<Vec<RelatedNode>> {
        let guard = self.model.lock().await;
        related_nodes(&guard.as_ref().ok_or_else(no_model)?.graph, node)
    }

    /// Runs the latest image again if nodes were chosen since; without an image it does nothing.
    ///
    /// # Errors
    /// [`Error::State`] without a model, [`Error::Gpu`] when the device fails.
    pub async fn refresh(&self) -> Result<()> {
        let mut guard = self.model.lock().await;
        guard.as_mut().ok_or_else(no_model)?.refresh().await
    }

    async fn draw_channels(&self, target: DrawTarget<'_>, channels: &Channels<'_>) -> Result<Option<ScaleBounds>> {
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        let reach = model.reach(channels.colour.scale).await?;
        let looked = model.look(channels.node).await?;
        let look = RenderStyle { colour: channels.colour, finish: Finish::Crisp, opacity: 1.0, range: reach };
        let drawing = Drawing::of_channels(&looked.activation, &looked.measure, &channels.tiles, look.clone())?;
        self.draw(target, channels.size, &drawing).await?;
        match channels.ends {
            Some(channel) => ends(&looked.measure, &look, channel).await.map(Some),
            None => Ok(None),
        }
    }

    async fn draw(&self, target: DrawTarget<'_>, size: [u32; 2], drawing: &Drawing) -> Result<()> {
        let gpu = guarded(&self.gpu);
        let mut canvases = self.canvases.lock().await;
        let Canvases { of, painter } = &mut *canvases;
        let canvas = match target {
            DrawTarget::View(view) => of.get_mut(&view).ok_or_else(|| no_canvas(view))?,
            DrawTarget::Canvas(canvas) => canvas,
        };
        let painter = match painter {
            Some((painters, painter)) if painters.same_device(&gpu) => painter,
            _ => &mut painter.insert((gpu.clone(), Painter::new(&gpu).await?)).1,
        };
        painter.draw(canvas, size, drawing).await
    }
}

fn whole([width, height]: [u32; 2]) -> PixelRect {
    PixelRect { x: 0, y: 0, width, height }
}

fn no_canvas(view: CanvasRole) -> Error {
    Error::State(format!("the view {view:?}: expected a canvas to have been attached, found none"))
}

/// The ends of the scale of a drawing; `channel` where it shows one only.
async fn ends(measure: &StatisticsPass, look: &RenderStyle, channel: Option<usize>) -> Result<ScaleBounds> {
    let scale = look.colour.scale;
    let bounds = measure.read_bounds(channel.filter(|_| scale == Scale::Channel)).await?;
    let signed = bounds[0] < 0.0;
    let [low, high] = match (scale, &look.range) {
        (Scale::Channel, _) if channel.is_none() => return Ok(ScaleBounds { low: None, high: None, signed }),
        (Scale::Network, Some(reach)) => {
            [0.0, bounds.iter().fold(reach.read().await?, |most, end| most.max(end.abs()))]
        }
        _ => [bounds[bounds.len() - 2], bounds[bounds.len() - 1]],
    };
    let Legend { low, high, signed } = Legend::new(low, high, signed);
    Ok(ScaleBounds { low: Some(low), high: Some(high), signed })
}
