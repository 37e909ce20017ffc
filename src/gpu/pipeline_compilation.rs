//! Compiling a plan's pipelines in parallel with other work.
//!
//! A browser compiles a pipeline that is requested synchronously before anything else runs in its GPU process, and all pages
//! wait for it. Pipelines requested asynchronously compile in parallel. Chromium's WebGPU implementation, Dawn, caches pipelines by
//! their descriptors: if they were requested asynchronously and are still referenced, `wgpu`'s synchronous request finds them.
//! Other browsers have no such cache and would compile twice. Natively pipelines compile when they are created.

#[cfg(target_arch = "wasm32")]
mod dawn;

use super::context::Gpu;
use crate::plan::Plan;

/// The compiling pipelines of a plan, where the platform can compile in parallel. To be kept until [`super::Executable::new`]
/// returns.
#[derive(Debug)]
pub struct PipelineCompilation {
    #[cfg(target_arch = "wasm32")]
    requested: Option<js_sys::Promise>,
}

#[cfg(target_arch = "wasm32")]
impl PipelineCompilation {
    /// Starts compiling. A pipeline that does not compile is reported by [`super::Executable::new`].
    pub fn begin(gpu: &Gpu, plan: &Plan) -> Self {
        let transforms = plan.transformed_weights().iter().map(|(_, transformed)| &transformed.dispatch);
        let dispatches = transforms.chain(plan.dispatches().map(|planned| &planned.dispatch));
        // The scopes keep errors of modules and layouts from being attributed to another operation.
        let request = || dawn::request(gpu, dispatches).ok();
        Self { requested: dawn::is_available().then(|| gpu.scoped("compile pipelines", request).0).flatten() }
    }

    /// Waits until all pipelines have compiled or failed.
    pub async fn finished(&self) {
        if let Some(requested) = &self.requested {
            // A failure is repeated, with a message, by the synchronous request.
            let _ = wasm_bindgen_futures::JsFuture::from(requested.clone()).await;
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl PipelineCompilation {
    /// Does nothing.
    pub fn begin(_gpu: &Gpu, _plan: &Plan) -> Self {
        Self {}
    }

    /// Returns at once.
    pub async fn finished(&self) {}
}
