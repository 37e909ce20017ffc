//! The values that a pickle builds, in arenas: containers refer to each other by index, so deep nesting cannot exhaust the stack
//! and shared or cyclic values cost no copies.

use ::safetensors::Dtype;

/// A value. Containers, globals, objects, storages and tensors are indices into [`Arena`].
#[derive(Debug, Clone, Copy)]
pub(super) enum PickleValue<'a> {
    None,
    Bool,
    Int(i64),
    Text(&'a str),
    /// A value that no tensor depends on: a float, an integer of more than eight bytes, bytes.
    Opaque,
    Tuple(usize),
    List(usize),
    Dict(usize),
    Global(usize),
    Object(usize),
    Storage(usize),
    Tensor(usize),
}

/// The name of a class or function. Nothing is imported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Global<'a> {
    pub module: &'a str,
    pub name: &'a str,
}

/// An instance of a class that is not built: what the pickle passes to its constructor and stores in it.
#[derive(Debug)]
pub(super) struct Object<'a> {
    /// The index of the [`Global`].
    pub class: usize,
    /// The argument of `__setstate__`, usually the attributes by name.
    pub state: Option<PickleValue<'a>>,
    /// Items of a subclass of `dict`; those of lists and sets are dropped.
    pub items: Vec<[PickleValue<'a>; 2]>,
}

/// A contiguous run of values in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage<'a> {
    pub dtype: Dtype,
    /// Its name in the file.
    pub key: &'a str,
    /// The number of values.
    pub count: u64,
    /// The first value of the part that is used: PyTorch 0.x stores views of storages.
    pub offset: u64,
}

/// A strided view of a storage.
#[derive(Debug, Clone)]
pub(super) struct TensorView {
    /// The index of the storage.
    pub storage: usize,
    /// The type of the values where it differs from that of the storage.
    pub dtype: Option<Dtype>,
    /// Its first value.
    pub offset: u64,
    pub dims: Vec<usize>,
    /// Values from one index to the next, per dim.
    pub strides: Vec<usize>,
}

/// The owner of all containers, globals, objects, storages and tensors.
#[derive(Debug, Default)]
pub(super) struct Arena<'a> {
    tuples: Vec<Vec<PickleValue<'a>>>,
    lists: Vec<Vec<PickleValue<'a>>>,
    dicts: Vec<Vec<[PickleValue<'a>; 2]>>,
    pub globals: Vec<Global<'a>>,
    pub objects: Vec<Object<'a>>,
    pub storages: Vec<Storage<'a>>,
    pub tensors: Vec<TensorView>,
}

impl<'a> Arena<'a> {
    pub fn tuple(&mut self, items: Vec<PickleValue<'a>>) -> PickleValue<'a> {
        PickleValue::Tuple(push(&mut self.tuples, items))
    }

    pub fn list(&mut self, items: Vec<PickleValue<'a>>) -> PickleValue<'a> {
        PickleValue::List(push(&mut self.lists, items))
    }

    pub fn dict(&mut self, pairs: Vec<[PickleValue<'a>; 2]>) -> PickleValue<'a> {
        PickleValue::Dict(push(&mut self.dicts, pairs))
    }

    pub fn global(&mut self, global: Global<'a>) -> PickleValue<'a> {
        PickleValue::Global(push(&mut self.globals, global))
    }

    pub fn object(&mut self, class: usize) -> PickleValue<'a> {
        PickleValue::Object(push(&mut self.objects, Object { class, state: None, items: Vec::new() }))
    }

    pub fn storage(&mut self, storage: Storage<'a>) -> PickleValue<'a> {
        PickleValue::Storage(push(&mut self.storages, storage))
    }

    pub fn tensor(&mut self, tensor: TensorView) -> PickleValue<'a> {
        PickleValue::Tensor(push(&mut self.tensors, tensor))
    }

    /// Appends to a list; items appended to an object are dropped. `None` for any other value.
    pub fn extend(&mut self, list: PickleValue<'a>, items: &[PickleValue<'a>]) -> Option<()> {
        match list {
            PickleValue::List(at) => self.lists[at].extend(items),
            PickleValue::Object(_) => {}
            _ => return None,
        }
        Some(())
    }

    /// Inserts keys and values into a dictionary or an object; `None` for any other value or an odd number of items.
    pub fn insert(&mut self, dict: PickleValue<'a>, items: &[PickleValue<'a>]) -> Option<()> {
        let (pairs, []) = items.as_chunks() else { return None };
        match dict {
            PickleValue::Dict(at) => self.dicts[at].extend(pairs),
            PickleValue::Object(at) => self.objects[at].items.extend(pairs),
            _ => return None,
        }
        Some(())
    }

    /// The items of a tuple.
    pub fn tuple_items(&self, value: PickleValue<'a>) -> Option<&[PickleValue<'a>]> {
        if let PickleValue::Tuple(at) = value { Some(&self.tuples[at]) } else { None }
    }

    /// The items of a tuple or a list.
    pub fn sequence(&self, value: PickleValue<'a>) -> Option<&[PickleValue<'a>]> {
        if let PickleValue::List(at) = value { Some(&self.lists[at]) } else { self.tuple_items(value) }
    }

    /// The keys and values of a dictionary.
    pub fn pairs(&self, value: PickleValue<'a>) -> Option<&[[PickleValue<'a>; 2]]> {
        if let PickleValue::Dict(at) = value { Some(&self.dicts[at]) } else { None }
    }
}

fn push<T>(values: &mut Vec<T>, value: T) -> usize {
    values.push(value);
    values.len() - 1
}
