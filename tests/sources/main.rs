//! Tests of the sources: the structure, the shaders, the page's types and the examples.
#![cfg(not(target_arch = "wasm32"))]

mod architecture;
mod examples;
mod shader_fragments;
mod shaders;
mod web_types;
