//! Tests of the command-line program. They exist with the feature `cli` only, see Cargo.toml.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../common/hub_server.rs"]
mod hub_server;
#[path = "../common/program.rs"]
mod program;

mod addresses;
mod beside;
mod compress;
mod download;
mod inspect;
mod many;
mod sure;
mod terminal;
