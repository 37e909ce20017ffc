//! Compute threads of the CPU; see [`crate::cpu::threads`].

use js_sys::SharedArrayBuffer;
use wasm_bindgen::prelude::*;
use web_sys::Worker;

use crate::cpu::threads;

/// The compiled module, from which a worker makes an instance without compiling it again.
#[wasm_bindgen(js_name = compiledModule, unchecked_return_type = "WebAssembly.Module")]
pub fn compiled_module() -> JsValue {
    wasm_bindgen::module()
}

/// Has a worker compute a part of every convolution on the CPU. It has called [`serve_compute_thread`], or is about to, with the same
/// memory. It is terminated if it fails.
#[wasm_bindgen(js_name = addComputeThread)]
pub fn add_compute_thread(memory: &SharedArrayBuffer, worker: Worker) {
    threads::add(memory, worker);
}

/// In a worker: computes what the engine asks for. Does not return; the worker has to be terminated.
#[wasm_bindgen(js_name = serveComputeThread)]
pub fn serve_compute_thread(memory: &SharedArrayBuffer) {
    threads::serve_memory(memory);
}
