//! What a pickle has made. Values lie side by side and name each other by number, so that neither deep nesting nor loops nor sharing
//! can exhaust a stack or be copied out at length.

use super::torch::{Global, Storage, Strided};

/// A value. Containers, storages and tensors lie in [`Values`], under their number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    None,
    Bool,
    Int(i64),
    Text(&'a str),
    /// Something that no tensor is made of: a number with a point, a whole number of more than eight bytes, bytes.
    Other,
    Tuple(usize),
    List(usize),
    Dict(usize),
    Global(Global),
    Storage(usize),
    Tensor(usize),
}

/// All containers, storages and tensors.
#[derive(Debug, Default)]
pub(super) struct Values<'a> {
    tuples: Vec<Vec<Value<'a>>>,
    lists: Vec<Vec<Value<'a>>>,
    dicts: Vec<Vec<[Value<'a>; 2]>>,
    pub storages: Vec<Storage<'a>>,
    pub tensors: Vec<Strided>,
}

impl<'a> Values<'a> {
    pub fn tuple(&mut self, items: Vec<Value<'a>>) -> Value<'a> {
        Value::Tuple(push(&mut self.tuples, items))
    }

    /// An empty one.
    pub fn list(&mut self) -> Value<'a> {
        Value::List(push(&mut self.lists, Vec::new()))
    }

    /// An empty one.
    pub fn dict(&mut self) -> Value<'a> {
        Value::Dict(push(&mut self.dicts, Vec::new()))
    }

    pub fn storage(&mut self, storage: Storage<'a>) -> Value<'a> {
        Value::Storage(push(&mut self.storages, storage))
    }

    pub fn tensor(&mut self, tensor: Strided) -> Value<'a> {
        Value::Tensor(push(&mut self.tensors, tensor))
    }

    /// Appends to a list; `None` where it is none.
    pub fn extend(&mut self, list: Value<'a>, items: &[Value<'a>]) -> Option<()> {
        let Value::List(at) = list else { return None };
        self.lists[at].extend(items);
        Some(())
    }

    /// Puts keys and values into a dictionary; `None` where it is none or their number is odd.
    pub fn insert(&mut self, dict: Value<'a>, items: &[Value<'a>]) -> Option<()> {
        let (Value::Dict(at), (pairs, [])) = (dict, items.as_chunks()) else { return None };
        self.dicts[at].extend(pairs);
        Some(())
    }

    /// The items of a tuple.
    pub fn items(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        if let Value::Tuple(at) = value { Some(&self.tuples[at]) } else { None }
    }

    /// The items of a list.
    pub fn list_items(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        if let Value::List(at) = value { Some(&self.lists[at]) } else { None }
    }

    /// Keys and values of a dictionary.
    pub fn pairs(&self, value: Value<'a>) -> Option<&[[Value<'a>; 2]]> {
        if let Value::Dict(at) = value { Some(&self.dicts[at]) } else { None }
    }
}

fn push<T>(values: &mut Vec<T>, value: T) -> usize {
    values.push(value);
    values.len() - 1
}
