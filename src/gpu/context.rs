//! A device with its queue, its pipelines and its error reports.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::adapter::{AdapterReport, adapter_info};
use super::checked_kernels::CheckedKernels;
use super::cooperative_matrix;
use super::cpu;
use super::device_errors::DeviceErrors;
use super::device_kind::DeviceKind;
use super::error_scopes::CapturedErrors;
#[cfg(feature = "fault-injection")]
use super::error_scopes::DeviceErrorKind;
#[cfg(feature = "fault-injection")]
use super::fault_injection::Faults;
use super::kernel_pipelines::KernelPipelines;
use super::needs::{Needs, buffer_limit};
use super::pipeline_cache::PipelineCache;
use crate::error::{Error, Result};

/// Optional features that are requested where the adapter has them.
const OPTIONAL: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY
    .union(wgpu::Features::SHADER_F16)
    .union(wgpu::Features::SUBGROUP)
    .union(wgpu::Features::PIPELINE_CACHE);

/// An open device. Clones are handles to it.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// For the canvases of a page.
    #[cfg(target_arch = "wasm32")]
    pub(super) instance: wgpu::Instance,
    #[cfg(target_arch = "wasm32")]
    pub(super) adapter: wgpu::Adapter,
    pub(super) pipelines: KernelPipelines,
    pub(super) checked: CheckedKernels,
    #[cfg(feature = "fault-injection")]
    pub(super) faults: Faults,
    kind: DeviceKind,
    report: AdapterReport,
    errors: DeviceErrors,
    cache: Option<Arc<PipelineCache>>,
    read_back: Arc<AtomicU64>,
}

impl Gpu {
    /// Opens the fastest adapter with the default limits.
    ///
    /// # Errors
    /// [`Error::Gpu`] when there is none or it provides no device.
    pub async fn open() -> Result<Self> {
        Self::open_kind(DeviceKind::Gpu, Needs::default()).await
    }

    /// Opens the fastest adapter with the limits that a network needs.
    ///
    /// # Errors
    /// [`Error::Gpu`] when there is no adapter, its limits are too low, or it provides no device.
    pub async fn open_for(needs: Needs) -> Result<Self> {
        Self::open_kind(DeviceKind::Gpu, needs).await
    }

    /// Opens a device of this kind with the limits that a network needs. The CPU can always be opened.
    ///
    /// # Errors
    /// As [`Gpu::open_for`].
    pub async fn open_kind(kind: DeviceKind, needs: Needs) -> Result<Self> {
        let instance = match kind {
            DeviceKind::Gpu => wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle()),
            DeviceKind::Cpu => cpu::instance(),
        };
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
            required_features: adapter.features() & OPTIONAL | cooperative_matrix::features(matrix_side),
            experimental_features: cooperative_matrix::consent(),
            required_limits: needs.limits(&adapter.limits())?,
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| Error::Gpu(format!("the GPU adapter provides no device: {error}")))?;
        let info = adapter_info(kind, &adapter);
        Ok(Self {
            kind,
            report: AdapterReport::new(kind, info.as_ref(), &device, matrix_side),
            errors: DeviceErrors::of(&device),
            cache: info.and_then(|info| PipelineCache::new(&device, &info)).map(Arc::new),
            device,
            queue,
            #[cfg(target_arch = "wasm32")]
            instance,
            #[cfg(target_arch = "wasm32")]
            adapter,
            pipelines: KernelPipelines::default(),
            checked: CheckedKernels::default(),
            #[cfg(feature = "fault-injection")]
            faults: Faults::default(),
            read_back: Arc::default(),
        })
    }

    /// This device if its limits suffice for a network; else a new one, which takes over the compiled pipelines.
    ///
    /// # Errors
    /// As [`Gpu::open_for`].
    pub async fn sufficient(&self, needs: Needs) -> Result<Self> {
        if self.suffices(needs) {
            return Ok(self.clone());
        }
        let larger = Self::open_kind(self.kind, needs).await?;
        if let Some(compiled) = self.pipelines() {
            // Refused if it is another adapter, which then compiles its own.
            let _ = larger.restore_pipelines(&compiled);
        }
        Ok(larger)
    }

    /// The adapter, for display.
    pub fn report(&self) -> &AdapterReport {
        &self.report
    }

    /// What kind of device this is.
    pub fn kind(&self) -> DeviceKind {
        self.kind
    }

    /// Whether the device's limits suffice for a network.
    pub fn suffices(&self, needs: Needs) -> bool {
        needs.fit(&self.device.limits())
    }

    /// # Errors
    /// [`Error::Gpu`] when the device's limits do not suffice.
    pub(super) fn require(&self, needs: Needs) -> Result<()> {
        needs.check(&self.device.limits())
    }

    /// The size in bytes up to which a buffer can be created and bound whole.
    pub(super) fn buffer_limit(&self) -> u64 {
        buffer_limit(&self.device.limits())
    }

    /// Whether both are handles to one device.
    pub fn same_device(&self, other: &Self) -> bool {
        self.device == other.device
    }

    /// The size in bytes of all buffers and textures on the device; `None` where the backend does not report it.
    pub fn bytes_allocated(&self) -> Option<u64> {
        self.device.generate_allocator_report().map(|report| report.total_allocated_bytes)
    }

    /// How many bytes were read back from the GPU since it was opened.
    pub fn bytes_read_back(&self) -> u64 {
        self.read_back.load(Ordering::Relaxed)
    }

    pub(super) fn count_read_back(&self, bytes: u64) {
        self.read_back.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A name for adapters of this kind, under which to store what [`Gpu::pipelines`] returns; `None` where it returns `None`.
    pub fn pipelines_key(&self) -> Option<&str> {
        self.cache.as_deref().map(PipelineCache::key)
    }

    /// The pipelines compiled so far, as bytes for [`Gpu::restore_pipelines`] in a later process; `None` where the adapter's
    /// API does not provide them. A driver with a cache of its own may return next to nothing.
    pub fn pipelines(&self) -> Option<Vec<u8>> {
        self.cache.as_deref().and_then(PipelineCache::save)
    }

    /// Takes over pipelines that were compiled earlier. Those compiled on this device before are no longer among what
    /// [`Gpu::pipelines`] returns.
    ///
    /// # Errors
    /// [`Error::State`] for bytes that [`Gpu::pipelines`] of this version did not return for this adapter and driver: none are
    /// taken over then. [`Error::Gpu`] when the device fails.
    pub fn restore_pipelines(&self, saved: &[u8]) -> Result<()> {
        let Some(cache) = &self.cache else {
            let expected = "an adapter that provides compiled pipelines";
            return Err(Error::State(format!("compiled pipelines: expected {expected}, found {}", self.report.name)));
        };
        self.begin()?;
        cache.restore(&self.device, saved)?;
        self.check()
    }

    pub(super) fn pipeline_cache(&self) -> Option<wgpu::PipelineCache> {
        self.cache.as_deref().map(PipelineCache::get)
    }

    /// Runs a synchronous section in error scopes. `operation` completes the sentence "cannot …".
    pub(super) fn scoped<T>(&self, operation: &str, section: impl FnOnce() -> T) -> (T, CapturedErrors) {
        #[cfg(feature = "fault-injection")]
        return self.faults.scoped(&self.device, operation, section);
        #[cfg(not(feature = "fault-injection"))]
        super::error_scopes::scoped(&self.device, operation, section)
    }

    /// Runs a synchronous section in error scopes and waits for what they captured.
    ///
    /// # Errors
    /// [`Error::Gpu`] when the device refused a call, else the section's own error.
    pub(super) async fn guarded<T>(&self, operation: &str, section: impl FnOnce() -> Result<T>) -> Result<T> {
        let (value, errors) = self.scoped(operation, section);
        errors.check().await?;
        value
    }

    /// Makes a scoped section of device calls fail: the next one after `sections` others.
    #[cfg(feature = "fault-injection")]
    pub fn inject_error(&self, sections: usize, kind: DeviceErrorKind) {
        self.faults.plan(sections, kind);
    }

    /// Replaces a text in the source of the kernels of a file in `shaders/`, from the next compilation on.
    #[cfg(feature = "fault-injection")]
    pub fn break_kernel(&self, replacement: [&'static str; 3]) {
        self.faults.break_kernel(replacement);
    }

    /// Withdraws an error that was not caused yet and returns how many sections it was away.
    #[cfg(feature = "fault-injection")]
    pub fn withdraw_error(&self) -> Option<usize> {
        self.faults.withdraw()
    }

    /// The promise `GPUDevice.lost` of the browser's device.
    #[cfg(target_arch = "wasm32")]
    pub fn lost(&self) -> wasm_bindgen::JsValue {
        let device = self.device.as_webgpu();
        device.and_then(|device| js_sys::Reflect::get(device, &"lost".into()).ok()).unwrap_or_default()
    }

    /// See [`DeviceErrors::check_lost`].
    pub(super) fn check_lost(&self) -> Result<()> {
        self.errors.check_lost()
    }

    /// See [`DeviceErrors::begin`].
    pub(super) fn begin(&self) -> Result<()> {
        self.errors.begin()
    }

    /// See [`DeviceErrors::check`].
    pub(super) fn check(&self) -> Result<()> {
        self.errors.check()
    }
}
