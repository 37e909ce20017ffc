//! The operators. Each has its own file: formula and source, attributes, shape rule, the naive CPU reference that specifies it,
//! and the lowering to its WGSL kernels.
//!
//! A new operator is one `.rs` file, one `.wgsl` file, its line in `ops!` and its module, and its rows in `tests/portable/ops.rs`.

mod add;
mod algorithm;
mod avgpool;
mod avgpool2d;
mod batchnorm2d;
mod blurpool2d;
mod channel_gate;
mod conv2d;
mod conv2d_pair;
mod epilogue;
mod flatten;
mod gradient;
mod groupnorm;
mod identity;
mod linear;
mod linear_pooled;
mod maxpool2d;
mod operator;
mod relu;
mod scale;
mod silu;
mod softmax;
mod window;
mod zero_pad_shortcut;

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::kernel::{Argument, Binding, Dispatch, Kernel, Lowered, UniformParams, params};
use crate::shape::Shape;

pub use algorithm::{AdapterClass, AdapterProfile, Algorithm, ComputeType, Gemm, GemmTile, KernelConfig, WeightFormat};
pub use epilogue::{Activation, Epilogue, EpiloguePart};
pub use gradient::{Gradient, Operand};
pub use operator::{Footprint, Operator, Role};
pub use window::Window;

/// A parameter of an operator, with PyTorch's name and dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// The last part of the tensor's name: `weight` in `layer1.0.conv1.weight`.
    pub name: &'static str,
    /// Its dimensions, outermost first.
    pub dims: Vec<usize>,
    /// Whether it is trained by gradient. The running statistics of a batch normalisation are not, and do not count among a
    /// network's parameters.
    pub learned: bool,
}

impl ParameterSpec {
    fn new(name: &'static str, dims: &[usize]) -> Self {
        Self { name, dims: dims.to_vec(), learned: true }
    }

    fn statistic(name: &'static str, dims: &[usize]) -> Self {
        Self { learned: false, ..Self::new(name, dims) }
    }

    /// The parameters that a gradient uses: those of the forward operator, which are not learned a second time.
    fn borrowed(forward: &dyn Operator) -> Vec<Self> {
        forward.parameters().into_iter().map(|spec| Self { learned: false, ..spec }).collect()
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Whether a dimension is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Values of an operator's parameters by [`ParameterSpec::name`], in the dimensions of the specification.
pub type ParameterValues = BTreeMap<&'static str, Vec<f32>>;

/// A parameter in a kernel's layout.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    /// The name used by [`crate::kernel::Argument::Parameter`].
    pub name: &'static str,
    /// The values; their number is a multiple of four.
    pub data: Vec<f32>,
    /// Whether they are stored in the [`WeightFormat`] of the adapter; all other parameters are `f32`.
    pub weights: bool,
}

/// Declares [`Op`] and [`kernels`] from the list of operators: the type and the module of each.
macro_rules! ops {
    ($($name:ident in $($module:ident)::+),* $(,)?) => {
        $(pub use $($module::)+$name;)*

        /// Any operator.
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

        /// The kernels of all operators.
        pub fn kernels() -> Vec<&'static Kernel> {
            let mut all = Vec::new();
            $(all.extend($($module::)+KERNELS);)*
            all
        }
    };
}

ops! {
    Conv2d in conv2d,
    BatchNorm2d in batchnorm2d,
    GroupNorm in groupnorm,
    Relu in relu,
    Silu in silu,
    Add in add,
    MaxPool2d in maxpool2d,
    GlobalAvgPool2d in avgpool,
    AvgPool2d in avgpool2d,
    BlurPool2d in blurpool2d,
    ZeroPadShortcut in zero_pad_shortcut,
    Flatten in flatten,
    Identity in identity,
    Scale in scale,
    ChannelGate in channel_gate,
    Linear in linear,
    PooledLinear in linear_pooled,
    Conv2dPair in conv2d_pair,
    Softmax in softmax,
    Conv2dGradient in gradient::conv2d,
    BatchNorm2dGradient in gradient::batchnorm2d,
    GroupNormGradient in gradient::groupnorm,
    ReluGradient in gradient::relu,
    SiluGradient in gradient::silu,
    MaxPool2dGradient in gradient::maxpool2d,
    AvgPoolGradient in gradient::avgpool,
    BlurPool2dGradient in gradient::blurpool2d,
    ZeroPadShortcutGradient in gradient::zero_pad_shortcut,
    ChannelGateGradient in gradient::channel_gate,
    LinearGradient in gradient::linear,
    SoftmaxGradient in gradient::softmax,
    OneHot in gradient::one_hot,
    GradCam in gradient::grad_cam,
}

/// Channels of a sample of an operator that accepts any number. Five quads leave a remainder in tiles of two and four quads.
const SAMPLE_CHANNELS: usize = 20;
/// Rows and columns of a sample. They leave a remainder in tiles of 4x4 and of 8 pixels.
const SAMPLE_SIDE: usize = 10;

impl Op {
    /// A small layer of this kind and the shape of its inputs. It has everything that selects code in a kernel, such as window and
    /// bias, and needs little work on the CPU.
    pub fn sample(&self, input: Shape) -> (Self, Shape) {
        let (op, c) = self.narrowed().unwrap_or_else(|| (self.clone(), input.c.min(SAMPLE_CHANNELS)));
        let small = Shape::new(1, c, input.h.min(SAMPLE_SIDE), input.w.min(SAMPLE_SIDE));
        op.sampled(small).unwrap_or((op, small))
    }
}

impl Op {
    /// The same operator with another stride; `None` for operators that have none.
    pub fn with_stride(&self, stride: [usize; 2]) -> Option<Self> {
        let Self::Conv2d(conv) = self else { return None };
        Some(Conv2d { window: Window { stride, ..conv.window }, ..*conv }.into())
    }
}

/// The shape rule of operators on vectors: the input of `node` must be `n`x`features`x1x1.
fn expect_vector(node: &str, input: Shape, features: usize) -> Result<()> {
    if input.c != features || (input.h, input.w) != (1, 1) {
        return Err(Error::shape(node, format!("an input of shape {}x{features}x1x1", input.n), input));
    }
    Ok(())
}

/// The shape rule of operators on a gradient and a value.
fn expect_same_shape(node: &str, inputs: &[Shape]) -> Result<Shape> {
    if inputs[0] != inputs[1] {
        return Err(Error::shape(node, format!("a gradient of shape {}", inputs[1]), inputs[0]));
    }
    Ok(inputs[0])
}

params!(
    /// The members of `shaders/lib/elementwise_params.wgsl`.
    struct ElementwiseParams { quads, channel_quads }
);

/// A kernel that computes each value on its own.
const fn elementwise_kernel(name: &'static str, source: &'static str, bindings: &'static [Binding]) -> Kernel {
    Kernel::new(name, source, bindings, ElementwiseParams::FIELDS)
}

/// Lowers an element-wise operator: one invocation per `vec4<f32>` of the output.
fn elementwise(kernel: &'static Kernel, output: Shape, arguments: &[(&'static str, Argument)]) -> Lowered {
    let params = ElementwiseParams { quads: output.storage_len() / 4, channel_quads: output.channel_quads() };
    Dispatch::new(kernel, &params, arguments, params.quads).into()
}
