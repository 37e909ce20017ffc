//! Error scopes of the device.

use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// One stack of scopes.
#[derive(Debug, Clone, Default)]
pub(super) struct ErrorScopes(Arc<Mutex<Scopes>>);

#[derive(Default)]
struct Scopes {
    stack: Vec<(wgpu::ErrorFilter, Option<wgpu::Error>)>,
    uncaptured: Option<Arc<dyn wgpu::UncapturedErrorHandler>>,
}

impl std::fmt::Debug for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scopes").field("depth", &self.stack.len()).finish_non_exhaustive()
    }
}

impl ErrorScopes {
    /// The index of the new scope.
    pub fn push(&self, filter: wgpu::ErrorFilter) -> u32 {
        let mut scopes = lock(&self.0);
        scopes.stack.push((filter, None));
        (scopes.stack.len() - 1) as u32
    }

    /// The first error of a scope, and of those pushed after it.
    pub fn pop(&self, index: u32) -> Option<wgpu::Error> {
        let mut scopes = lock(&self.0);
        let first = (index as usize).min(scopes.stack.len());
        scopes.stack.drain(first..).find_map(|(_, error)| error)
    }

    pub fn listen(&self, handler: Arc<dyn wgpu::UncapturedErrorHandler>) {
        lock(&self.0).uncaptured = Some(handler);
    }

    /// A buffer or a texture of `bytes` that the memory does not hold.
    pub fn out_of_memory(&self, bytes: u64) {
        let source = format!("expected {bytes} bytes of memory, found less").into();
        self.report(wgpu::ErrorFilter::OutOfMemory, wgpu::Error::OutOfMemory { source });
    }

    pub fn validation(&self, description: String) {
        let source = description.clone().into();
        self.report(wgpu::ErrorFilter::Validation, wgpu::Error::Validation { source, description });
    }

    fn report(&self, kind: wgpu::ErrorFilter, error: wgpu::Error) {
        let mut scopes = lock(&self.0);
        match scopes.stack.iter_mut().rev().find(|(filter, _)| *filter == kind) {
            Some((_, first)) => drop(first.get_or_insert(error)),
            None => {
                let handler = scopes.uncaptured.clone();
                drop(scopes);
                if let Some(handler) = handler {
                    handler(error);
                }
            }
        }
    }
}
