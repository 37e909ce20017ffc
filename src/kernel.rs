//! Kernel declarations and dispatches as plain data. Nothing here needs a GPU.
//!
//! A [`Kernel`] is declared once, as a constant next to its operator. Bind group layouts, labels and pipeline keys are derived
//! from it, and `tests/sources/shaders.rs` checks the WGSL against it.

use std::borrow::Cow;

mod dispatch;
mod params;

pub use dispatch::{Argument, Dispatch, KernelCall, Lowered, TransformedWeights};
pub use params::UniformParams;
pub(crate) use params::{concat_fields, params};

/// Invocations per workgroup unless a kernel declares otherwise: 64 is a whole number of subgroups on every known GPU.
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

/// One `@group(0) @binding(i)` of a kernel: `i` is [`Kernel::first_binding`] plus the index in [`Kernel::bindings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The name of the WGSL variable.
    pub name: &'static str,
    /// How it is used.
    pub access: Access,
}

/// Optional features of a device that a kernel needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KernelFeatures {
    /// WebGPU's `shader-f16`: the kernel computes in `f16`.
    pub f16: bool,
    /// Cooperative matrices: native devices only, experimental in `wgpu`.
    pub cooperative_matrix: bool,
    /// WebGPU's `subgroups`: the kernel exchanges values within quads of invocations.
    pub subgroups: bool,
}

impl KernelFeatures {
    /// What every device has.
    pub const CORE: Self = Self { f16: false, cooperative_matrix: false, subgroups: false };
    /// Arithmetic in `f16`.
    pub const F16: Self = Self { f16: true, ..Self::CORE };
    /// Cooperative matrices with operands in `f16`.
    pub const COOPERATIVE_MATRIX: Self = Self { f16: true, cooperative_matrix: true, ..Self::CORE };
    /// Operations on subgroups.
    pub const SUBGROUPS: Self = Self { subgroups: true, ..Self::CORE };
}

/// A WGSL compute kernel: its source and the declaration that the source must match.
#[derive(Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The name of its file in `shaders/`, without the extension.
    pub name: &'static str,
    /// Distinguishes the kernels of one file, as in `f16 by 28`: weight format, tile, compute type. Empty if there is only one.
    pub variant: &'static str,
    /// The WGSL text. Shared fragments follow the kernel's own file, so that line numbers in errors are those of the file.
    pub source: &'static str,
    /// Optional features of the device that it needs.
    pub features: KernelFeatures,
    /// The number of the first binding. Shared fragments that declare bindings themselves use the numbers below.
    pub first_binding: u32,
    /// Bindings of group 0, in order.
    pub bindings: &'static [Binding],
    /// Members of the uniform struct in order, each a `u32`: see [`UniformParams::FIELDS`].
    pub fields: &'static [&'static str],
    /// The names of its `override` constants.
    pub overrides: &'static [&'static str],
    /// Invocations per workgroup.
    pub workgroup: usize,
}

impl Kernel {
    /// A kernel with one variant, bindings from 0 and no `override`.
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
            features: KernelFeatures::CORE,
            first_binding: 0,
            bindings,
            fields,
            overrides: &[],
            workgroup: WORKGROUP_SIZE,
        }
    }

    /// The bindings that a dispatch supplies: all but the uniform.
    pub fn buffers(&self) -> impl Iterator<Item = &'static Binding> {
        self.bindings.iter().filter(|binding| binding.access != Access::Uniform)
    }

    /// The WGSL text for browsers. `naga` has subgroup operations without a directive and refuses `enable subgroups`.
    pub fn browser_source(&self) -> Cow<'static, str> {
        if self.features.subgroups {
            format!("enable subgroups; {}", self.source).into()
        } else {
            Cow::Borrowed(self.source)
        }
    }

    /// The WGSL text for the compiler of this platform.
    pub fn platform_source(&self) -> Cow<'static, str> {
        if cfg!(target_arch = "wasm32") { self.browser_source() } else { Cow::Borrowed(self.source) }
    }

    /// The label in profiles and error messages: name and variant.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.variant).trim_end().to_owned()
    }
}

/// Declares bindings: `bindings!(read, … => written, …)`, followed by the uniform `params`.
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

/// The WGSL of `shaders/<name>.wgsl`, followed by the shared fragments `shaders/lib/<fragment>.wgsl`. An `enable` directive
/// is put on the kernel's first line, so that line numbers in errors stay those of the file.
macro_rules! wgsl {
    ($(enable $($extension:ident),+;)? $name:literal $(, $fragment:literal)*) => {
        concat!(
            $("enable ", stringify!($($extension),+), "; ",)?
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name, ".wgsl")),
            $(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/lib/", $fragment, ".wgsl")),)*
        )
    };
}
pub(crate) use wgsl;
