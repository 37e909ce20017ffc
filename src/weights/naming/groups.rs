//! Tensors beside a network, grouped by module.

use std::collections::HashSet;

use super::tensor::Tensor;

/// The tensors of one module.
#[derive(Debug)]
pub(super) struct Group {
    /// The name of the module.
    pub key: String,
    /// Its path.
    pub path: String,
    pub tensors: Vec<usize>,
}

/// The groups of a level, in the order of the file: tensors below `level` by the component that follows it. Tensors below `inner` or
/// in `taken` belong to a network.
pub(super) fn groups(tensors: &[Tensor<'_>], level: &str, inner: Option<&str>, taken: &HashSet<usize>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, tensor) in tensors.iter().enumerate() {
        let Some(rest) = tensor.name.strip_prefix(level) else { continue };
        if taken.contains(&at) || inner.is_some_and(|inner| tensor.name.starts_with(inner)) {
            continue;
        }
        let key = rest.split('.').next().unwrap_or(rest);
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.tensors.push(at),
            None => groups.push(Group { key: key.to_owned(), path: format!("{level}{key}"), tensors: vec![at] }),
        }
    }
    groups
}

/// A prefix and all shorter ones, the longest first; the last is empty.
pub(super) fn levels(prefix: &str) -> Vec<&str> {
    let mut levels = vec![prefix];
    while let Some(inner) = levels.last().and_then(|level| level.strip_suffix('.')) {
        levels.push(inner.rfind('.').map_or("", |dot| &inner[..=dot]));
    }
    levels
}
