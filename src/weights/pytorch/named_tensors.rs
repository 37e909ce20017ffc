//! Finds the tensors in the value of a pickle and names them by their path: keys of dictionaries and attributes of objects, joined
//! by dots. A pickled `torch.nn.Module` thus gives the names of its `state_dict()`.

use super::error::{not_pytorch, printable};
use super::torch;
use super::value::{Arena, PickleValue};
use crate::error::Result;

/// The deepest nesting that is searched.
const MAX_DEPTH: usize = 48;

/// The most values that are visited: shared containers are visited once per path.
const MAX_VISITS: usize = 1 << 17;

/// The most tensors; a checkpoint of ResNet-152 with Adam's state has 2,000.
const MAX_TENSORS: usize = 1 << 15;

/// The longest path in bytes.
const MAX_PATH: usize = 512;

/// The attributes in which `torch.nn.Module` stores parameters, buffers and submodules: not part of a tensor's name.
const MODULE_TABLES: [&str; 3] = ["_parameters", "_buffers", "_modules"];

/// A value to visit.
struct Visit<'a> {
    path: String,
    depth: usize,
    value: PickleValue<'a>,
}

/// Paths in the order of the pickle.
pub(super) struct Named {
    /// With the index of the tensor.
    pub tensors: Vec<(String, usize)>,
    /// Tensors and arrays that are not read, and what they are.
    pub unreadable: Vec<(String, &'static str)>,
}

/// All tensors by path.
///
/// # Errors
/// [`crate::Error::Weights`] when the value is not a dictionary and has no tensors, or has too many values.
pub(super) fn named_tensors<'a>(arena: &Arena<'a>, root: PickleValue<'a>) -> Result<Named> {
    let (mut tensors, mut unreadable) = (Vec::new(), Vec::new());
    let mut unnamed = 0;
    let mut visits = 0;
    let mut waiting = vec![Visit { path: String::new(), depth: 0, value: root }];
    while let Some(Visit { path, depth, value }) = waiting.pop() {
        visits += 1;
        if visits > MAX_VISITS || tensors.len() > MAX_TENSORS {
            let expected = format!("a dictionary of tensors by name, with at most {MAX_VISITS} values");
            return Err(not_pytorch(&expected, "more"));
        }
        if let PickleValue::Tensor(tensor) = value {
            if path.is_empty() {
                unnamed += 1;
            } else {
                tensors.push((path, tensor));
            }
            continue;
        }
        if let PickleValue::Object(object) = value
            && let Some(what) = torch::unreadable(&arena.globals[arena.objects[object].class])
        {
            unreadable.push((path, what));
            continue;
        }
        if depth == MAX_DEPTH {
            continue;
        }
        // The last value pushed is visited first.
        for (key, value) in children(arena, value).into_iter().rev() {
            match key {
                Some(key) => waiting.extend(join(&path, &key).map(|path| Visit { path, depth: depth + 1, value })),
                None if matches!(value, PickleValue::Tensor(_)) => unnamed += 1,
                None => waiting.push(Visit { path: path.clone(), depth: depth + 1, value }),
            }
        }
    }
    if tensors.is_empty() && unnamed > 0 {
        return Err(not_pytorch("a name of each tensor", "tensors without one"));
    }
    if tensors.is_empty() && unreadable.is_empty() && arena.pairs(root).is_none() {
        return Err(not_pytorch("a dictionary of tensors by name", &describe(arena, root)));
    }
    Ok(Named { tensors, unreadable })
}

/// Keys and values of a dictionary, attributes of an object, items of a sequence of at most two levels of interest. The key is
/// `None` for a value that has no name of its own.
fn children<'a>(arena: &Arena<'a>, value: PickleValue<'a>) -> Vec<(Option<String>, PickleValue<'a>)> {
    let named = |[key, value]: &[PickleValue<'a>; 2]| match (key, value) {
        // Scalars have no tensors in them.
        (
            _,
            PickleValue::None | PickleValue::Bool | PickleValue::Int(_) | PickleValue::Text(_) | PickleValue::Opaque,
        ) => None,
        (PickleValue::Text(key), value) if MODULE_TABLES.contains(key) => Some((Some(String::new()), *value)),
        (PickleValue::Text(key), value) => Some((Some((*key).to_owned()), *value)),
        (PickleValue::Int(key), value) => Some((Some(key.to_string()), *value)),
        (_, PickleValue::Tensor(_)) => Some((None, *value)),
        _ => None,
    };
    match value {
        PickleValue::Dict(_) => arena.pairs(value).unwrap_or_default().iter().filter_map(named).collect(),
        PickleValue::List(_) | PickleValue::Tuple(_) => {
            let items = arena.sequence(value).unwrap_or_default().iter().enumerate();
            items.filter_map(|(index, item)| named(&[PickleValue::Int(index as i64), *item])).collect()
        }
        PickleValue::Object(at) => {
            let object = &arena.objects[at];
            let mut children: Vec<_> = object.items.iter().filter_map(named).collect();
            // `__setstate__` may get a tuple of attributes and slots.
            children.extend(object.state.map(|state| (Some(String::new()), state)));
            children
        }
        _ => Vec::new(),
    }
}

/// The path of a child; an empty key adds no part. `None` when it is too long to be the name of a tensor of a network.
fn join(path: &str, key: &str) -> Option<String> {
    let joined = match (path, key) {
        (path, "") => path.to_owned(),
        ("", key) => key.to_owned(),
        (path, key) => format!("{path}.{key}"),
    };
    (joined.len() <= MAX_PATH && !joined.contains(char::is_control)).then_some(joined)
}

/// A value in the words of an error message.
fn describe(arena: &Arena<'_>, value: PickleValue<'_>) -> String {
    let class = match value {
        PickleValue::Object(at) => &arena.globals[arena.objects[at].class],
        PickleValue::Global(at) => &arena.globals[at],
        _ => return "another value".to_owned(),
    };
    if class.module.starts_with("__torch__") {
        return "a TorchScript module whose parameters are constants of its code; save it without torch.jit.freeze"
            .to_owned();
    }
    format!("an object of {}.{} without tensors", printable(class.module), printable(class.name))
}
