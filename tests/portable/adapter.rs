//! Browsers before Chrome 127 have no `GPUAdapter.info`.

use crate::common::gpu_tests;
use js_sys::{Object, Reflect};
use resnet_lens::gpu::Gpu;

/// Removes a property from the prototype of a class, and returns a function that restores it.
fn remove(class: &str, property: &'static str) -> impl FnOnce() {
    let class = Reflect::get(&js_sys::global(), &class.into()).expect("a global");
    let prototype: Object = Reflect::get(&class, &"prototype".into()).expect("a class").into();
    let descriptor: Object = Object::get_own_property_descriptor(&prototype, &property.into()).into();
    Reflect::delete_property(&prototype, &property.into()).expect("a configurable property");
    move || {
        Object::define_property(&prototype, &property.into(), &descriptor);
    }
}

gpu_tests! {
    async fn an_adapter_without_information_opens() {
        let restore = [remove("GPUAdapter", "info"), remove("GPUDevice", "adapterInfo")];
        let gpu = Gpu::open().await;
        // The tests after this one run in the same page.
        restore.into_iter().for_each(|restore| restore());
        let gpu = gpu.expect("the adapter opens without its name");
        assert_eq!(gpu.report().name, "GPU that the browser does not name");
        assert_eq!(gpu.report().backend, "BrowserWebGpu");
    }
}
