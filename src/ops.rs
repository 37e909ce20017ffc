//! The operators of a ResNet. Each has a file of its own: formula and source, attributes, shape rule, the naive CPU reference
//! that is its specification, and the [`Lowered`] that calls its WGSL kernels.
//!
//! A new operator is one `.rs`, one `.wgsl`, one line in `ops!` below and its rows in `tests/ops.rs`.

mod add;
mod algorithm;
mod avgpool;
mod batchnorm2d;
mod conv2d;
mod flatten;
mod linear;
mod maxpool2d;
mod relu;
mod softmax;
mod window;

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::kernel::{Dispatch, Kernel, Lowered};
use crate::shape::Shape;
use crate::tensor::HostTensor;

pub use add::Add;
pub use algorithm::{AdapterClass, AdapterProfile, Algorithm, ComputeType, Gemm, GemmTile, KernelConfig, WeightFormat};
pub use avgpool::GlobalAvgPool2d;
pub use batchnorm2d::BatchNorm2d;
pub use conv2d::Conv2d;
pub use flatten::Flatten;
pub use linear::Linear;
pub use maxpool2d::MaxPool2d;
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

/// What a convolution does to its sum before it is stored: `y = relu(sum * scale + shift + residual)`, each part where asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Epilogue {
    /// The scale and shift of a batch normalisation.
    pub norm: bool,
    /// The addition of another tensor of the output's shape.
    pub residual: bool,
    /// The rectifier.
    pub relu: bool,
}

impl Epilogue {
    /// Store the plain sum.
    pub const NONE: Self = Self { norm: false, residual: false, relu: false };
}

/// What the planner, the loader and the tests need to know of an operator.
pub trait Operator {
    /// PyTorch's class name, as in `Conv2d`.
    fn kind(&self) -> &'static str;

    /// The attributes as people read them, as in `3x3 stride 2 padding 1`; empty where there are none.
    fn detail(&self) -> String {
        String::new()
    }

    /// The window that slides over the input, of those that have one.
    fn window(&self) -> Option<Window> {
        None
    }

    /// How many tensors it takes.
    fn arity(&self) -> usize {
        1
    }

    /// The shape of the output; `inputs` has [`Operator::arity`] entries.
    ///
    /// # Errors
    /// [`Error::Shape`] naming `node`, what was expected and what was found.
    fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape>;

    /// The learned tensors it needs.
    fn parameters(&self) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// Multiply-accumulates for an output of shape `output`; zero for operators that do none worth counting.
    fn macs(&self, _output: Shape) -> u64 {
        0
    }

    /// The specification: nested loops in `f32` with sums in `f64`.
    fn reference(&self, inputs: &[&HostTensor], parameters: &ParameterValues) -> HostTensor;

    /// Parameters in the layout of the kernel.
    fn pack(&self, _parameters: &ParameterValues) -> Vec<Packed> {
        Vec::new()
    }

    /// Whether [`Operator::lower`] can carry an [`Epilogue`].
    fn fuses(&self) -> bool {
        false
    }

    /// The ways worth measuring on a kind of adapter, the likely fastest first; none where there is only one.
    fn algorithms(&self, _inputs: &[Shape], _output: Shape, _adapter: AdapterProfile) -> Vec<Algorithm> {
        Vec::new()
    }

    /// The calls of kernels; none where the output is the input's storage under another shape.
    /// `epilogue` is [`Epilogue::NONE`] unless [`Operator::fuses`].
    fn lower(&self, inputs: &[Shape], output: Shape, epilogue: Epilogue, method: KernelConfig) -> Lowered;
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
