//! Convolutions on several threads, which divide the output pixels. The values do not depend on their number.
//!
//! Natively, threads share the memory. A WebAssembly module that shares its memory cannot be built by stable Rust, so in a browser each
//! thread is a worker with an instance of the module of its own: [`remote`] copies operands and results. The engine's worker starts
//! them where the page is cross-origin isolated (`www/engine/compute-threads.js`); elsewhere it computes alone.

pub mod channel;
#[cfg(not(target_arch = "wasm32"))]
mod native;
pub mod remote;
pub mod request;
mod serve;
mod split;
#[cfg(target_arch = "wasm32")]
mod workers;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{compute, count, drop_contents};
pub use serve::serve;
pub use split::split;
#[cfg(target_arch = "wasm32")]
pub(crate) use workers::{add, compute, count, drop_contents, serve_memory};
