//! Which GPU it is and what is asked of it.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::ops::{AdapterClass, AdapterProfile, ComputeType, WeightFormat};
use crate::plan::Plan;

/// What to tell people about the adapter in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterReport {
    /// The adapter's own name; browsers may hide it, then what they do tell.
    pub name: String,
    /// The vendor, where known.
    pub vendor: String,
    /// `Vulkan`, `Metal`, `Dx12` or `BrowserWebGpu`.
    pub backend: String,
    /// The driver and its version, where known.
    pub driver: String,
    /// `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, `Cpu` or `Other`.
    pub kind: String,
    /// Whether the "GPU" is a program on the CPU: its times say nothing about a GPU.
    pub software: bool,
    /// Optional features of WebGPU that the device was opened with, under their names there, as in `timestamp-query`.
    pub features: Vec<&'static str>,
    /// The side of the cooperative matrices that the device was opened with; see the crate's feature `cooperative-matrix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix_side: Option<usize>,
}

impl AdapterReport {
    /// A browser tells `wgpu` less than it tells JavaScript; natively `device` adds nothing.
    pub(super) fn new(info: &wgpu::AdapterInfo, device: &wgpu::Device) -> Self {
        let told = told_by_browser(device);
        let known = vendor(info.vendor);
        let vendor = if known.is_empty() { told.vendor.as_str() } else { known };
        let family = format!("{vendor} {}", told.architecture);
        let described = [&info.name, &told.device, &info.driver_info, &info.driver, &family];
        let name = described.into_iter().map(|text| text.trim()).find(|text| !text.is_empty());
        let text = format!("{} {} {} {family}", info.name, info.driver, info.driver_info).to_lowercase();
        let features = device.features() & wgpu::Features::all_webgpu_mask();
        let programs = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render", "warp"];
        Self {
            name: name.unwrap_or("GPU that the browser does not name").to_owned(),
            vendor: vendor.to_owned(),
            backend: format!("{:?}", info.backend),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            kind: format!("{:?}", info.device_type),
            software: info.device_type == wgpu::DeviceType::Cpu || programs.iter().any(|word| text.contains(word)),
            features: features.iter().filter_map(|feature| feature.as_str()).collect(),
            matrix_side: None,
        }
    }
}

impl AdapterReport {
    /// The kind of adapter, by which the first ways to compute are chosen.
    pub fn target(&self) -> AdapterClass {
        let text = format!("{} {}", self.name, self.driver).to_lowercase();
        match self.software {
            true if text.contains("swiftshader") => AdapterClass::SwiftShader,
            true => AdapterClass::Software,
            false => AdapterClass::Gpu,
        }
    }

    /// What decides the ways to compute with weights in this form.
    pub fn with_weights(&self, weights: WeightFormat) -> AdapterProfile {
        let halves = self.features.contains(&"shader-f16");
        let arithmetic = if halves { ComputeType::F16 } else { ComputeType::F32 };
        AdapterProfile { target: self.target(), weights, arithmetic, matrix_side: self.matrix_side }
    }
}

/// What `GPUAdapterInfo` holds beyond `wgpu`'s image of it.
#[derive(Default)]
struct Told {
    vendor: String,
    architecture: String,
    device: String,
}

#[cfg(not(target_arch = "wasm32"))]
fn told_by_browser(_device: &wgpu::Device) -> Told {
    Told::default()
}

/// Read by name: these properties are still behind `web-sys`' flag for unstable interfaces.
#[cfg(target_arch = "wasm32")]
fn told_by_browser(device: &wgpu::Device) -> Told {
    use js_sys::Reflect;
    let Some(device) = device.as_webgpu() else { return Told::default() };
    let Ok(info) = Reflect::get(device, &"adapterInfo".into()) else { return Told::default() };
    let text = |name: &str| Reflect::get(&info, &name.into()).ok().and_then(|value| value.as_string());
    let text = |name: &str| text(name).unwrap_or_default();
    Told { vendor: text("vendor"), architecture: text("architecture"), device: text("device") }
}

/// PCI vendor numbers of those who make GPUs.
fn vendor(id: u32) -> &'static str {
    match id {
        0x1002 => "AMD",
        0x10de => "NVIDIA",
        0x106b => "Apple",
        0x13b5 => "Arm",
        0x14e4 => "Broadcom",
        0x1ae0 => "Google",
        0x5143 => "Qualcomm",
        0x8086 => "Intel",
        0x10005 => "Mesa",
        _ => "",
    }
}

/// What a network needs beyond the limits that every WebGPU device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// The largest buffer in bytes, bound whole.
    pub largest_buffer: u64,
}

impl Needs {
    /// What running `plan` takes, its parameters included.
    pub fn of(plan: &Plan) -> Self {
        let parameters = plan.graph().nodes().iter().flat_map(|node| node.op.parameters());
        // A packed weight has both channel counts padded to multiples of four: at most 16 times what is in the file.
        let padded = parameters.map(|spec| {
            let channels: usize = spec.dims.iter().take(2).map(|extent| extent.next_multiple_of(4)).product();
            (channels * spec.dims.iter().skip(2).product::<usize>() * 4) as u64
        });
        Self { largest_buffer: padded.chain([plan.largest_buffer()]).max().unwrap_or(0) }
    }

    /// Whether a device with `limits` can do it.
    pub(super) fn fit(self, limits: &wgpu::Limits) -> bool {
        self.largest_buffer <= limits.max_buffer_size && self.largest_buffer <= limits.max_storage_buffer_binding_size
    }

    /// The default limits, raised where needed and no further: asking for more makes a page stand out and may fail.
    pub(super) fn limits(self, adapter: &wgpu::Adapter) -> Result<wgpu::Limits> {
        let mut limits = wgpu::Limits::default();
        if !self.fit(&limits) {
            let offered = adapter.limits();
            if !self.fit(&offered) {
                let most = offered.max_buffer_size.min(offered.max_storage_buffer_binding_size);
                return Err(Error::Gpu(format!(
                    "the GPU cannot hold this network: expected buffers of {} bytes, found at most {most} on {}",
                    self.largest_buffer,
                    adapter.get_info().name
                )));
            }
            limits.max_buffer_size = limits.max_buffer_size.max(self.largest_buffer);
            limits.max_storage_buffer_binding_size = limits.max_storage_buffer_binding_size.max(self.largest_buffer);
        }
        Ok(limits)
    }
}
