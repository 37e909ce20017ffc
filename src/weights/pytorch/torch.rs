//! The names that a pickle of tensors may mention, and what PyTorch means by them.
//! Source: `torch/_utils.py`, `torch/serialization.py`.

use ::safetensors::Dtype;

use super::pickle::astray;
use super::values::{Value, Values};
use super::{not_pytorch, printable};
use crate::error::Result;
use crate::weights::tensors::MAX_RANK;

/// What an allowed name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Global {
    /// `collections.OrderedDict`.
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`.
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`.
    RebuildParameter,
    /// `torch.FloatStorage` and the like.
    Storage(Dtype),
}

/// A run of values in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage<'a> {
    pub dtype: Dtype,
    /// Its name in the file.
    pub key: &'a str,
    /// How many values it has.
    pub count: u64,
}

/// A view of a storage.
#[derive(Debug, Clone)]
pub(super) struct Strided {
    /// The number of the storage.
    pub storage: usize,
    /// Its first value.
    pub offset: u64,
    pub dims: Vec<usize>,
    /// How many values lie from one index to the next, of each extent.
    pub strides: Vec<usize>,
}

/// What `module.name` stands for.
///
/// # Errors
/// [`crate::Error::Weights`] when it is none of the allowed names.
pub(super) fn global(module: &str, name: &str) -> Result<Global> {
    let dtype = match (module, name) {
        ("collections", "OrderedDict") => return Ok(Global::OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => return Ok(Global::RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => return Ok(Global::RebuildParameter),
        ("torch", "FloatStorage") => Dtype::F32,
        ("torch", "HalfStorage") => Dtype::F16,
        ("torch", "BFloat16Storage") => Dtype::BF16,
        ("torch", "DoubleStorage") => Dtype::F64,
        ("torch", "LongStorage") => Dtype::I64,
        ("torch", "IntStorage") => Dtype::I32,
        ("torch", "ShortStorage") => Dtype::I16,
        ("torch", "CharStorage") => Dtype::I8,
        ("torch", "ByteStorage") => Dtype::U8,
        ("torch", "BoolStorage") => Dtype::BOOL,
        _ => {
            let found = format!("a mention of {}.{}, which is not followed", printable(module), printable(name));
            return Err(not_pytorch("tensors and plain values only, as torch.save(model.state_dict()) writes", &found));
        }
    };
    Ok(Global::Storage(dtype))
}

/// A storage by its persistent id: `("storage", type, key, place, count)`, and nothing or `None` behind it.
///
/// # Errors
/// [`crate::Error::Weights`] when it is anything else.
pub(super) fn storage<'a>(id: &[Value<'a>]) -> Result<Storage<'a>> {
    match *id {
        [
            Value::Text("storage"),
            Value::Global(Global::Storage(dtype)),
            Value::Text(key),
            Value::Text(_),
            Value::Int(count),
        ]
        | [
            Value::Text("storage"),
            Value::Global(Global::Storage(dtype)),
            Value::Text(key),
            Value::Text(_),
            Value::Int(count),
            Value::None,
        ] => Ok(Storage { dtype, key, count: u64::try_from(count).map_err(|_| astray())? }),
        _ => Err(astray()),
    }
}

/// A tensor by the arguments of `_rebuild_tensor_v2`: storage, offset, dims, strides, and what training needs.
///
/// # Errors
/// [`crate::Error::Weights`] when they are others, a number is negative, or there are too many dims.
pub(super) fn tensor<'a>(values: &Values<'a>, arguments: &[Value<'a>]) -> Result<Strided> {
    let [Value::Storage(storage), Value::Int(offset), dims, strides, ..] = *arguments else { return Err(astray()) };
    let numbers = |tuple: Value<'a>| {
        let items = values.items(tuple).filter(|items| items.len() <= MAX_RANK).ok_or_else(astray)?;
        let number = |value: &Value<'_>| match value {
            Value::Int(number) => usize::try_from(*number).map_err(|_| astray()),
            _ => Err(astray()),
        };
        items.iter().map(number).collect::<Result<Vec<usize>>>()
    };
    let (dims, strides) = (numbers(dims)?, numbers(strides)?);
    if dims.len() != strides.len() {
        return Err(astray());
    }
    Ok(Strided { storage, offset: u64::try_from(offset).map_err(|_| astray())?, dims, strides })
}
