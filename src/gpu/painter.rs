//! Render passes that draw activations from the GPU's memory, without reading them back.

use std::collections::HashMap;
use std::sync::Arc;

use super::buffer::GpuBuffer;
use super::canvas::Canvas;
use super::context::Gpu;
use super::drawing::{DrawParams, Drawing, TileInstance};
use super::render_style::Finish;
use crate::error::Result;
use crate::lens::Colormap;

/// `shaders/render/paint.wgsl`, which implements the rules of [`crate::lens`].
const SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/render/paint.wgsl"));

/// The pipelines and buffers that all drawings on one GPU share.
#[derive(Debug)]
pub struct Painter {
    gpu: Gpu,
    module: wgpu::ShaderModule,
    bindings: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    pipelines: HashMap<(Finish, wgpu::TextureFormat), wgpu::RenderPipeline>,
    colormaps: Arc<GpuBuffer>,
    /// Bound by drawings that use no range.
    no_range: Arc<GpuBuffer>,
    params: Arc<GpuBuffer>,
    /// As large as the longest list of tiles so far.
    tiles: Arc<GpuBuffer>,
}

impl Painter {
    /// Allocates the buffers and compiles the shader.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] when the device fails.
    pub async fn new(gpu: &Gpu) -> Result<Self> {
        gpu.check_lost()?;
        gpu.guarded("prepare drawing", || Ok(Self::create(gpu))).await
    }

    fn create(gpu: &Gpu) -> Self {
        let device = &gpu.device;
        let label = Some("paint");
        let source = wgpu::ShaderSource::Wgsl(SOURCE.into());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
        let bindings =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &layout_entries() });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        let colours = Colormap::ALL.iter().flat_map(|colormap| colormap.table());
        let colours: Vec<f32> = colours.flat_map(|[red, green, blue]| [red, green, blue, 1.0]).collect();
        let colours = bytemuck::cast_slice(&colours);
        let uniform = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        Self {
            gpu: gpu.clone(),
            module,
            bindings,
            layout,
            pipelines: HashMap::new(),
            colormaps: GpuBuffer::with_contents(gpu, "colormaps", colours, wgpu::BufferUsages::STORAGE),
            no_range: GpuBuffer::storage(gpu, "no range", 4),
            params: GpuBuffer::new(gpu, "drawing", size_of::<DrawParams>() as u64, uniform),
            tiles: tile_buffer(gpu, 64),
        }
    }

    /// Clears the canvas, gives it `size` columns and rows, and draws on it.
    ///
    /// # Errors
    /// [`crate::Error::Request`] for a size that no canvas can have, [`crate::Error::Gpu`] when the device fails.
    pub async fn draw(&mut self, canvas: &mut Canvas, size: [u32; 2], drawing: &Drawing) -> Result<()> {
        self.gpu.begin()?;
        canvas.check_size(&self.gpu, size)?;
        let pipeline = self.pipeline(drawing.finish(), canvas.format(&self.gpu)?).await?;
        self.grow_tiles(drawing.tiles.len()).await?;
        if canvas.is_configured(&self.gpu, size) {
            self.draw_once(canvas, size, drawing, &pipeline)?;
            return self.gpu.check();
        }
        // Configuring and drawing are one synchronous section: a page's canvas keeps its texture for the current task only.
        let [width, height] = size;
        let operation = format!("draw on a canvas of {width} x {height}");
        let drawn = self.gpu.guarded(&operation, || self.draw_once(canvas, size, drawing, &pipeline)).await;
        drawn.inspect_err(|_| canvas.reset())
    }

    fn draw_once(
        &self,
        canvas: &mut Canvas,
        size: [u32; 2],
        drawing: &Drawing,
        pipeline: &wgpu::RenderPipeline,
    ) -> Result<()> {
        let frame = canvas.begin(&self.gpu, size)?;
        self.gpu.queue.write_buffer(&self.params, 0, bytemuck::bytes_of(&drawing.params(size)));
        self.gpu.queue.write_buffer(&self.tiles, 0, bytemuck::cast_slice(&drawing.tiles));
        let bind_group = self.bind(drawing);
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
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        pass.draw(0..6, 0..drawing.tiles.len() as u32);
        drop(pass);
        self.gpu.queue.submit([encoder.finish()]);
        frame.present(&self.gpu);
        Ok(())
    }

    async fn grow_tiles(&mut self, tiles: usize) -> Result<()> {
        if (tiles * size_of::<TileInstance>()) as u64 > self.tiles.size() {
            let grow = || Ok(tile_buffer(&self.gpu, tiles.next_power_of_two()));
            self.tiles = self.gpu.guarded(&format!("draw {tiles} tiles"), grow).await?;
        }
        Ok(())
    }

    fn bind(&self, drawing: &Drawing) -> wgpu::BindGroup {
        let range = drawing.range().unwrap_or(&self.no_range);
        let buffers = [&drawing.values, &drawing.bounds, range, &self.colormaps, &self.tiles, &self.params];
        let resources = buffers.map(|buffer| buffer.as_entire_binding());
        let entries: Vec<_> =
            (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("paint"),
            layout: &self.bindings,
            entries: &entries,
        })
    }

    async fn pipeline(&mut self, finish: Finish, format: wgpu::TextureFormat) -> Result<wgpu::RenderPipeline> {
        if let Some(pipeline) = self.pipelines.get(&(finish, format)) {
            return Ok(pipeline.clone());
        }
        let create = || Ok(self.create_pipeline(finish, format));
        let pipeline = self.gpu.guarded(&format!("compile the shader {}", finish.entry_point()), create).await?;
        self.pipelines.insert((finish, format), pipeline.clone());
        Ok(pipeline)
    }

    fn create_pipeline(&self, finish: Finish, format: wgpu::TextureFormat) -> wgpu::RenderPipeline {
        self.gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(finish.entry_point()),
            layout: Some(&self.layout),
            vertex: wgpu::VertexState {
                module: &self.module,
                entry_point: Some("corner"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            fragment: Some(wgpu::FragmentState {
                module: &self.module,
                entry_point: Some(finish.entry_point()),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(format.into())],
            }),
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            multiview_mask: None,
            cache: None,
        })
    }
}

fn tile_buffer(gpu: &Gpu, tiles: usize) -> Arc<GpuBuffer> {
    GpuBuffer::storage(gpu, "tiles", tiles * size_of::<TileInstance>() / 4)
}

/// Values, bounds, range and colormaps for the fragment shader; tiles and the uniform for both shaders.
fn layout_entries() -> [wgpu::BindGroupLayoutEntry; 6] {
    let storage = wgpu::BufferBindingType::Storage { read_only: true };
    let fragment = (storage, wgpu::ShaderStages::FRAGMENT);
    let both = |ty| (ty, wgpu::ShaderStages::VERTEX_FRAGMENT);
    let mut binding = 0..;
    [fragment, fragment, fragment, fragment, both(storage), both(wgpu::BufferBindingType::Uniform)].map(
        |(ty, visibility)| wgpu::BindGroupLayoutEntry {
            binding: binding.next().unwrap_or_default(),
            visibility,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
            count: None,
        },
    )
}
