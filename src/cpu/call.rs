//! What a kernel's function is called with: parameters and buffers by the names that the kernel declares.

use std::mem;

use crate::kernel::{Access, Kernel};

/// A bound buffer, as words of four bytes.
#[derive(Debug)]
pub(crate) enum Bound<'a> {
    /// `contents` is another number after each write to the buffer, and unlike that of any other buffer.
    Read { words: &'a [u32], contents: u64 },
    /// Empty once the function has taken it.
    ReadWrite(&'a mut [u32]),
}

/// One dispatch.
///
/// # Panics
/// Its methods panic for a name that the kernel does not declare: a mistake in this crate.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    kernel: &'static Kernel,
    params: &'a [u32],
    constants: &'a [(String, f64)],
    /// In the order of the kernel's bindings, without the uniform.
    buffers: Vec<Bound<'a>>,
}

impl<'a> Call<'a> {
    pub fn new(
        kernel: &'static Kernel,
        params: &'a [u32],
        constants: &'a [(String, f64)],
        buffers: Vec<Bound<'a>>,
    ) -> Self {
        Self { kernel, params, constants, buffers }
    }

    /// A member of the kernel's uniform.
    pub fn param(&self, name: &str) -> usize {
        self.word(name) as usize
    }

    /// A member that holds the bits of an `i32`.
    pub fn signed(&self, name: &str) -> isize {
        self.word(name) as i32 as isize
    }

    /// A member that holds the bits of an `f32`.
    pub fn float(&self, name: &str) -> f32 {
        f32::from_bits(self.word(name))
    }

    /// A member as it is; `u32::MAX` often means that there is none.
    pub fn word(&self, name: &str) -> u32 {
        let index = self.kernel.fields.iter().position(|field| *field == name);
        self.params[index.unwrap_or_else(|| unknown(self.kernel, name))]
    }

    /// The value of an `override` constant.
    pub fn constant(&self, name: &str) -> usize {
        let found = self.constants.iter().find(|(constant, _)| constant == name);
        found.map_or_else(|| unknown(self.kernel, name), |(_, value)| *value as usize)
    }

    /// Whether the weights are packed `f16`.
    pub fn has_f16_weights(&self) -> bool {
        self.kernel.variant.starts_with("f16")
    }

    /// A buffer that the kernel reads.
    pub fn read(&self, name: &str) -> &'a [f32] {
        bytemuck::cast_slice(self.words(name))
    }

    /// A buffer that the kernel reads, as words.
    pub fn words(&self, name: &str) -> &'a [u32] {
        match &self.buffers[self.index(name)] {
            Bound::Read { words, .. } => words,
            Bound::ReadWrite(_) => unknown(self.kernel, name),
        }
    }

    /// The number of what a buffer holds that the kernel reads.
    pub fn contents(&self, name: &str) -> u64 {
        match self.buffers[self.index(name)] {
            Bound::Read { contents, .. } => contents,
            Bound::ReadWrite(_) => unknown(self.kernel, name),
        }
    }

    /// A buffer that the kernel writes. It can be taken once.
    pub fn write(&mut self, name: &str) -> &'a mut [f32] {
        bytemuck::cast_slice_mut(self.write_words(name))
    }

    /// A buffer that the kernel writes, as words. It can be taken once.
    pub fn write_words(&mut self, name: &str) -> &'a mut [u32] {
        let index = self.index(name);
        match &mut self.buffers[index] {
            Bound::ReadWrite(words) => mem::take(words),
            Bound::Read { .. } => unknown(self.kernel, name),
        }
    }

    fn index(&self, name: &str) -> usize {
        let mut buffers = self.kernel.bindings.iter().filter(|binding| binding.access != Access::Uniform);
        buffers.position(|binding| binding.name == name).unwrap_or_else(|| unknown(self.kernel, name))
    }
}

#[expect(
    clippy::panic,
    reason = "a function that asks for what its kernel does not declare is a mistake in this crate"
)]
fn unknown(kernel: &Kernel, name: &str) -> ! {
    panic!("{}: its function asks for {name}, which the kernel does not declare so", kernel.name)
}
