//! `createComputePipelineAsync`, which `wgpu` 30 does not provide (wgpu issue 3794).

use std::collections::BTreeMap;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use crate::gpu::Gpu;
use crate::kernel::{Access, Dispatch, Kernel};

/// Whether this is Chromium, the only browser with `navigator.userAgentData`.
pub(super) fn is_available() -> bool {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).unwrap_or_default();
    Reflect::get(&navigator, &"userAgentData".into()).is_ok_and(|data| data.is_object())
}

/// Requests the pipelines of these dispatches. The promise resolves when all have compiled or failed.
pub(super) fn request<'a>(gpu: &Gpu, dispatches: impl Iterator<Item = &'a Dispatch>) -> Result<Promise, JsValue> {
    let device = gpu.device.as_webgpu().map(JsValue::from).ok_or(JsValue::UNDEFINED)?;
    let mut parts: BTreeMap<String, [JsValue; 2]> = BTreeMap::new();
    let mut requested: BTreeMap<String, JsValue> = BTreeMap::new();
    for dispatch in dispatches {
        let label = dispatch.kernel.label();
        let key = format!("{label} {:?}", dispatch.constants);
        if requested.contains_key(&key) {
            continue;
        }
        if !parts.contains_key(&label) {
            parts.insert(label.clone(), [module(&device, dispatch.kernel)?, layout(&device, dispatch.kernel)?]);
        }
        let [module, layout] = &parts[&label];
        let constants = Object::new();
        for (name, value) in &dispatch.constants {
            Reflect::set(&constants, &(*name).into(), &(*value).into())?;
        }
        let main = "main".into();
        let compute = object(&[("module", module), ("entryPoint", &main), ("constants", &constants)])?;
        let descriptor = object(&[("layout", layout), ("compute", &compute)])?;
        requested.insert(key, call(&device, "createComputePipelineAsync", &descriptor)?);
    }
    Ok(Promise::all_settled(&requested.into_values().collect::<Array>()))
}

fn module(device: &JsValue, kernel: &Kernel) -> Result<JsValue, JsValue> {
    call(device, "createShaderModule", &object(&[("code", &kernel.browser_source().as_ref().into())])?)
}

fn layout(device: &JsValue, kernel: &Kernel) -> Result<JsValue, JsValue> {
    let compute = JsValue::from(4); // GPUShaderStage.COMPUTE
    let entries = Array::new();
    for (number, binding) in (kernel.first_binding..).zip(kernel.bindings) {
        let kind = match binding.access {
            Access::Read => "read-only-storage",
            Access::ReadWrite => "storage",
            Access::Uniform => "uniform",
        };
        let buffer = object(&[("type", &kind.into())])?;
        entries.push(&object(&[("binding", &number.into()), ("visibility", &compute), ("buffer", &buffer)])?);
    }
    let bindings = call(device, "createBindGroupLayout", &object(&[("entries", &entries)])?)?;
    call(device, "createPipelineLayout", &object(&[("bindGroupLayouts", &Array::of1(&bindings))])?)
}

fn object(members: &[(&str, &JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object.into())
}

fn call(device: &JsValue, method: &str, descriptor: &JsValue) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(device, &method.into())?.dyn_into()?;
    method.call1(device, descriptor)
}
