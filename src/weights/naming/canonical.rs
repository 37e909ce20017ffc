//! Brings names of tensors into one form before schemes are compared: dots between modules, no wrappers, PyTorch's names of parameters.

use std::collections::HashSet;

/// Modules that wrappers insert anywhere in a path: `torch.compile`, fully sharded data parallel, activation checkpointing.
const WRAPPERS: [&str; 6] = [
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_fpw_module",
    "_checkpoint_wrapped_module",
    "_forward_module",
    "_wrapped_module",
];

/// Other libraries' names of the parameters of a normalisation, and PyTorch's.
const ALIASES: [(&str, &str); 5] = [
    ("gamma", "weight"),
    ("beta", "bias"),
    ("moving_mean", "running_mean"),
    ("moving_var", "running_var"),
    ("moving_variance", "running_var"),
];

/// Names of parameters that contain an underscore.
const JOINED: [&str; 6] =
    ["running_mean", "running_var", "num_batches_tracked", "moving_mean", "moving_variance", "moving_var"];

/// The names in the usual form; unchanged if two of them would become equal.
pub(in crate::weights) fn canonical(names: &[&str]) -> Vec<String> {
    let separator = ['.', '/'].into_iter().find(|separator| names.iter().any(|name| name.contains(*separator)));
    let changed: Vec<String> = names.iter().map(|name| rewritten(name, separator)).collect();
    let different = changed.iter().collect::<HashSet<_>>().len() == changed.len();
    if different { changed } else { names.iter().map(|name| (*name).to_owned()).collect() }
}

fn rewritten(name: &str, separator: Option<char>) -> String {
    let (module, parameter) = match separator {
        Some(separator) => name.rsplit_once(separator).unwrap_or(("", name)),
        None => split_joined(name),
    };
    let parameter = ALIASES.iter().find(|(alias, _)| *alias == parameter).map_or(parameter, |(_, usual)| *usual);
    let parts = module.split(separator.unwrap_or('_')).filter(|part| !part.is_empty() && !WRAPPERS.contains(part));
    parts.chain([parameter]).collect::<Vec<_>>().join(".")
}

/// Module and parameter of a name whose parts are joined by underscores.
fn split_joined(name: &str) -> (&str, &str) {
    let joined = JOINED.iter().find_map(|parameter| {
        let module = name.strip_suffix(parameter)?.strip_suffix('_')?;
        Some((module, *parameter))
    });
    joined.or_else(|| name.rsplit_once('_')).unwrap_or(("", name))
}
