//! The adapter in use: its name, its class and its capabilities.

mod info;

use serde::Serialize;

use super::device_kind::DeviceKind;
use super::needs::buffer_limit;
use crate::ops::{AdapterClass, AdapterProfile, ComputeType, WeightFormat};
pub(super) use info::adapter_info;
use info::{BrowserInfo, SUBGROUPS, has_subgroups, vendor};

/// Words in the names of adapters that are programs on the CPU.
const SOFTWARE: [&str; 6] = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render", "warp"];

/// The adapter in use, for display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterReport {
    /// What kind of device computes.
    pub device: DeviceKind,
    /// The adapter's name. Browsers may hide it; then the best description that they give.
    pub name: String,
    /// The vendor, where known.
    pub vendor: String,
    /// `Vulkan`, `Metal`, `Dx12` or `BrowserWebGpu`.
    pub backend: String,
    /// The driver and its version, where known.
    pub driver: String,
    /// `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, `Cpu` or `Other`.
    pub kind: String,
    /// The number of threads that compute; `None` on a GPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Whether the adapter is a program on the CPU, whose times say nothing about a GPU.
    pub software: bool,
    /// The optional WebGPU features of the device by their WebGPU names, as in `timestamp-query`.
    pub features: Vec<&'static str>,
    /// The side of the device's cooperative matrices; see the crate's feature `cooperative-matrix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix_side: Option<usize>,
    /// The size in bytes up to which the device's buffers can be created and bound whole.
    #[serde(skip)]
    pub buffer_limit: u64,
}

impl AdapterReport {
    pub(super) fn new(
        kind: DeviceKind,
        info: Option<&wgpu::AdapterInfo>,
        device: &wgpu::Device,
        matrix_side: Option<usize>,
    ) -> Self {
        let device_kind = kind;
        let browser = BrowserInfo::of(device);
        let text = |field: fn(&wgpu::AdapterInfo) -> &String| info.map_or("", |info| field(info).trim());
        let [model, driver, driver_info] = [text(|i| &i.name), text(|i| &i.driver), text(|i| &i.driver_info)];
        let known = info.map_or("", |info| vendor(info.vendor));
        let vendor = if known.is_empty() { browser.vendor.as_str() } else { known };
        let family = format!("{vendor} {}", browser.architecture);
        let descriptions = [model, browser.device.trim(), driver_info, driver, family.trim()];
        let name = descriptions.into_iter().find(|text| !text.is_empty());
        let all = format!("{model} {driver} {driver_info} {family}").to_lowercase();
        let backend = info.map_or(wgpu::Backend::BrowserWebGpu, |info| info.backend);
        let kind = info.map_or(wgpu::DeviceType::Other, |info| info.device_type);
        let features = device.features() & wgpu::Features::all_webgpu_mask();
        let subgroups = has_subgroups(device).then_some(SUBGROUPS);
        Self {
            device: device_kind,
            name: name.unwrap_or("GPU that the browser does not name").to_owned(),
            vendor: vendor.to_owned(),
            backend: format!("{backend:?}"),
            driver: format!("{driver} {driver_info}").trim().to_owned(),
            kind: format!("{kind:?}"),
            threads: (device_kind == DeviceKind::Cpu).then(crate::cpu::threads::count),
            software: kind == wgpu::DeviceType::Cpu || SOFTWARE.iter().any(|word| all.contains(word)),
            features: features.iter().filter_map(|feature| feature.as_str()).chain(subgroups).collect(),
            matrix_side,
            buffer_limit: buffer_limit(&device.limits()),
        }
    }

    /// The adapter's class, which decides the order of candidate algorithms.
    pub fn target(&self) -> AdapterClass {
        let text = format!("{} {}", self.name, self.driver).to_lowercase();
        match self.software {
            _ if self.device == DeviceKind::Cpu => AdapterClass::Cpu,
            true if text.contains("swiftshader") => AdapterClass::SwiftShader,
            true => AdapterClass::Software,
            false => AdapterClass::Gpu,
        }
    }

    /// What decides the candidate algorithms for weights in this format.
    pub fn with_weights(&self, weights: WeightFormat) -> AdapterProfile {
        let has_f16 = self.features.contains(&"shader-f16");
        AdapterProfile {
            target: self.target(),
            weights,
            arithmetic: if has_f16 { ComputeType::F16 } else { ComputeType::F32 },
            matrix_side: self.matrix_side,
            subgroups: self.features.contains(&SUBGROUPS),
            buffer_limit: self.buffer_limit,
        }
    }
}
