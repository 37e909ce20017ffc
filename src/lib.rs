//! ResNet inference on the GPU, natively and in the browser, with WGSL kernels on `wgpu`. Every intermediate value can be inspected.
//!
//! Operators describe dispatches as plain data ([`kernel::Dispatch`]). A [`plan::Plan`] decides which operators are fused and which
//! buffer holds which value; it is plain data as well and can be printed and tested without a GPU. [`gpu`] executes the plan and is
//! the only module that uses `wgpu`. Observing a node makes it an additional output of the plan.
//!
//! ```text
//! web · binary · examples · tests
//! session                         open, load, classify, observe, read values
//! gpu                             device, pipelines, buffers, read-back, timestamps, drawing
//! plan · lens                     fusion, buffer assignment, algorithm selection; values to colours
//! graph · resnet · weights · card · catalog · hub · labels · preprocess
//! kernel · ops                    one operator per file
//! error · shape · tensor · decoded_image
//! ```
//!
//! [`Session`] is the main entry point. The modules below it also run other networks of the same operators and read any node:
//!
//! ```
//! use resnet_lens::gpu::{Executable, Gpu, Parameters};
//! use resnet_lens::graph::{GraphBuilder, ValueRef};
//! use resnet_lens::ops::{Conv2d, ParameterValues, Relu, Window};
//! use resnet_lens::plan::Plan;
//! use resnet_lens::shape::Shape;
//! use resnet_lens::tensor::HostTensor;
//!
//! # pollster::block_on(async {
//! // Two layers: a 3x3 edge detector for one grey channel, and a ReLU.
//! let window = Window::square(3, 1, 1);
//! let mut net = GraphBuilder::new(Shape::new(1, 1, 5, 5));
//! let edges = net.add("edges", Conv2d { in_channels: 1, out_channels: 1, window, groups: 1, bias: false }, &[ValueRef::Input])?;
//! net.add("positive", Relu, &[edges])?;
//! let graph = net.finish()?;
//!
//! let gpu = Gpu::open().await?;
//! let mut parameters = Parameters::default();
//! let laplacian = vec![0., -1., 0., -1., 4., -1., 0., -1., 0.];
//! parameters.insert(&gpu, &graph, "edges", &ParameterValues::from([("weight", laplacian)]))?;
//!
//! // `edges` is observed, so its value stays readable. Otherwise it would be fused with the ReLU.
//! let mut executable = Executable::new(&gpu, Plan::new(&graph, &["edges"])?, &parameters).await?;
//! let dot = HostTensor::from_fn(graph.input(), |_, _, y, x| f32::from(y == 2 && x == 2));
//! let positive = executable.run(&dot).await?;
//! assert_eq!(positive.at(0, 0, 2, 2), 4.0);
//! assert_eq!(positive.at(0, 0, 2, 1), 0.0);
//! assert_eq!(executable.read("edges").await?.at(0, 0, 2, 1), -1.0);
//! # Ok::<(), resnet_lens::Error>(())
//! # })?;
//! # Ok::<(), resnet_lens::Error>(())
//! ```
//!
//! # Features
//! | feature | effect |
//! |---|---|
//! | `cli` | builds the program `resnet-lens`; native only |
//! | `cooperative-matrix` | uses the cooperative matrices of GPUs whose drivers have them; experimental in `wgpu`, native only |
//! | `fault-injection` | lets tests make the device refuse calls |
//!
//! None is enabled by default.

// The library reports errors and does not panic on input. `expect` is for invariants that its own code has established. Tests
// may unwrap, so these lints are not in Cargo.toml.
#![warn(clippy::panic, clippy::unwrap_used)]

pub mod card;
pub mod catalog;
pub mod cpu;
pub mod decoded_image;
pub mod error;
pub mod gpu;
pub mod graph;
pub mod hub;
pub mod kernel;
pub mod labels;
pub mod lens;
mod lock;
pub mod ops;
pub mod plan;
pub mod preprocess;
pub mod resnet;
pub mod session;
pub mod shape;
pub mod tensor;
mod warning;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod weights;

pub use card::ModelCard;
pub use catalog::Catalog;
pub use error::{Error, Result};
pub use resnet::ResNetConfig;
pub use session::Session;
