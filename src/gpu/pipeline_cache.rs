//! What a driver made of kernels, kept from one run of a program to the next.

use std::sync::Mutex;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::lock::lock;
use crate::plan::AlgorithmSelection;

/// How many bytes a SHA-256 takes.
const DIGEST: usize = 32;

/// The compiled pipelines of a device, where its API gives them away: Vulkan does.
#[derive(Debug)]
pub(super) struct PipelineCache {
    /// `wgpu`'s name for adapters that may understand each other's pipelines.
    key: String,
    /// For whom they were compiled, and from what: to anything else they are worthless.
    origin: String,
    cache: Mutex<wgpu::PipelineCache>,
}

impl PipelineCache {
    /// An empty one; none where the device has no such thing.
    pub fn new(device: &wgpu::Device, info: &wgpu::AdapterInfo) -> Option<Self> {
        let has = device.features().contains(wgpu::Features::PIPELINE_CACHE);
        let key = wgpu::util::pipeline_cache_key(info).filter(|_| has)?;
        let wgpu::AdapterInfo { name, driver, driver_info, .. } = info;
        let version = env!("CARGO_PKG_VERSION");
        let origin =
            format!("{key}\n{name}\n{driver}\n{driver_info}\n{version}\n{:016x}", AlgorithmSelection::kernel_hash());
        Some(Self { key, origin, cache: Mutex::new(create(device, None)) })
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// What pipelines are compiled with.
    pub fn get(&self) -> wgpu::PipelineCache {
        lock(&self.cache).clone()
    }

    /// Digest and pipelines; nothing where the driver has nothing to tell.
    pub fn save(&self) -> Option<Vec<u8>> {
        let compiled = self.get().get_data()?;
        Some([self.digest(&compiled).as_slice(), &compiled].concat())
    }

    /// # Errors
    /// [`Error::State`] for bytes that [`PipelineCache::save`] did not make for the same origin.
    pub fn restore(&self, device: &wgpu::Device, saved: &[u8]) -> Result<()> {
        let compiled = saved.split_at_checked(DIGEST).filter(|(digest, compiled)| *digest == self.digest(compiled));
        let Some((_, compiled)) = compiled else {
            let found = format!("{} bytes that are something else", saved.len());
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
    // SAFETY: `data` must be what `get_data` returned. `restore` takes only bytes whose digest says that `save` wrote them, to
    // the last bit and on this adapter and driver; `wgpu` holds their header against the device once more, and the driver its
    // own. A digest is no signature: who can write into the place where a program keeps them is trusted as much as the program.
    unsafe { device.create_pipeline_cache(&descriptor) }
}
