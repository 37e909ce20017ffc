//! Render passes that draw activations where they lie: nothing is read back.

use std::collections::HashMap;

use wgpu::util::DeviceExt;

use super::bound_dispatch::storage;
use super::canvas::{Canvas, Frame};
use super::context::Gpu;
use super::drawing::{Drawing, Finish, Placed, View};
use crate::error::Result;
use crate::lens::Colormap;

/// `shaders/render/paint.wgsl`, whose rules are those of [`crate::lens`].
const SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/render/paint.wgsl"));

/// Pipelines and buffers for drawing on one GPU.
#[derive(Debug)]
pub struct Painter {
    gpu: Gpu,
    module: wgpu::ShaderModule,
    bindings: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    pipelines: HashMap<(Finish, wgpu::TextureFormat), wgpu::RenderPipeline>,
    colormaps: wgpu::Buffer,
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
    /// [`crate::Error::Gpu`] when the device fails.
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
        let colours = Colormap::ALL.iter().flat_map(|colormap| colormap.table());
        let colours: Vec<f32> = colours.flat_map(|[red, green, blue]| [red, green, blue, 1.0]).collect();
        let colormaps = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("colormaps"),
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
        Ok(Self {
            gpu: gpu.clone(),
            module,
            bindings,
            layout,
            pipelines: HashMap::new(),
            colormaps,
            no_reach,
            view,
            tiles,
        })
    }

    /// Draws on an emptied canvas of `size` columns and rows.
    ///
    /// # Errors
    /// [`crate::Error::Request`] for a size that no canvas can have, [`crate::Error::Gpu`] when the device fails.
    pub fn draw(&mut self, canvas: &mut Canvas, size: [u32; 2], drawing: &Drawing) -> Result<()> {
        let frame = canvas.begin(&self.gpu, size)?;
        self.upload(&frame, drawing);
        let pipeline = self.pipeline(drawing.finish(), frame.format);
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
        let view = drawing.view(frame.size);
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
            drawing.reach().unwrap_or(&self.no_reach),
            &self.colormaps,
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

/// The shader's bindings: values, bounds, reach and colormaps for pixels, tiles for corners too, and the uniform.
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
