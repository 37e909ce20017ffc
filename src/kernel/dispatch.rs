//! Dispatches of kernels, and what an operator is lowered to.

use std::ops::Deref;

use super::{Kernel, UniformParams};

/// What an operator's dispatch binds; the plan resolves it to a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Argument {
    /// The operator's input with this index.
    Input(usize),
    /// The tensor added by a fused residual addition.
    Residual,
    /// A packed parameter of the operator.
    Parameter(&'static str),
    /// A packed parameter of the batch normalisation fused into the operator.
    NormParameter(&'static str),
    /// A parameter in another form, see [`TransformedWeights`].
    TransformedWeights(&'static str),
    /// The buffer with this index in [`Lowered::scratch`].
    Scratch(usize),
    /// A placeholder binding. The uniform's flags disable every read of it.
    Unused,
    /// The output.
    Output,
}

/// A kernel with all that determines its pipeline, its params and its grid: a dispatch without the buffers.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelCall {
    /// The kernel.
    pub kernel: &'static Kernel,
    /// Values of `override` constants. They change the code, and therefore the pipeline.
    pub constants: Vec<(&'static str, f64)>,
    /// Values of [`Kernel::fields`]. They change data only; the pipeline is shared.
    pub params: Vec<u32>,
    /// Invocations per slice that do work. [`KernelCall::workgroups`] divides them into workgroups.
    pub threads: usize,
    /// How often the same work is repeated on other data: planes of a Winograd convolution, parts of a split sum.
    pub slices: usize,
}

impl KernelCall {
    /// Workgroups in x, y and z. WebGPU allows 65,535 per dimension: x overflows into y, and `linear_id` in
    /// `shaders/lib/invocation_id.wgsl` combines the two. z counts slices.
    pub fn workgroups(&self) -> [u32; 3] {
        const LIMIT: usize = 65_535;
        let groups = self.threads.div_ceil(self.kernel.workgroup).max(1);
        let y = groups.div_ceil(LIMIT);
        [groups.div_ceil(y) as u32, y as u32, self.slices as u32]
    }
}

/// One dispatch of a kernel. `A` names the buffers it binds: [`Argument`] for operators, enums of their own for the kernels of the
/// lens.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch<A = Argument> {
    /// The kernel, its params and its grid.
    pub call: KernelCall,
    /// What each of [`Kernel::buffers`] is bound to.
    pub arguments: Vec<A>,
}

impl<A> Deref for Dispatch<A> {
    type Target = KernelCall;

    fn deref(&self) -> &KernelCall {
        &self.call
    }
}

impl<A: Copy> Dispatch<A> {
    /// A dispatch of one slice without constants. `arguments` are named as the kernel's bindings, in any order.
    ///
    /// # Panics
    /// When names or params are not those that the kernel declares: a mistake in this crate.
    pub fn new<P: UniformParams>(
        kernel: &'static Kernel,
        params: &P,
        arguments: &[(&'static str, A)],
        threads: usize,
    ) -> Self {
        let label = kernel.name;
        assert_eq!(P::FIELDS, kernel.fields, "{label}: the fields of its params");
        assert_eq!(arguments.len(), kernel.buffers().count(), "{label}: the number of its arguments");
        let argument = |name: &str| arguments.iter().find(|(given, _)| *given == name).map(|(_, argument)| *argument);
        let missing = kernel.buffers().find(|binding| argument(binding.name).is_none());
        assert_eq!(missing.map(|binding| binding.name), None, "{label}: a binding without an argument");
        let arguments = kernel.buffers().filter_map(|binding| argument(binding.name)).collect();
        let call = KernelCall { kernel, constants: Vec::new(), params: params.words(), threads, slices: 1 };
        Self { call, arguments }
    }

    /// The same dispatch with values of `override` constants.
    #[must_use]
    pub fn with_constants(mut self, constants: Vec<(&'static str, f64)>) -> Self {
        self.call.constants = constants;
        self
    }

    /// The same dispatch with a number of slices.
    #[must_use]
    pub fn with_slices(mut self, slices: usize) -> Self {
        self.call.slices = slices;
        self
    }
}

impl Dispatch {
    /// The argument that is written: the last one.
    pub fn output(&self) -> Argument {
        self.arguments[self.arguments.len() - 1]
    }
}

/// Weights in the form that an algorithm reads, in `f32`, computed on the GPU once per network.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformedWeights {
    /// The name used by [`Argument::TransformedWeights`].
    pub name: &'static str,
    /// The number of values.
    pub len: usize,
    /// The dispatch that computes them.
    pub dispatch: Dispatch,
}

/// An operator lowered to kernels: dispatches that run one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lowered {
    /// The dispatches; none if the output shares the input's storage.
    pub dispatches: Vec<Dispatch>,
    /// Lengths in `f32` of the buffers that pass values from one dispatch to the next.
    pub scratch: Vec<usize>,
    /// Weights that have to be transformed before the first run.
    pub transformed_weights: Option<TransformedWeights>,
}

impl Lowered {
    /// Replaces an argument of all dispatches: for an operator that is computed by another one's.
    pub(crate) fn rename(&mut self, from: Argument, to: Argument) {
        let arguments = self.dispatches.iter_mut().flat_map(|dispatch| &mut dispatch.arguments);
        arguments.filter(|argument| **argument == from).for_each(|argument| *argument = to);
    }
}

impl From<Dispatch> for Lowered {
    fn from(dispatch: Dispatch) -> Self {
        Self { dispatches: vec![dispatch], ..Self::default() }
    }
}
