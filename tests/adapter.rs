//! Browsers before Chrome 127 have no `GPUAdapter.info`.
#![cfg(target_arch = "wasm32")]

mod common;

use common::gpu_tests;
use js_sys::{Object, Reflect};
use resnet_lens::gpu::Gpu;

/// Removes a property from the prototype of a class.
fn remove(class: &str, property: &str) {
    let class = Reflect::get(&js_sys::global(), &class.into()).expect("a global");
    let prototype: Object = Reflect::get(&class, &"prototype".into()).expect("a class").into();
    Reflect::delete_property(&prototype, &property.into()).expect("a configurable property");
}

gpu_tests! {
    async fn an_adapter_without_information_opens() {
        remove("GPUAdapter", "info");
        remove("GPUDevice", "adapterInfo");
        let gpu = Gpu::open().await.expect("the adapter opens without its name");
        assert_eq!(gpu.report().name, "GPU that the browser does not name");
        assert_eq!(gpu.report().backend, "BrowserWebGpu");
    }
}
