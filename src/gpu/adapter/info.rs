//! What the platform reports about an adapter.

use crate::gpu::device_kind::DeviceKind;

/// `None` before Chrome 127, where adapters have no `info` and `wgpu` would throw an exception.
#[cfg(target_arch = "wasm32")]
pub(in crate::gpu) fn adapter_info(kind: DeviceKind, adapter: &wgpu::Adapter) -> Option<wgpu::AdapterInfo> {
    use js_sys::Reflect;
    if kind == DeviceKind::Cpu {
        return Some(adapter.get_info());
    }
    let prototype = Reflect::get(&js_sys::global(), &"GPUAdapter".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .unwrap_or_default();
    Reflect::has(&prototype, &"info".into()).unwrap_or(false).then(|| adapter.get_info())
}

/// Never `None`.
#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::unnecessary_wraps, reason = "browsers may have no information")]
pub(in crate::gpu) fn adapter_info(_kind: DeviceKind, adapter: &wgpu::Adapter) -> Option<wgpu::AdapterInfo> {
    Some(adapter.get_info())
}

/// WebGPU's name of the feature, which `wgpu` does not map in browsers.
pub(super) const SUBGROUPS: &str = "subgroups";

/// Whether the device has subgroup operations.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn has_subgroups(device: &wgpu::Device) -> bool {
    device.features().contains(wgpu::Features::SUBGROUP)
}

/// Whether the device has subgroup operations. `www/engine/request-subgroups.js` requests them, because `wgpu` does not.
#[cfg(target_arch = "wasm32")]
pub(super) fn has_subgroups(device: &wgpu::Device) -> bool {
    use js_sys::Reflect;
    use wasm_bindgen::JsCast;
    let Some(device) = device.as_webgpu() else { return false };
    let features = Reflect::get(device, &"features".into()).unwrap_or_default();
    let Ok(has) = Reflect::get(&features, &"has".into()).and_then(|has| has.dyn_into::<js_sys::Function>()) else {
        return false;
    };
    has.call1(&features, &SUBGROUPS.into()).is_ok_and(|has| has.is_truthy())
}

/// The part of `GPUAdapterInfo` that `wgpu` leaves out; empty natively.
#[derive(Debug, Default)]
pub(super) struct BrowserInfo {
    pub vendor: String,
    pub architecture: String,
    pub device: String,
}

impl BrowserInfo {
    #[cfg(not(target_arch = "wasm32"))]
    pub fn of(_device: &wgpu::Device) -> Self {
        Self::default()
    }

    /// Read by name: `web-sys` has these properties behind its flag for unstable interfaces only.
    #[cfg(target_arch = "wasm32")]
    pub fn of(device: &wgpu::Device) -> Self {
        use js_sys::Reflect;
        let Some(device) = device.as_webgpu() else { return Self::default() };
        let Ok(info) = Reflect::get(device, &"adapterInfo".into()) else { return Self::default() };
        let text = |name: &str| Reflect::get(&info, &name.into()).ok().and_then(|value| value.as_string());
        let text = |name: &str| text(name).unwrap_or_default();
        Self { vendor: text("vendor"), architecture: text("architecture"), device: text("device") }
    }
}

/// The GPU vendor with this PCI vendor ID; empty for others.
pub(super) fn vendor(id: u32) -> &'static str {
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
