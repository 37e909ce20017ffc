//! A device with its queue, and the pipelines made on it so far.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::adapter::{AdapterReport, Needs};
use super::cooperative_matrix;
use super::pipeline_cache::PipelineCache;
use crate::error::{Error, Result};
use crate::kernel::{Access, Dispatch, Kernel};
use crate::lock::lock;

/// What is made use of where the adapter has it.
const USED: wgpu::Features =
    wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::SHADER_F16).union(wgpu::Features::PIPELINE_CACHE);

/// A GPU that was found and opened. Clones are handles to the same device.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// For the canvases of a page.
    #[cfg(target_arch = "wasm32")]
    pub(super) instance: wgpu::Instance,
    #[cfg(target_arch = "wasm32")]
    pub(super) adapter: wgpu::Adapter,
    report: AdapterReport,
    fault: Fault,
    kernels: Arc<Mutex<HashMap<(&'static str, &'static str), Compiled>>>,
    cache: Option<Arc<PipelineCache>>,
    read_back: Arc<AtomicU64>,
}

/// What the device complained of outside of any call; the first complaint counts.
type Fault = Arc<Mutex<Option<String>>>;

/// The parts of a kernel that are the same for all its pipelines, and the pipelines by the values of their constants.
#[derive(Debug)]
struct Compiled {
    module: wgpu::ShaderModule,
    bindings: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    pipelines: HashMap<Vec<u64>, wgpu::ComputePipeline>,
}

impl Gpu {
    /// Opens the fastest adapter with the default limits.
    ///
    /// # Errors
    /// [`Error::Gpu`] when there is none or it refuses.
    pub async fn open() -> Result<Self> {
        Self::open_for(Needs::default()).await
    }

    /// Opens the fastest adapter with what a network needs beyond the default limits.
    ///
    /// # Errors
    /// [`Error::Gpu`] when there is no adapter, it cannot give that much, or it refuses.
    pub async fn open_for(needs: Needs) -> Result<Self> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|error| {
            Error::Gpu(format!(
                "no GPU adapter was found: expected one with WebGPU, Vulkan, Metal or DX12, found: {error}"
            ))
        })?;
        let matrix_side = cooperative_matrix::side(&adapter);
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("resnet-lens"),
            required_features: adapter.features() & USED | cooperative_matrix::features(matrix_side),
            experimental_features: cooperative_matrix::consent(),
            required_limits: needs.limits(&adapter)?,
            ..Default::default()
        };
        let info = adapter.get_info();
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| Error::Gpu(format!("the adapter {} gives no device: {error}", info.name)))?;
        let report = AdapterReport { matrix_side, ..AdapterReport::new(&info, &device) };
        let fault = Fault::default();
        watch(&device, &fault);
        let cache = PipelineCache::new(&device, &info).map(Arc::new);
        Ok(Self {
            device,
            queue,
            #[cfg(target_arch = "wasm32")]
            instance,
            #[cfg(target_arch = "wasm32")]
            adapter,
            report,
            fault,
            kernels: Arc::default(),
            cache,
            read_back: Arc::default(),
        })
    }

    /// This device if it was opened with enough for a network, else one that is; it takes over what was compiled.
    ///
    /// # Errors
    /// As [`Gpu::open_for`].
    pub async fn sufficient(&self, needs: Needs) -> Result<Self> {
        if self.suffices(needs) {
            return Ok(self.clone());
        }
        let larger = Self::open_for(needs).await?;
        if let Some(compiled) = self.pipelines() {
            // Should it be another adapter, that one compiles anew.
            let _ = larger.restore_pipelines(&compiled);
        }
        Ok(larger)
    }

    /// What to tell people about the adapter.
    pub fn report(&self) -> &AdapterReport {
        &self.report
    }

    /// Whether the device was opened with enough for a network.
    pub fn suffices(&self, needs: Needs) -> bool {
        needs.fit(&self.device.limits())
    }

    /// Whether both are handles to one device.
    pub fn same_device(&self, other: &Self) -> bool {
        self.device == other.device
    }

    /// How many bytes the buffers and textures take on the device; none where the backend does not tell.
    pub fn bytes_allocated(&self) -> Option<u64> {
        self.device.generate_allocator_report().map(|report| report.total_allocated_bytes)
    }

    /// How many bytes were brought back from the GPU since it was opened.
    pub fn bytes_read_back(&self) -> u64 {
        self.read_back.load(Ordering::Relaxed)
    }

    pub(super) fn count_read_back(&self, bytes: u64) {
        self.read_back.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A name for adapters of this kind, under which to keep what [`Gpu::pipelines`] returns; none where nothing can be kept.
    pub fn pipelines_key(&self) -> Option<&str> {
        self.cache.as_deref().map(PipelineCache::key)
    }

    /// The pipelines compiled so far, as bytes for [`Gpu::restore_pipelines`] in another run of the program; none where the
    /// adapter's API does not give them away. A driver that keeps them itself may tell next to nothing.
    pub fn pipelines(&self) -> Option<Vec<u8>> {
        self.cache.as_deref().and_then(PipelineCache::save)
    }

    /// Takes over pipelines that were compiled earlier, so that they need not be once more. Those that this device has compiled
    /// before are no longer among what [`Gpu::pipelines`] returns.
    ///
    /// # Errors
    /// [`Error::State`] for bytes that [`Gpu::pipelines`] of this version did not return for this adapter and driver: nothing
    /// is taken over then, and all is compiled as without. [`Error::Gpu`] when the device fails.
    pub fn restore_pipelines(&self, saved: &[u8]) -> Result<()> {
        let Some(cache) = &self.cache else {
            let expected = "an adapter that gives compiled pipelines away";
            return Err(Error::State(format!("compiled pipelines: expected {expected}, found {}", self.report.name)));
        };
        cache.restore(&self.device, saved)?;
        self.check()
    }

    /// # Errors
    /// [`Error::Gpu`] with what the device complained of since it was opened.
    pub(super) fn check(&self) -> Result<()> {
        lock(&self.fault).as_ref().map_or(Ok(()), |message| Err(Error::Gpu(message.clone())))
    }

    /// The pipeline of a dispatch and the layout of what it binds; compiled at the first call.
    pub(super) fn pipeline(&self, dispatch: &Dispatch) -> (wgpu::ComputePipeline, wgpu::BindGroupLayout) {
        let mut kernels = lock(&self.kernels);
        let kernel = dispatch.kernel;
        let compiled = kernels.entry((kernel.name, kernel.variant)).or_insert_with(|| self.compile(kernel));
        let key = dispatch.constants.iter().map(|(_, value)| value.to_bits()).collect();
        let cache = self.cache.as_deref().map(PipelineCache::get);
        let pipeline = compiled.pipelines.entry(key).or_insert_with(|| {
            self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(&kernel.label()),
                layout: Some(&compiled.layout),
                module: &compiled.module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &dispatch.constants,
                    // Every kernel writes what it reads of its workgroup's memory.
                    zero_initialize_workgroup_memory: false,
                },
                cache: cache.as_ref(),
            })
        });
        (pipeline.clone(), compiled.bindings.clone())
    }

    fn compile(&self, kernel: &'static Kernel) -> Compiled {
        let label = kernel.label();
        let label = Some(label.as_str());
        let source = wgpu::ShaderSource::Wgsl(kernel.source.into());
        let module = shader_module(&self.device, wgpu::ShaderModuleDescriptor { label, source });
        let numbered = (kernel.first_binding..).zip(kernel.bindings);
        let entries: Vec<_> = numbered.map(|(number, binding)| layout_entry(number, binding.access)).collect();
        let bindings =
            self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        Compiled { module, bindings, layout, pipelines: HashMap::new() }
    }
}

/// With the checks that `naga` adds to every access and loop.
#[cfg(debug_assertions)]
fn shader_module(device: &wgpu::Device, descriptor: wgpu::ShaderModuleDescriptor<'_>) -> wgpu::ShaderModule {
    device.create_shader_module(descriptor)
}

/// Natively without the checks that `naga` adds to every access and loop; a browser makes its own.
#[cfg(not(debug_assertions))]
fn shader_module(device: &wgpu::Device, descriptor: wgpu::ShaderModuleDescriptor<'_>) -> wgpu::ShaderModule {
    // SAFETY: every kernel of this crate stays within its bindings and ends for the params that its operator gives it. The
    // tests run the same text on the same params with the checks on; that a check would have acted shows in the values.
    unsafe { device.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked()) }
}

fn layout_entry(binding: u32, access: Access) -> wgpu::BindGroupLayoutEntry {
    let ty = match access {
        Access::Read => wgpu::BufferBindingType::Storage { read_only: true },
        Access::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
        Access::Uniform => wgpu::BufferBindingType::Uniform,
    };
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

/// Keeps what the device says when it is in trouble: `wgpu` would panic on it, and a page would never know why it stopped.
fn watch(device: &wgpu::Device, fault: &Fault) {
    let keep = |fault: &Fault, message: String| {
        lock(fault).get_or_insert(message);
    };
    let errors = fault.clone();
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        keep(&errors, format!("the GPU refused a call: {error}"));
    }));
    let losses = fault.clone();
    device.set_device_lost_callback(move |reason, message| {
        keep(&losses, format!("the GPU device was lost ({reason:?}): {message}"));
    });
}
