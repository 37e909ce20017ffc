//! The operators of a ResNet. Each has a file of its own: formula and source, attributes, shape rule, the naive CPU reference
//! that is its specification, and the [`Lowered`] that calls its WGSL kernels.
//!
//! A new operator is one `.rs`, one `.wgsl`, one line in `ops!` below and its rows in `tests/ops.rs`.

mod add;
mod algorithm;
mod avgpool;
mod batchnorm2d;
mod conv2d;
mod epilogue;
mod flatten;
mod linear;
mod maxpool2d;
mod operator;
mod relu;
mod softmax;
mod window;

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::kernel::{Dispatch, Kernel, Lowered};
use crate::shape::Shape;

pub use add::Add;
pub use algorithm::{AdapterClass, AdapterProfile, Algorithm, ComputeType, Gemm, GemmTile, KernelConfig, WeightFormat};
pub use avgpool::GlobalAvgPool2d;
pub use batchnorm2d::BatchNorm2d;
pub use conv2d::Conv2d;
pub use epilogue::{Activation, Epilogue, EpiloguePart};
pub use flatten::Flatten;
pub use linear::Linear;
pub use maxpool2d::MaxPool2d;
pub use operator::{Footprint, Operator, Role};
pub use relu::Relu;
pub use softmax::Softmax;
pub use window::Window;

/// A learned tensor that an operator needs, under PyTorch's name and in PyTorch's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// The last part of the tensor's name: `weight` in `layer1.0.conv1.weight`.
    pub name: &'static str,
    /// Its dims, outermost first.
    pub dims: Vec<usize>,
    /// Whether training learns it by gradient; the statistics of a batch normalisation are gathered instead and do not count
    /// among a network's parameters.
    pub learned: bool,
}

impl ParameterSpec {
    fn new(name: &'static str, dims: &[usize]) -> Self {
        Self { name, dims: dims.to_vec(), learned: true }
    }

    fn statistic(name: &'static str, dims: &[usize]) -> Self {
        Self { learned: false, ..Self::new(name, dims) }
    }

    /// How many values it has.
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Whether an extent is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Values of an operator's parameters by [`ParameterSpec::name`], each of the dims its specification states.
pub type ParameterValues = BTreeMap<&'static str, Vec<f32>>;

/// A parameter as a kernel reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    /// The name that [`crate::kernel::Argument::Parameter`] asks for.
    pub name: &'static str,
    /// The values, a multiple of four of them.
    pub data: Vec<f32>,
    /// Whether these are the weights that [`WeightFormat`] is about; all else is `f32`.
    pub weights: bool,
}

/// Declares [`Op`] and [`kernels`] from the list of operators.
macro_rules! ops {
    ($($name:ident),*; kernels: $($kernel:path),*; for_each_format: $($family:path),*) => {
        /// Any of the operators.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Op {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name),)*
        }

        $(impl From<$name> for Op {
            fn from(op: $name) -> Self {
                Self::$name(op)
            }
        })*

        impl std::ops::Deref for Op {
            type Target = dyn Operator;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Self::$name(op) => op,)*
                }
            }
        }

        /// Every kernel of an operator.
        pub fn kernels() -> Vec<&'static Kernel> {
            let mut all = vec![$(&$kernel),*];
            $(all.extend(&$family);)*
            all
        }
    };
}

ops! {
    Conv2d, BatchNorm2d, Relu, Add, MaxPool2d, GlobalAvgPool2d, Flatten, Linear, Softmax;
    kernels: batchnorm2d::KERNEL, relu::KERNEL, add::KERNEL, maxpool2d::KERNEL, avgpool::KERNEL, softmax::KERNEL,
    conv2d::REDUCE, conv2d::ROWS, conv2d::TILED_F16, conv2d::MATRIX_8, conv2d::MATRIX_16, conv2d::WINOGRAD_INPUT, conv2d::WINOGRAD_OUTPUT;
    for_each_format: conv2d::DIRECT, conv2d::SCALAR_4, conv2d::SCALAR_28, conv2d::SCALAR_64, conv2d::TILED, conv2d::WIDE,
    conv2d::GROUPED, conv2d::WINOGRAD_SCALAR, conv2d::WINOGRAD_WEIGHT, linear::KERNELS
}

/// The shape rule of operators that take vectors: `node`'s input must be `n`x`features`x1x1.
fn expect_vector(node: &str, input: Shape, features: usize) -> Result<()> {
    if input.c != features || (input.h, input.w) != (1, 1) {
        return Err(Error::shape(node, format!("an input of shape {}x{features}x1x1", input.n), input));
    }
    Ok(())
}

/// The call of an operator that treats every value alike: one invocation a `vec4<f32>`.
fn elementwise(kernel: &'static Kernel, output: Shape, arguments: Vec<crate::kernel::Argument>) -> Lowered {
    let quads = output.storage_len() / 4;
    let dims = vec![quads as u32, output.channel_quads() as u32];
    Dispatch::new(kernel, dims, arguments, quads).into()
}
