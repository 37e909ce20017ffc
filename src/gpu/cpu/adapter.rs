//! The instance and its adapter.

use std::future::ready;
use std::pin::Pin;

use wgpu::custom::{
    AdapterInterface, DispatchAdapter, DispatchDevice, DispatchQueue, DispatchSurface, EnumerateAdapterFuture,
    InstanceInterface, RequestAdapterFuture, RequestDeviceFuture,
};

use super::capabilities::{FEATURES, info, limits};
use super::device::CpuDevice;
use super::queue::CpuQueue;
use super::unused::unused;

#[derive(Debug)]
pub(super) struct CpuInstance;

impl InstanceInterface for CpuInstance {
    fn new(_: wgpu::InstanceDescriptor) -> Self {
        Self
    }

    unsafe fn create_surface(&self, _: wgpu::SurfaceTargetUnsafe) -> Result<DispatchSurface, wgpu::CreateSurfaceError> {
        unused("surfaces")
    }

    fn request_adapter(&self, _: &wgpu::RequestAdapterOptions<'_, '_>) -> Pin<Box<dyn RequestAdapterFuture>> {
        Box::pin(ready(Ok(DispatchAdapter::custom(CpuAdapter))))
    }

    fn poll_all_devices(&self, _: bool) -> bool {
        true
    }

    fn wgsl_language_features(&self) -> wgpu::WgslLanguageFeatures {
        wgpu::WgslLanguageFeatures::empty()
    }

    fn enumerate_adapters(&self, _: wgpu::Backends) -> Pin<Box<dyn EnumerateAdapterFuture>> {
        Box::pin(ready(vec![DispatchAdapter::custom(CpuAdapter)]))
    }
}

#[derive(Debug)]
struct CpuAdapter;

impl AdapterInterface for CpuAdapter {
    fn request_device(&self, descriptor: &wgpu::DeviceDescriptor<'_>) -> Pin<Box<dyn RequestDeviceFuture>> {
        let device = CpuDevice::new(descriptor.required_limits.clone());
        Box::pin(ready(Ok((DispatchDevice::custom(device), DispatchQueue::custom(CpuQueue)))))
    }

    fn is_surface_supported(&self, _: &DispatchSurface) -> bool {
        false
    }

    fn features(&self) -> wgpu::Features {
        FEATURES
    }

    fn limits(&self) -> wgpu::Limits {
        limits()
    }

    fn downlevel_capabilities(&self) -> wgpu::DownlevelCapabilities {
        wgpu::DownlevelCapabilities::default()
    }

    fn get_info(&self) -> wgpu::AdapterInfo {
        info()
    }

    fn get_texture_format_features(&self, format: wgpu::TextureFormat) -> wgpu::TextureFormatFeatures {
        format.guaranteed_format_features(FEATURES)
    }

    fn get_presentation_timestamp(&self) -> wgpu::PresentationTimestamp {
        wgpu::PresentationTimestamp::INVALID_TIMESTAMP
    }

    fn cooperative_matrix_properties(&self) -> Vec<wgpu::CooperativeMatrixProperties> {
        Vec::new()
    }
}
