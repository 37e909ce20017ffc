//! Every kernel as a function on the CPU, for machines without WebGPU. `gpu` calls them through a device of its own, so plans, the
//! lens and sessions do not know the difference.
//!
//! A function computes what the WGSL file of the same name computes, on the same buffers, with the same parameters. Convolutions that
//! exist in several variants for GPUs have one function here, because [`crate::ops::AdapterClass::Cpu`] has one algorithm per layer.
//! Only convolutions use several threads.

mod activation;
mod call;
pub mod convolution;
mod kernels;
mod matrix;
mod paint;
pub mod threads;

pub(crate) use call::{Bound, Call};
pub use kernels::has_function;
pub(crate) use kernels::{Entry, find};
pub(crate) use paint::{Fragment, PaintBuffers, paint};
