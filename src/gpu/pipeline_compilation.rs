//! PipelineCompilation pipelines beside other work.
//!
//! A pipeline that a browser is asked for at once is compiled before anything else runs in its GPU process, and all its pages
//! stand still meanwhile. Asked for asynchronously it is compiled beside. Chromium's WebGPU, Dawn, keeps pipelines by what they
//! are made of: asked for asynchronously first and held, they are there when `wgpu` asks at once. Other browsers do not keep
//! them so and would compile twice; natively pipelines are compiled when they are made.

#[cfg(target_arch = "wasm32")]
mod dawn;

use super::context::Gpu;
use crate::plan::Plan;

/// The pipelines of a plan, being compiled where the platform can do that beside other work. To be held until
/// [`super::Executable::new`] has asked for them.
#[derive(Debug)]
pub struct PipelineCompilation {
    #[cfg(target_arch = "wasm32")]
    asked: Option<js_sys::Promise>,
}

#[cfg(target_arch = "wasm32")]
impl PipelineCompilation {
    /// Begins. A pipeline that cannot be compiled is left to [`super::Executable::new`] to complain of.
    pub fn begin(gpu: &Gpu, plan: &Plan) -> Self {
        let prepared = plan.prepared().iter().map(|(_, prepared)| &prepared.dispatch);
        let dispatches = prepared.chain(plan.calls().map(|call| &call.dispatch));
        Self { asked: dawn::is_here().then(|| dawn::ask(gpu, dispatches).ok()).flatten() }
    }

    /// Waits until all are compiled.
    pub async fn finished(&self) {
        if let Some(asked) = &self.asked {
            // What failed fails again, with words, when it is asked for at once.
            let _ = wasm_bindgen_futures::JsFuture::from(asked.clone()).await;
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl PipelineCompilation {
    /// Nothing to begin.
    pub fn begin(_gpu: &Gpu, _plan: &Plan) -> Self {
        Self {}
    }

    /// Nothing to wait for.
    pub async fn finished(&self) {}
}
