//! What the CPU offers as an adapter.

/// Profiles need timestamps; nothing else is optional.
pub(super) const FEATURES: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY;

/// Buffers are limited by the memory only.
pub(super) fn limits() -> wgpu::Limits {
    wgpu::Limits { max_buffer_size: 1 << 31, max_storage_buffer_binding_size: 1 << 31, ..wgpu::Limits::default() }
}

pub(super) fn info() -> wgpu::AdapterInfo {
    let mut info = wgpu::AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Noop);
    "CPU".clone_into(&mut info.name);
    info
}
