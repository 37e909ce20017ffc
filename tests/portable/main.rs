//! Tests that run natively and inside browsers: one program each, so that the library is linked and a browser is started once.

#[path = "../common/mod.rs"]
mod common;

#[cfg(target_arch = "wasm32")]
mod adapter;
mod combinations;
mod convolution_parts;
mod device_errors;
mod f16;
mod gradient;
mod lens;
mod live;
mod lowering;
mod ops;
mod profile;
mod pytorch;
mod readback;
mod surgery;
mod weights;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
