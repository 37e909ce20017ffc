//! Render passes that draw activations where they lie: nothing is read back.

use std::collections::HashMap;

use bytemuck::{Pod, Zeroable};
use wgpu::util::DeviceExt;

use super::activation::Activation;
use super::call::storage;
use super::canvas::{Canvas, Frame};
use super::context::Gpu;
use super::measure::Measure;
use crate::error::{Error, Result};
use crate::lens::{Colour, Ramp, Scale, Tile};

/// `shaders/render/paint.wgsl`, whose rules are those of [`crate::lens`].
const SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/render/paint.wgsl"));

/// The shader's word for "there is none".
const NONE: u32 = u32::MAX;

/// How cells become pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finish {
    /// As they are, see [`Tile::value`].
    Crisp,
    /// Smoothly, see [`Tile::smooth_value`], and the more transparent the weaker they are.
    SmoothOver,
    /// Three neighbouring values a cell as red, green and blue, zero in the middle.
    Coloured,
}

impl Finish {
    fn entry(self) -> &'static str {
        match self {
            Self::Crisp => "crisp",
            Self::SmoothOver => "smooth_over",
            Self::Coloured => "coloured",
        }
    }
}

/// The uniform of a drawing, as the shader's `View`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct View {
    width: u32,
    height: u32,
    ramp: u32,
    signed_ramp: u32,
    sign_at: u32,
    reach_at: u32,
    gamma: f32,
    opacity: f32,
}

/// A tile as the shader's `Tile`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Placed {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    first: u32,
    stride: u32,
    columns: u32,
    rows: u32,
    low_at: u32,
    high_at: u32,
}

/// How tiles look.
#[derive(Debug, Clone)]
pub struct Look {
    /// From values to colours.
    pub colour: Colour,
    /// From cells to pixels.
    pub finish: Finish,
    /// 0 to 1.
    pub opacity: f32,
    /// One value: the largest magnitude in the network, which [`Scale::Network`] asks for.
    pub reach: Option<Activation>,
}

impl Look {
    /// # Errors
    /// [`Error::View`] when a number is out of its range, [`Error::State`] when the network's reach is needed and not known.
    fn check(&self) -> Result<()> {
        self.colour.check()?;
        if !(0.0..=1.0).contains(&self.opacity) {
            return Err(Error::View(format!("the opacity: expected 0 to 1, found {}", self.opacity)));
        }
        if self.colour.scale == Scale::Network && self.reach.is_none() {
            return Err(Error::State(
                "the scale of the network: expected its map to be kept, found it is not".to_owned(),
            ));
        }
        Ok(())
    }

    /// Bound only where the scale asks for it: the shader takes its presence for the wish.
    fn bound_reach(&self) -> Option<&wgpu::Buffer> {
        let wanted = self.colour.scale == Scale::Network;
        self.reach.as_ref().filter(|_| wanted).map(|reach| &reach.buffer)
    }
}

/// What one render pass draws: tiles of values that lie in one buffer.
#[derive(Debug)]
pub struct Drawing {
    values: wgpu::Buffer,
    bounds: wgpu::Buffer,
    sign_at: u32,
    look: Look,
    tiles: Vec<Placed>,
}

impl Drawing {
    /// Channels of an activation, coloured by what `measure` finds of it; each stands beside its tile.
    ///
    /// # Errors
    /// [`Error::View`] for a channel that is not there, a tile without pixels, or a number of the look out of its range;
    /// [`Error::State`] when the network's reach is needed and not known.
    pub fn of_channels(
        activation: &Activation,
        measure: &Measure,
        tiles: &[(usize, Tile)],
        look: Look,
    ) -> Result<Self> {
        look.check()?;
        let (shape, survey) = (activation.shape, measure.survey());
        let layer = survey.layer_at();
        let place = |(channel, tile): &(usize, Tile)| {
            if *channel >= shape.c {
                return Err(Error::View(format!("expected a channel below {}, found {channel}", shape.c)));
            }
            let bounds = match look.colour.scale {
                Scale::Channel => survey.channel_bounds_at(*channel),
                Scale::Layer | Scale::Network => [layer, layer + 1],
            };
            let cells = Cells { first: *channel, stride: shape.channel_quads() * 4, columns: shape.w, rows: shape.h };
            cells.on(tile, bounds)
        };
        let tiles = tiles.iter().map(place).collect::<Result<_>>()?;
        let [values, bounds] = [&activation.buffer, measure.result()].map(wgpu::Buffer::clone);
        Ok(Self { values, bounds, sign_at: layer as u32, look, tiles })
    }

    /// Filters of three input channels as colour pictures: `filters` is a picture each, `largest` has the largest magnitude of
    /// each in a channel of its own.
    ///
    /// # Errors
    /// [`Error::View`] for a filter that is not there or a tile without pixels.
    pub fn of_filters(filters: &Activation, largest: &Activation, tiles: &[(usize, Tile)]) -> Result<Self> {
        let shape = filters.shape;
        let place = |(filter, tile): &(usize, Tile)| {
            if *filter >= shape.n {
                return Err(Error::View(format!("expected a filter below {}, found {filter}", shape.n)));
            }
            let stride = shape.channel_quads() * 4;
            let first = filter * shape.h * shape.w * stride;
            Cells { first, stride, columns: shape.w, rows: shape.h }.on(tile, [*filter; 2])
        };
        Ok(Self {
            values: filters.buffer.clone(),
            bounds: largest.buffer.clone(),
            sign_at: NONE,
            look: Look { colour: Colour::default(), finish: Finish::Coloured, opacity: 1.0, reach: None },
            tiles: tiles.iter().map(place).collect::<Result<_>>()?,
        })
    }
}

/// Where the values of a tile's cells are.
struct Cells {
    first: usize,
    stride: usize,
    columns: usize,
    rows: usize,
}

impl Cells {
    /// # Errors
    /// [`Error::View`] for a tile without pixels, or one that is larger than any canvas.
    fn on(&self, tile: &Tile, bounds_at: [usize; 2]) -> Result<Placed> {
        const MOST: u32 = 1 << 14;
        if !(1..=MOST).contains(&tile.width) || !(1..=MOST).contains(&tile.height) {
            let found = format!("{} x {}", tile.width, tile.height);
            return Err(Error::View(format!("a tile: expected sides of 1 to {MOST} pixels, found {found}")));
        }
        let [first, stride, columns, rows] = [self.first, self.stride, self.columns, self.rows].map(|n| n as u32);
        let [low_at, high_at] = bounds_at.map(|at| at as u32);
        let Tile { x, y, width, height } = *tile;
        Ok(Placed { x, y, width, height, first, stride, columns, rows, low_at, high_at })
    }
}

/// Pipelines and buffers for drawing on one GPU.
#[derive(Debug)]
pub struct Painter {
    gpu: Gpu,
    module: wgpu::ShaderModule,
    bindings: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    pipelines: HashMap<(Finish, wgpu::TextureFormat), wgpu::RenderPipeline>,
    ramps: wgpu::Buffer,
    /// What is bound as reach where no drawing has one.
    no_reach: wgpu::Buffer,
    view: wgpu::Buffer,
    /// Grows to the longest list of tiles so far.
    tiles: wgpu::Buffer,
}

impl Painter {
    /// Makes what all drawings share.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device fails.
    pub fn new(gpu: &Gpu) -> Result<Self> {
        let device = &gpu.device;
        let label = Some("paint");
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label,
            source: wgpu::ShaderSource::Wgsl(SOURCE.into()),
        });
        let bindings =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &layout_entries() });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        let colours = Ramp::ALL.iter().flat_map(|ramp| ramp.table());
        let colours: Vec<f32> = colours.flat_map(|[red, green, blue]| [red, green, blue, 1.0]).collect();
        let ramps = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("ramps"),
            contents: bytemuck::cast_slice(&colours),
            usage: wgpu::BufferUsages::STORAGE,
        });
        let view = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("view"),
            size: size_of::<View>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let no_reach = storage(gpu, "no reach", 4);
        let tiles = tile_buffer(gpu, 64);
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), module, bindings, layout, pipelines: HashMap::new(), ramps, no_reach, view, tiles })
    }

    /// Draws on an emptied canvas of `size` columns and rows.
    ///
    /// # Errors
    /// [`Error::View`] for a size that no canvas can have, [`Error::Gpu`] when the device fails.
    pub fn draw(&mut self, canvas: &mut Canvas, size: [u32; 2], drawing: &Drawing) -> Result<()> {
        let frame = canvas.begin(&self.gpu, size)?;
        self.upload(&frame, drawing);
        let pipeline = self.pipeline(drawing.look.finish, frame.format);
        let bindings = self.bind(drawing);
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("paint"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &frame.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        pass.draw(0..6, 0..drawing.tiles.len() as u32);
        drop(pass);
        self.gpu.queue.submit([encoder.finish()]);
        frame.end(&self.gpu);
        self.gpu.check()
    }

    fn upload(&mut self, frame: &Frame, drawing: &Drawing) {
        let ramp = |wanted: Ramp| Ramp::ALL.iter().position(|ramp| *ramp == wanted).unwrap_or_default() as u32;
        let [width, height] = frame.size;
        let view = View {
            width,
            height,
            ramp: ramp(drawing.look.colour.ramp),
            signed_ramp: ramp(Ramp::Diverging),
            sign_at: drawing.sign_at,
            reach_at: if drawing.look.bound_reach().is_some() { 0 } else { NONE },
            gamma: drawing.look.colour.gamma,
            opacity: drawing.look.opacity,
        };
        self.gpu.queue.write_buffer(&self.view, 0, bytemuck::bytes_of(&view));
        let tiles: &[u8] = bytemuck::cast_slice(&drawing.tiles);
        if (tiles.len() as u64) > self.tiles.size() {
            self.tiles.destroy();
            self.tiles = tile_buffer(&self.gpu, drawing.tiles.len().next_power_of_two());
        }
        self.gpu.queue.write_buffer(&self.tiles, 0, tiles);
    }

    fn bind(&self, drawing: &Drawing) -> wgpu::BindGroup {
        let buffers = [
            &drawing.values,
            &drawing.bounds,
            drawing.look.bound_reach().unwrap_or(&self.no_reach),
            &self.ramps,
            &self.tiles,
            &self.view,
        ];
        let resources = buffers.map(wgpu::Buffer::as_entire_binding);
        let entries: Vec<_> =
            (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("paint"),
            layout: &self.bindings,
            entries: &entries,
        })
    }

    fn pipeline(&mut self, finish: Finish, format: wgpu::TextureFormat) -> wgpu::RenderPipeline {
        let pipeline = self.pipelines.entry((finish, format)).or_insert_with(|| {
            self.gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(finish.entry()),
                layout: Some(&self.layout),
                vertex: wgpu::VertexState {
                    module: &self.module,
                    entry_point: Some("corner"),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    buffers: &[],
                },
                fragment: Some(wgpu::FragmentState {
                    module: &self.module,
                    entry_point: Some(finish.entry()),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    targets: &[Some(format.into())],
                }),
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                multiview_mask: None,
                cache: None,
            })
        });
        pipeline.clone()
    }
}

fn tile_buffer(gpu: &Gpu, tiles: usize) -> wgpu::Buffer {
    storage(gpu, "tiles", tiles * size_of::<Placed>() / 4)
}

/// The shader's bindings: values, bounds, reach and ramps for pixels, tiles for corners too, and the uniform.
fn layout_entries() -> [wgpu::BindGroupLayoutEntry; 6] {
    let storage = wgpu::BufferBindingType::Storage { read_only: true };
    let pixels = (storage, wgpu::ShaderStages::FRAGMENT);
    let both = |ty| (ty, wgpu::ShaderStages::VERTEX_FRAGMENT);
    let mut binding = 0..;
    [pixels, pixels, pixels, pixels, both(storage), both(wgpu::BufferBindingType::Uniform)].map(|(ty, visibility)| {
        wgpu::BindGroupLayoutEntry {
            binding: binding.next().unwrap_or_default(),
            visibility,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
            count: None,
        }
    })
}
