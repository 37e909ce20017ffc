//! What a kernel is and how it is called: plain data, no GPU.
//!
//! A [`Kernel`] is declared once, as a constant beside its operator. Bind group layouts, labels and pipeline keys come from
//! it, and `tests/shaders.rs` holds the WGSL against it.

/// How many invocations a workgroup of any kernel has. 64 is a whole number of subgroups on every GPU we know of.
pub const WORKGROUP_SIZE: usize = 64;

/// How a kernel uses one of its bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    ReadWrite,
    /// `var<uniform>`: the kernel's extents, see [`Kernel::fields`].
    Uniform,
}

/// One `@group(0) @binding(i)` of a kernel; `i` is its place in [`Kernel::bindings`].
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
    /// The WGSL text; shared functions come after the kernel so that error lines are those of its file.
    pub source: &'static str,
    /// Bindings of group 0, in order.
    pub bindings: &'static [Binding],
    /// Members of the uniform struct in order, each a `u32`.
    pub fields: &'static [&'static str],
    /// The names of its `override` constants, without the workgroup's size.
    pub overrides: &'static [&'static str],
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
    /// Nothing: the kernel was compiled so as not to look at it.
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
    pub extents: Vec<u32>,
    /// What is bound, in the order of [`Kernel::bindings`], the uniform left out.
    pub arguments: Vec<Argument>,
    /// How many invocations do work; the division by the workgroup's size happens in [`Dispatch::workgroups`].
    pub threads: usize,
}

impl Dispatch {
    /// Workgroups in x and y. WebGPU allows 65,535 in each direction: what does not fit x goes to y, and `linear_id` in
    /// `shaders/lib/index.wgsl` puts the two together again.
    pub fn workgroups(&self) -> [u32; 2] {
        const MOST: usize = 65_535;
        let groups = self.threads.div_ceil(WORKGROUP_SIZE).max(1);
        let y = groups.div_ceil(MOST);
        [groups.div_ceil(y) as u32, y as u32]
    }
}

/// Shorthand for the declarations of kernels: read bindings, the one that is written, the uniform.
macro_rules! bindings {
    ($($read:ident),* => $written:ident) => {
        &[
            $($crate::kernel::Binding { name: stringify!($read), access: $crate::kernel::Access::Read },)*
            $crate::kernel::Binding { name: stringify!($written), access: $crate::kernel::Access::ReadWrite },
            $crate::kernel::Binding { name: "extents", access: $crate::kernel::Access::Uniform },
        ]
    };
}
pub(crate) use bindings;

/// The WGSL of `shaders/<name>.wgsl` with the shared functions behind it.
macro_rules! wgsl {
    ($name:literal) => {
        concat!(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name, ".wgsl")),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/lib/index.wgsl"))
        )
    };
}
pub(crate) use wgsl;
