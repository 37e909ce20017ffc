//! Tests of the GPU that run natively only: they need files, time, or counters that browsers lack.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../common/mod.rs"]
mod common;

mod algorithms;
mod attribution;
mod contributions;
mod family;
mod formats;
mod gradient;
mod inspection;
mod kernel_check;
mod limits;
mod map;
mod memory;
mod pipelines;
mod reference;
mod samples;
mod surgery;
mod visualisation;
