//! ResNet-50 on the GPU, natively and inside the browser: WGSL kernels, and the Rust that chains them.
//!
//! **Ops describe, the plan decides, the GPU executes.** An operator gives a [`kernel::Dispatch`], plain data; a
//! [`plan::Plan`] chooses what is fused and which buffer holds what, and can be printed and tested without a GPU; only
//! [`gpu`] knows `wgpu`. To look into a layer is to ask the plan for one more output.
//!
//! ```text
//! web · examples · tests          thin, on top
//! session                         open · load · classify · observe · feature_map
//! gpu                             device · pipelines · buffers · read-back · timestamps · drawing
//! plan · lens                     fuse · assign slots · list; values to colours
//! graph · resnet · weights · card · catalog · hub · labels · preprocess
//! kernel · ops                    one operator a file, one WGSL kernel each
//! error · shape · tensor · image
//! ```
//!
//! Most people want [`Session`]. Below it, anyone can build a network of these operators and read any node of it:
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
//! // Two layers: a 3x3 edge detector for one grey channel, and a rectifier.
//! let window = Window::square(3, 1, 1);
//! let mut net = GraphBuilder::new(Shape::new(1, 1, 5, 5));
//! let edges = net.add("edges", Conv2d { in_channels: 1, out_channels: 1, window, groups: 1, bias: false }, &[ValueRef::Input])?;
//! net.add("bright", Relu, &[edges])?;
//! let graph = net.finish()?;
//!
//! let gpu = Gpu::open().await?;
//! let mut parameters = Parameters::default();
//! let laplacian = vec![0., -1., 0., -1., 4., -1., 0., -1., 0.];
//! parameters.insert(&gpu, &graph, "edges", &ParameterValues::from([("weight", laplacian)]))?;
//!
//! // Observing `edges` keeps its value; unobserved it would be fused with the rectifier behind it.
//! let mut run = Executable::new(&gpu, Plan::new(&graph, &["edges"])?, &parameters).await?;
//! let dot = HostTensor::from_fn(graph.input(), |_, _, y, x| f32::from(y == 2 && x == 2));
//! let bright = run.run(&dot).await?;
//! assert_eq!(bright.at(0, 0, 2, 2), 4.0);
//! assert_eq!(bright.at(0, 0, 2, 1), 0.0);
//! assert_eq!(run.read("edges").await?.at(0, 0, 2, 1), -1.0);
//! # Ok::<(), resnet_lens::Error>(())
//! # })?;
//! # Ok::<(), resnet_lens::Error>(())
//! ```

// The library reports errors and does not panic on input. `expect` is for invariants that its own code has established. Tests
// may unwrap, so these lints are not in Cargo.toml.
#![warn(clippy::panic, clippy::unwrap_used)]

pub mod card;
pub mod catalog;
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
