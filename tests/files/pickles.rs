//! Files of torch.save as training programs write them: whole modules, foreign objects beside the tensors, old pickles, compressed
//! archives, types of 64 and 8 bits, shared and expanded tensors. Nothing in a pickle is executed.

use std::collections::BTreeMap;

use crate::common::containers::{Tensor, read_safetensors, write_safetensors};
use crate::common::torch_save::{Entry, Pickle, row_major, zip};
use resnet_lens::ResNetConfig;
use resnet_lens::ops::ParameterValues;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::weights::WeightFile;

const BASIC: &[u8] = include_bytes!("../golden/resnet/basic.safetensors");

fn parameters(file: Vec<u8>) -> Result<Vec<ParameterValues>, String> {
    let read = async {
        let file = WeightFile::open(file).await?;
        let config = ResNetConfig::infer(&file.dims(), StridePlacement::Conv3x3)?;
        let graph = config.graph(1, 32, 32)?;
        file.check(&graph)?;
        let mut all = Vec::new();
        for node in graph.nodes() {
            all.push(file.parameters(node).await?);
        }
        Ok::<_, resnet_lens::Error>(all)
    };
    pollster::block_on(read).map_err(|error| error.to_string())
}

/// The tensors of a small ResNet without counters.
fn tensors() -> Vec<Tensor> {
    read_safetensors(BASIC).into_iter().filter(|tensor| tensor.dtype == "F32").collect()
}

fn expected() -> Vec<ParameterValues> {
    parameters(write_safetensors(&tensors())).expect("a small ResNet")
}

/// Pushes tensor number `key` on the stack.
fn tensor(pickle: Pickle, key: usize, tensor: &Tensor) -> Pickle {
    let dims: Vec<i64> = tensor.shape.iter().map(|dim| *dim as i64).collect();
    pickle.tensor("FloatStorage", &key.to_string(), dims.iter().product(), 0, &dims, &row_major(&dims))
}

/// An archive of a pickle and the storages of all tensors.
fn archive(pickle: Pickle, tensors: &[Tensor]) -> Vec<u8> {
    let storages =
        tensors.iter().enumerate().map(|(key, tensor)| Entry::new(&format!("a/data/{key}"), tensor.data.clone()));
    zip(&std::iter::once(Entry::new("a/data.pkl", pickle.end())).chain(storages).collect::<Vec<_>>())
}

/// Pushes a state dict.
fn state_dict(pickle: Pickle, tensors: &[Tensor]) -> Pickle {
    let items = tensors
        .iter()
        .enumerate()
        .fold(pickle.code(b"}("), |pickle, (key, own)| tensor(pickle.text(&own.name), key, own));
    items.code(b"u")
}

/// Pushes a module and its submodules: `torch.nn.Module` stores parameters, buffers and submodules in three dictionaries.
fn module(pickle: Pickle, tensors: &[(String, usize, &Tensor)]) -> Pickle {
    let class = if tensors.iter().any(|(name, ..)| name.contains('.')) { "Sequential" } else { "Conv2d" };
    let mut pickle = pickle.global("torch.nn.modules", class).code(b")\x81}(").text("training").code(b"\x89");
    let buffer = |name: &str| name.starts_with("running");
    for (table, buffers) in [("_parameters", false), ("_buffers", true)] {
        pickle = pickle.text(table).global("collections", "OrderedDict").code(b")R(");
        for (name, key, own) in tensors.iter().filter(|(name, ..)| !name.contains('.') && buffer(name) == buffers) {
            pickle = tensor(pickle.text(name), *key, own);
        }
        pickle = pickle.code(b"u");
    }
    /// A module's name and its parameters.
    type Child<'a> = (&'a str, Vec<(String, usize, &'a Tensor)>);
    let mut children: Vec<Child<'_>> = Vec::new();
    for (name, key, own) in tensors {
        let Some((child, rest)) = name.split_once('.') else { continue };
        match children.iter_mut().find(|(other, _)| *other == child) {
            Some((_, inner)) => inner.push((rest.to_owned(), *key, *own)),
            None => children.push((child, vec![(rest.to_owned(), *key, *own)])),
        }
    }
    pickle = pickle.text("_modules").global("collections", "OrderedDict").code(b")R(");
    pickle = children.into_iter().fold(pickle, |pickle, (name, inner)| module(pickle.text(name), &inner));
    pickle.code(b"uub")
}

#[test]
fn whole_modules_are_read_without_their_classes() {
    let tensors = tensors();
    let named: Vec<(String, usize, &Tensor)> =
        tensors.iter().enumerate().map(|(key, tensor)| (tensor.name.clone(), key, tensor)).collect();
    assert_eq!(parameters(archive(module(Pickle::new(), &named), &tensors)).expect("a module"), expected());
    let checkpoint = module(Pickle::new().code(b"}(").text("epoch").int(3).text("net"), &named).code(b"u");
    assert_eq!(parameters(archive(checkpoint, &tensors)).expect("a module in a checkpoint"), expected());
}

/// Objects of any class become inert: arguments, state and items are read over.
#[test]
fn foreign_objects_beside_the_tensors_are_inert() {
    let tensors = tensors();
    let objects: [(&str, &dyn Fn(Pickle) -> Pickle); 12] = [
        ("a namespace", &|p| p.global("argparse", "Namespace").code(b")\x81}").text("lr").int(1).code(b"sb")),
        ("a namespace of protocol 0", &|p| {
            p.global("copy_reg", "_reconstructor")
                .code(b"(")
                .global("argparse", "Namespace")
                .global("__builtin__", "object")
                .code(b"NtR}b")
        }),
        ("a scalar of NumPy", &|p| {
            p.global("numpy.core.multiarray", "scalar")
                .code(b"(")
                .global("numpy", "dtype")
                .text("f8")
                .code(b"\x89\x88\x87R")
                .code(b"(K\x03")
                .text("<")
                .code(b"NNNtbC\x08\0\0\0\0\0\0\0\0tR")
        }),
        ("a path", &|p| p.global("pathlib", "PosixPath").code(b"(").text("runs").text("best").code(b"tR")),
        ("a defaultdict", &|p| {
            p.global("collections", "defaultdict").global("builtins", "list").code(b"\x85R").text("loss").code(b"]s")
        }),
        ("a set", &|p| p.code(b"\x8f(K\x01K\x02\x90")),
        ("a frozen set", &|p| p.code(b"(K\x01\x91")),
        ("an instance of Python 2", &|p| p.code(b"(i__main__\nConfig\n}b")),
        ("an old object", &|p| p.code(b"(").global("__main__", "Config").code(b"o")),
        ("keyword arguments", &|p| p.global("__main__", "Config").code(b")}\x92")),
        ("a subclass of dict", &|p| p.global("addict", "Dict").code(b")\x81").text("lr").int(2).code(b"s")),
        ("numbers of protocol 0", &|p| p.code(b"(F0.5\nI12\nI01\nL99999999999999999999L\nS'text'\nVtext\nl")),
    ];
    for (what, object) in objects {
        let pickle =
            object(state_dict(Pickle::new().code(b"}(").text("state_dict"), &tensors).text("other")).code(b"u");
        assert_eq!(
            parameters(archive(pickle, &tensors)).unwrap_or_else(|error| panic!("{what}: {error}")),
            expected(),
            "{what}"
        );
    }
    let pairs = tensors
        .iter()
        .enumerate()
        .fold(Pickle::new().global("collections", "OrderedDict").code(b"(]("), |pickle, (key, own)| {
            tensor(pickle.code(b"]").text(&own.name).code(b"a"), key, own).code(b"a")
        });
    assert_eq!(parameters(archive(pairs.code(b"etR"), &tensors)).expect("pairs of Python 2"), expected());
}

#[test]
fn parameters_and_variables_are_tensors() {
    let tensors = tensors();
    for (module, name) in [
        ("torch._utils", "_rebuild_parameter"),
        ("torch.nn.parameter", "Parameter"),
        ("torch.autograd.variable", "Variable"),
    ] {
        let pickle = tensors.iter().enumerate().fold(Pickle::new().code(b"}("), |pickle, (key, own)| {
            tensor(pickle.text(&own.name).global(module, name).code(b"("), key, own).code(b"\x89NtR")
        });
        assert_eq!(parameters(archive(pickle.code(b"u"), &tensors)).expect(name), expected(), "{name}");
    }
}

/// Sparse, quantised and empty tensors, and NumPy arrays, are named where the network needs them, and do no harm beside it.
#[test]
fn tensors_that_cannot_be_read_are_named() {
    let all = tensors();
    let object = |pickle: Pickle, module: &str, name: &str| pickle.global(module, name).code(b")R");
    for (module, name, what) in [
        ("torch._utils", "_rebuild_sparse_tensor", "a sparse tensor"),
        ("torch._utils", "_rebuild_qtensor", "a quantised tensor"),
        ("torch._utils", "_rebuild_meta_tensor_no_storage", "a tensor without values"),
        ("numpy.core.multiarray", "_reconstruct", "a NumPy array"),
        ("torch.distributed.tensor", "DTensor", "a part of a distributed tensor"),
        ("torchao.dtypes", "AffineQuantizedTensor", "a quantised tensor"),
    ] {
        let replaced = |replaced: &str| {
            let pickle = all.iter().enumerate().fold(Pickle::new().code(b"}("), |pickle, (key, own)| {
                let pickle = pickle.text(&own.name);
                if own.name == replaced { object(pickle, module, name) } else { tensor(pickle, key, own) }
            });
            let beside = object(pickle.text("history"), module, name);
            parameters(archive(beside.code(b"u"), &all))
        };
        for parameter in ["conv1.weight", "layer2.0.bn1.weight"] {
            let error = replaced(parameter).expect_err(what);
            let expected = format!("{parameter}: expected a tensor with its values, found {what}; ");
            assert!(error.contains(&expected), "{error}");
        }
        assert_eq!(replaced("nothing"), Ok(expected()), "{what}");
    }
}

#[test]
fn entries_compressed_with_deflate_are_read() {
    let tensors = tensors();
    let deflated = |name: &str, data: &[u8]| {
        let packed = miniz_oxide::deflate::compress_to_vec(data, 6);
        Entry {
            method: 8,
            length: Some(data.len() as u32),
            packed: Some(packed.len() as u32),
            ..Entry::new(name, packed)
        }
    };
    let pickle = state_dict(Pickle::new(), &tensors).end();
    let storages = tensors.iter().enumerate().map(|(key, tensor)| deflated(&format!("a/data/{key}"), &tensor.data));
    let mut entries: Vec<Entry> = std::iter::once(deflated("a/data.pkl", &pickle)).chain(storages).collect();
    assert_eq!(parameters(zip(&entries)).expect("a compressed archive"), expected());
    // One storage begins with a block type that does not exist: the error comes when it is read.
    entries[1].data[0] = 7;
    let error = parameters(zip(&entries)).expect_err("damaged data");
    assert!(error.contains("expected") && error.contains("found"), "{error}");
}

#[test]
fn doubles_and_eighths_are_converted() {
    let tensors = tensors();
    let doubles: Vec<Tensor> = tensors
        .iter()
        .map(|tensor| Tensor {
            dtype: "F64",
            data: tensor.values().into_iter().flat_map(|value| f64::from(value).to_le_bytes()).collect(),
            ..tensor.clone()
        })
        .collect();
    assert_eq!(parameters(write_safetensors(&doubles)).expect("doubles"), expected());
    // 0x3a is 1.25 in E4M3 and 0.75 in E5M2; NaN is refused.
    for (dtype, value) in [("F8_E4M3", 1.25), ("F8_E5M2", 0.75)] {
        let eighths = |byte: u8| -> Vec<Tensor> {
            let data = |tensor: &Tensor| vec![byte; tensor.data.len() / 4];
            tensors.iter().map(|tensor| Tensor { dtype, data: data(tensor), ..tensor.clone() }).collect()
        };
        let read = parameters(write_safetensors(&eighths(0x3a))).expect(dtype);
        assert!(read.iter().flat_map(BTreeMap::values).flatten().all(|own| *own == value), "{dtype}");
        let error = parameters(write_safetensors(&eighths(0x7f))).expect_err("not a number");
        assert!(error.contains("expected finite values, found NaN"), "{error}");
    }
}

#[test]
fn shared_and_expanded_tensors_are_read() {
    let tensors = tensors();
    // All statistics of a variance of 1 are one value, repeated; and the same storage has several names.
    let ones: Vec<Tensor> = tensors
        .iter()
        .map(|tensor| {
            let one = tensor.name.ends_with("running_var");
            if one {
                Tensor::of(&tensor.name, "F32", tensor.shape.clone(), std::iter::repeat_n(1.0, tensor.data.len() / 4))
            } else {
                tensor.clone()
            }
        })
        .collect();
    let mut storages = ones.clone();
    storages.push(Tensor::of("one", "F32", vec![1], [1.0].into_iter()));
    let last = (storages.len() - 1).to_string();
    let pickle = ones.iter().enumerate().fold(Pickle::new().code(b"}("), |pickle, (key, own)| {
        let pickle = pickle.text(&own.name);
        if own.name.ends_with("running_var") {
            pickle.tensor("FloatStorage", &last, 1, 0, &[own.shape[0] as i64], &[0])
        } else {
            tensor(pickle, key, own)
        }
    });
    let read = parameters(archive(pickle.code(b"u"), &storages)).expect("an expanded tensor");
    assert_eq!(read, parameters(write_safetensors(&ones)).expect("plain tensors"));
    let both =
        state_dict(state_dict(Pickle::new().code(b"}(").text("best"), &tensors).text("last"), &tensors).code(b"u");
    assert_eq!(parameters(archive(both, &tensors)).expect("two names of the same tensors"), expected());
}
