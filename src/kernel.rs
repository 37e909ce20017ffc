//! What a kernel is and how it is called: plain data, no GPU.
//!
//! A [`Kernel`] is declared once, as a constant beside its operator. Bind group layouts, labels and pipeline keys come from
//! it, and `tests/shaders.rs` holds the WGSL against it.

/// How many invocations a workgroup has unless its kernel says otherwise. 64 is a whole number of subgroups on
/// every GPU we know of.
pub const WORKGROUP_SIZE: usize = 64;

/// How a kernel uses one of its bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    ReadWrite,
    /// `var<uniform>`: the kernel's params, see [`Kernel::fields`].
    Uniform,
}

/// One `@group(0) @binding(i)` of a kernel; `i` is its place in [`Kernel::bindings`] after [`Kernel::first_binding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The WGSL variable's name.
    pub name: &'static str,
    /// How it is used.
    pub access: Access,
}

/// A WGSL compute kernel: its source and the declaration that the source must match.
#[derive(Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The name of its file in `shaders/`, without the ending.
    pub name: &'static str,
    /// What tells kernels of the same file apart: the layout of their weights, the params of what an invocation computes, and
    /// `in f16` where products are made so; empty where there is one.
    pub variant: &'static str,
    /// The WGSL text; shared functions come after the kernel so that error lines are those of its file.
    pub source: &'static str,
    /// The number of the first binding: shared functions bring bindings of fixed numbers with them.
    pub first_binding: u32,
    /// Bindings of group 0, in order.
    pub bindings: &'static [Binding],
    /// Members of the uniform struct in order, each a `u32`.
    pub fields: &'static [&'static str],
    /// The names of its `override` constants.
    pub overrides: &'static [&'static str],
    /// How many invocations a workgroup has.
    pub workgroup: usize,
}

impl Kernel {
    /// A kernel of one variant whose bindings begin with 0 and whose code is always the same.
    pub(crate) const fn new(
        name: &'static str,
        source: &'static str,
        bindings: &'static [Binding],
        fields: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            variant: "",
            source,
            first_binding: 0,
            bindings,
            fields,
            overrides: &[],
            workgroup: WORKGROUP_SIZE,
        }
    }

    /// Whether it computes in `f16`, for which a device needs WebGPU's `shader-f16`.
    pub fn needs_f16(&self) -> bool {
        self.source.starts_with("enable f16")
    }

    /// Whether it multiplies cooperative matrices, which `wgpu` has natively and calls experimental.
    pub fn needs_cooperative_matrix(&self) -> bool {
        self.source.starts_with("enable f16, wgpu_cooperative_matrix;")
    }

    /// What a profiler shows: the file's name and the variant.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.variant).trim_end().to_owned()
    }
}

/// What a dispatch binds; the plan knows which buffer that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Argument {
    /// The operator's input number `0..`.
    Input(usize),
    /// The tensor that a fused residual addition adds.
    Residual,
    /// A packed parameter of the operator itself.
    Parameter(&'static str),
    /// A packed parameter of a batch normalisation fused into the operator.
    NormParameter(&'static str),
    /// A parameter in another form, see [`TransformedWeights`].
    TransformedWeights(&'static str),
    /// The buffer number `0..` of [`Lowered::scratch`].
    Scratch(usize),
    /// Nothing: what the uniform says has the kernel not look at it.
    Unused,
    /// The output.
    Output,
}

/// One call of a kernel, as data.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch {
    /// Which kernel.
    pub kernel: &'static Kernel,
    /// Values of `override` constants: they change code, and so the pipeline.
    pub constants: Vec<(&'static str, f64)>,
    /// Values of [`Kernel::fields`]: they change data, the pipeline stays.
    pub params: Vec<u32>,
    /// What is bound, in the order of [`Kernel::bindings`], the uniform left out.
    pub arguments: Vec<Argument>,
    /// How many invocations a slice has that do work; the division by the workgroup's size happens in [`Dispatch::workgroups`].
    pub threads: usize,
    /// How many times all that is done on other data: planes of a transformed convolution, parts of a long sum.
    pub slices: usize,
}

impl Dispatch {
    /// A call of one slice, without constants.
    pub fn new(kernel: &'static Kernel, params: Vec<u32>, arguments: Vec<Argument>, threads: usize) -> Self {
        Self { kernel, constants: Vec::new(), params, arguments, threads, slices: 1 }
    }

    /// Workgroups in x, y and z. WebGPU allows 65,535 in each direction: what does not fit x goes to y, and the kernels put the
    /// two together again, as `linear_id` in `shaders/lib/index.wgsl` does. z counts slices.
    pub fn workgroups(&self) -> [u32; 3] {
        const MOST: usize = 65_535;
        let groups = self.threads.div_ceil(self.kernel.workgroup).max(1);
        let y = groups.div_ceil(MOST);
        [groups.div_ceil(y) as u32, y as u32, self.slices as u32]
    }

    /// The argument that is written.
    pub fn output(&self) -> Argument {
        self.arguments[self.arguments.len() - 1]
    }
}

/// A parameter in the form that a way of computing takes, made on the GPU from the one that is there, once a network.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformedWeights {
    /// The name that [`Argument::TransformedWeights`] asks for.
    pub name: &'static str,
    /// How many values it has.
    pub len: usize,
    /// How it is made.
    pub dispatch: Dispatch,
}

/// How an operator is computed: calls one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lowered {
    /// The calls; none where the output is the input's storage under another shape.
    pub dispatches: Vec<Dispatch>,
    /// Lengths in `f32` of the buffers that are needed from one call to the next.
    pub scratch: Vec<usize>,
    /// What must be made of the parameters before.
    pub prepared: Option<TransformedWeights>,
}

impl From<Dispatch> for Lowered {
    fn from(dispatch: Dispatch) -> Self {
        Self { dispatches: vec![dispatch], ..Self::default() }
    }
}

/// Shorthand for the declarations of kernels: read bindings, those that are written, the uniform.
macro_rules! bindings {
    ($($read:ident),* => $($written:ident),+) => {
        &[
            $($crate::kernel::Binding { name: stringify!($read), access: $crate::kernel::Access::Read },)*
            $($crate::kernel::Binding { name: stringify!($written), access: $crate::kernel::Access::ReadWrite },)+
            $crate::kernel::Binding { name: "params", access: $crate::kernel::Access::Uniform },
        ]
    };
}
pub(crate) use bindings;

/// The WGSL of `shaders/<name>.wgsl` with the shared functions of `shaders/lib/<part>.wgsl` behind it. What it enables stands
/// in the kernel's own first line, so that error lines stay right.
macro_rules! wgsl {
    ($(enable $($extension:ident),+;)? $name:literal $(, $part:literal)*) => {
        concat!(
            $("enable ", stringify!($($extension),+), "; ",)?
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name, ".wgsl")),
            $(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/lib/", $part, ".wgsl")),)*
        )
    };
}
pub(crate) use wgsl;
