//! Compiled pipelines as bytes, to be stored between processes.

use std::sync::Mutex;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lock::lock;
use crate::plan::AlgorithmSelection;

/// The length of a SHA-256 digest in bytes.
const DIGEST: usize = 32;

/// The compiled pipelines of a device whose API provides them: Vulkan.
#[derive(Debug)]
pub(super) struct PipelineCache {
    /// `wgpu`'s name for adapters that may understand each other's pipelines.
    key: String,
    /// The adapter, driver, version and kernels that the pipelines are for.
    origin: String,
    cache: Mutex<wgpu::PipelineCache>,
}

impl PipelineCache {
    /// An empty cache; `None` where the device has none.
    pub fn new(device: &wgpu::Device, info: &wgpu::AdapterInfo) -> Option<Self> {
        let supported = device.features().contains(wgpu::Features::PIPELINE_CACHE);
        let key = wgpu::util::pipeline_cache_key(info).filter(|_| supported)?;
        let wgpu::AdapterInfo { name, driver, driver_info, .. } = info;
        let version = env!("CARGO_PKG_VERSION");
        let origin =
            format!("{key}\n{name}\n{driver}\n{driver_info}\n{version}\n{:016x}", AlgorithmSelection::kernel_hash());
        Some(Self { key, origin, cache: Mutex::new(create(device, None)) })
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// The cache that pipelines are compiled with.
    pub fn get(&self) -> wgpu::PipelineCache {
        lock(&self.cache).clone()
    }

    /// A digest followed by the pipelines; `None` where the driver returns none.
    pub fn save(&self) -> Option<Vec<u8>> {
        let compiled = self.get().get_data()?;
        Some([self.digest(&compiled).as_slice(), &compiled].concat())
    }

    /// # Errors
    /// [`Error::State`] for bytes that [`PipelineCache::save`] did not return for the same origin.
    pub fn restore(&self, device: &wgpu::Device, saved: &[u8]) -> Result<()> {
        let compiled = saved.split_at_checked(DIGEST).filter(|(digest, compiled)| *digest == self.digest(compiled));
        let Some((_, compiled)) = compiled else {
            let found = format!("{} other bytes", saved.len());
            let expected = "what this version compiled on this adapter and driver";
            return Err(Error::State(format!("compiled pipelines: expected {expected}, found {found}")));
        };
        *lock(&self.cache) = create(device, Some(compiled));
        Ok(())
    }

    fn digest(&self, compiled: &[u8]) -> [u8; DIGEST] {
        Sha256::new().chain_update(&self.origin).chain_update(compiled).finalize().into()
    }
}

fn create(device: &wgpu::Device, data: Option<&[u8]>) -> wgpu::PipelineCache {
    let descriptor = wgpu::PipelineCacheDescriptor { label: Some("kernels"), data, fallback: true };
    // SAFETY: `data` must be what `get_data` returned. `restore` accepts only bytes whose digest shows that `save` wrote them for
    // this adapter, driver and version, to the last bit; `wgpu` and the driver compare their headers with the device again. The
    // digest is not a signature: code that can write to the program's storage is as trusted as the program.
    unsafe { device.create_pipeline_cache(&descriptor) }
}
