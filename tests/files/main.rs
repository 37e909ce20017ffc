//! Tests without a GPU: files and their readers, names, networks and plans.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../common/mod.rs"]
mod common;

mod addresses;
mod canonical_names;
mod compute_threads;
mod foreign;
mod graph;
mod hub;
mod int8;
mod labels;
mod mutations;
mod naming;
mod pickles;
mod plan;
mod preprocess;
mod resnet;
mod selection;
mod surgery;
mod symbolic_plan;
