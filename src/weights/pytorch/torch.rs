//! The classes and functions of PyTorch and Python's library that build tensors and dictionaries, by name.
//! Source: `torch/_utils.py`, `torch/_tensor.py`, `torch/serialization.py`.

use ::safetensors::Dtype;

use super::error::{malformed, not_pytorch, printable};
use super::value::{Arena, Global, PickleValue, Storage, TensorView};
use crate::error::Result;
use crate::weights::stored::MAX_RANK;

/// Modules that only a malicious pickle imports. This reader imports nothing and turns calls of all other names into inert objects.
/// It still refuses these files, to warn users who might open them with Python.
const REFUSED_MODULES: [&str; 20] = [
    "asyncio",
    "code",
    "commands",
    "ctypes",
    "http",
    "importlib",
    "multiprocessing",
    "nt",
    "os",
    "pip",
    "posix",
    "pty",
    "runpy",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "torch.hub",
    "urllib",
    "webbrowser",
];

/// Functions of the modules `builtins` and `__builtin__` that run code or open files.
const REFUSED_BUILTINS: [&str; 8] = ["__import__", "compile", "eval", "exec", "execfile", "file", "input", "open"];

/// What a call of a global builds.
pub(super) enum Constructor {
    /// A dictionary from an optional sequence of pairs.
    Dict,
    /// The tensor of `_rebuild_tensor_v2` and its older and newer forms.
    Tensor,
    /// The first argument.
    First,
    /// `function(*arguments)` of `_rebuild_from_type_v2(function, type, arguments, state)`.
    FromType,
    /// An object that is not built.
    Object,
}

/// Checks that a name may be mentioned.
///
/// # Errors
/// [`crate::Error::Weights`] for functions that start programs, open files or load code.
pub(super) fn check_global(global: &Global<'_>) -> Result<()> {
    let Global { module, name } = *global;
    let top = module.split('.').next().unwrap_or_default();
    let builtin = matches!(module, "builtins" | "__builtin__");
    if REFUSED_MODULES.contains(&top)
        || REFUSED_MODULES.contains(&module)
        || builtin && REFUSED_BUILTINS.contains(&name)
    {
        let found = format!("a mention of {}.{}, which is not followed", printable(module), printable(name));
        return Err(not_pytorch("tensors and plain values only, as torch.save(model.state_dict()) writes", &found));
    }
    Ok(())
}

/// What a call of `global` builds.
pub(super) fn constructor(global: &Global<'_>) -> Constructor {
    match (global.module, global.name) {
        ("collections", "OrderedDict" | "defaultdict") | ("builtins" | "__builtin__", "dict") => Constructor::Dict,
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => Constructor::Tensor,
        (
            "torch._utils",
            "_rebuild_parameter" | "_rebuild_parameter_with_state" | "_rebuild_device_tensor_from_cpu_tensor",
        )
        | ("torch.nn.parameter", "Parameter" | "Buffer")
        | ("torch.autograd.variable" | "torch.autograd", "Variable")
        | ("torch", "Size")
        | ("builtins" | "__builtin__", "list" | "tuple") => Constructor::First,
        ("torch._tensor", "_rebuild_from_type_v2" | "_rebuild_from_type") => Constructor::FromType,
        _ => Constructor::Object,
    }
}

/// What a function or class of PyTorch or NumPy builds whose values this reader does not read; `None` for all others.
pub(super) fn unreadable(global: &Global<'_>) -> Option<&'static str> {
    Some(match (global.module, global.name) {
        ("torch._utils", "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor") => "a sparse tensor",
        ("torch._utils", "_rebuild_qtensor") => "a quantised tensor",
        ("torch._utils", "_rebuild_meta_tensor_no_storage") | ("torch.nn.parameter", "UninitializedParameter") => {
            "a tensor without values"
        }
        ("torch._utils", "_rebuild_device_tensor_from_numpy") => "a NumPy array",
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => "a NumPy array",
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => "a NumPy array",
        (module, "DTensor" | "ShardedTensor") if module.starts_with("torch.distributed") => {
            "a part of a distributed tensor"
        }
        (module, _) if module.split('.').next() == Some("torchao") => "a quantised tensor",
        _ => return None,
    })
}

/// The type of the values of a storage class, as `torch.FloatStorage`.
pub(super) fn storage_dtype(global: &Global<'_>) -> Option<Dtype> {
    if !matches!(global.module, "torch" | "torch.cuda" | "torch.storage") {
        return None;
    }
    Some(match global.name {
        "FloatStorage" => Dtype::F32,
        "HalfStorage" => Dtype::F16,
        "BFloat16Storage" => Dtype::BF16,
        "DoubleStorage" => Dtype::F64,
        "LongStorage" => Dtype::I64,
        "IntStorage" | "QInt32Storage" => Dtype::I32,
        "ShortStorage" => Dtype::I16,
        "CharStorage" | "QInt8Storage" => Dtype::I8,
        "ByteStorage" | "UntypedStorage" | "QUInt8Storage" => Dtype::U8,
        "ComplexFloatStorage" => Dtype::C64,
        "BoolStorage" => Dtype::BOOL,
        _ => return None,
    })
}

/// `torch.float16` and the like.
fn dtype(global: &Global<'_>) -> Option<Dtype> {
    Some(match (global.module, global.name) {
        ("torch", "float32" | "float") => Dtype::F32,
        ("torch", "float16" | "half") => Dtype::F16,
        ("torch", "bfloat16") => Dtype::BF16,
        ("torch", "float64" | "double") => Dtype::F64,
        ("torch", "float8_e4m3fn") => Dtype::F8_E4M3,
        ("torch", "float8_e5m2") => Dtype::F8_E5M2,
        ("torch", "uint16") => Dtype::U16,
        ("torch", "uint32") => Dtype::U32,
        ("torch", "uint64") => Dtype::U64,
        _ => return None,
    })
}

/// The object of a persistent id. A storage is `("storage", class, key, device, count)`, before PyTorch 1.6 followed by `None` or a
/// view `(key, offset, count)`; a class is `("module", class, file, source)`.
///
/// A storage of another class, whose values are of no use here, is opaque.
///
/// # Errors
/// [`crate::Error::Weights`] for any other tuple.
pub(super) fn persistent<'a>(arena: &mut Arena<'a>, id: PickleValue<'a>) -> Result<PickleValue<'a>> {
    let items = arena.tuple_items(id).ok_or_else(malformed)?;
    match *items {
        // PyTorch 0.1 has no word in front of a class.
        [PickleValue::Text("module"), class @ PickleValue::Global(_), ..] | [class @ PickleValue::Global(_), ..] => {
            Ok(class)
        }
        [
            PickleValue::Text("storage"),
            PickleValue::Global(class),
            PickleValue::Text(key),
            PickleValue::Text(_),
            PickleValue::Int(count),
            ref view @ ..,
        ] => {
            let Some(dtype) = storage_dtype(&arena.globals[class]) else { return Ok(PickleValue::Opaque) };
            let offset = match view {
                [] | [PickleValue::None] => 0,
                [view] => match arena.tuple_items(*view) {
                    Some([PickleValue::Text(_), PickleValue::Int(offset), PickleValue::Int(_)]) => *offset,
                    _ => return Err(malformed()),
                },
                _ => return Err(malformed()),
            };
            let unsigned = |number: i64| u64::try_from(number).map_err(|_| malformed());
            let storage = Storage { dtype, key, count: unsigned(count)?, offset: unsigned(offset)? };
            Ok(arena.storage(storage))
        }
        _ => Err(malformed()),
    }
}

/// A tensor from the arguments of `_rebuild_tensor_v2`: storage, offset, dims, strides, training state; that of
/// `_rebuild_tensor_v3` is followed by a type.
///
/// # Errors
/// [`crate::Error::Weights`] when the arguments have other types, a number is negative, or the rank is too high.
pub(super) fn tensor<'a>(arena: &Arena<'a>, arguments: &[PickleValue<'a>]) -> Result<TensorView> {
    let [PickleValue::Storage(storage), PickleValue::Int(offset), dims, strides, ref rest @ ..] = *arguments else {
        return Err(malformed());
    };
    let numbers = |tuple: PickleValue<'a>| {
        let items = arena.sequence(tuple).filter(|items| items.len() <= MAX_RANK).ok_or_else(malformed)?;
        let number = |value: &PickleValue<'_>| match value {
            PickleValue::Int(number) => usize::try_from(*number).map_err(|_| malformed()),
            _ => Err(malformed()),
        };
        items.iter().map(number).collect::<Result<Vec<usize>>>()
    };
    let (dims, strides) = (numbers(dims)?, numbers(strides)?);
    if dims.len() != strides.len() {
        return Err(malformed());
    }
    let own = u64::try_from(offset).map_err(|_| malformed())?;
    let offset = own.checked_add(arena.storages[storage].offset).ok_or_else(malformed)?;
    let global =
        |value: &PickleValue<'_>| if let PickleValue::Global(at) = value { dtype(&arena.globals[*at]) } else { None };
    Ok(TensorView { storage, dtype: rest.iter().find_map(global), offset, dims, strides })
}
