"""Writes one network in the containers and with the surroundings that people's weight files have, for check_files.py.

Each function takes a path without extension and a model, writes a file, and returns its path.
"""

import argparse
import collections
import datetime
import decimal
import enum
import functools
import io
import pathlib
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file


class Phase(enum.Enum):
    TRAIN = 1


class Settings:
    """A class of a training script; pickled with its attributes."""

    def __init__(self):
        self.rate, self.phase, self.root = 0.1, Phase.TRAIN, pathlib.PurePosixPath("/data")

    def schedule(self, epoch):
        return self.rate / epoch


def state_dict(path, model, extension=".pth", **options):
    file = path.with_suffix(extension)
    torch.save(model.state_dict(), file, **options)
    return file


def legacy(path, model):
    return state_dict(path, model, _use_new_zipfile_serialization=False)


def whole_module(path, model):
    file = path.with_suffix(".pt")
    torch.save(model, file)
    return file


def safetensors(path, model, metadata=None, rename=lambda name: name):
    file = path.with_suffix(".safetensors")
    save_file({rename(name): tensor.contiguous() for name, tensor in model.state_dict().items()}, file, metadata)
    return file


def torch_script(path, model):
    file = path.with_suffix(".pt")
    torch.jit.save(torch.jit.trace(model, torch.zeros(1, *model.input_shape)), file)
    return file


def renamed(path, model, rename, extension=".pth"):
    file = path.with_suffix(extension)
    torch.save({rename(name): tensor for name, tensor in model.state_dict().items()}, file)
    return file


def optimizer_state(model):
    optimizer = torch.optim.Adam(model.parameters())
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    optimizer.step()
    model.load_state_dict(before)
    model.zero_grad()
    return optimizer.state_dict()


def checkpoint(path, model, key="my best network", extension=".pth.tar", **beside):
    """A training script's checkpoint: the network under `key`, the optimizer's state and the script's arguments."""
    file = path.parent / (path.name + extension)
    arguments = argparse.Namespace(arch="resnet", lr=0.1, gpus=[0, 1], resume=None, extra=argparse.Namespace(a=1))
    content = {"epoch": 90, "args": arguments, "optimizer": optimizer_state(model), key: model.state_dict(), **beside}
    torch.save(content, file)
    return file


def foreign_objects(path, model):
    """One object of every kind that pickles keep beside tensors."""
    beside = {
        "numpy scalar": np.float64(0.5),
        "numpy integer": np.int64(3),
        "numpy array": np.arange(6.0).reshape(2, 3),
        "numpy text": np.array(["a", "b"]),
        "folder": pathlib.Path("/data/train"),
        "defaultdict": collections.defaultdict(list, a=[1]),
        "counter": collections.Counter("abc"),
        "deque": collections.deque([1, 2], maxlen=3),
        "set": {1, 2},
        "frozenset": frozenset("ab"),
        "settings": Settings(),
        "method": Settings().schedule,
        "class": Settings,
        "enum": Phase.TRAIN,
        "datetime": datetime.datetime(2020, 1, 1),
        "delta": datetime.timedelta(1),
        "decimal": decimal.Decimal("0.1"),
        "partial": functools.partial(max, 1),
        "complex": 1j,
        "slice": slice(1, 2),
        "range": range(3),
        "bytes": b"abc",
        "bytearray": bytearray(b"abc"),
        "large integer": 1 << 200,
        "random state": np.random.RandomState(0).get_state(),
        "generator": np.random.default_rng(0),
        "torch random state": torch.get_rng_state(),
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "size": torch.Size([1, 2]),
        "loss": torch.nn.CrossEntropyLoss(weight=torch.ones(10)),
        "complex tensor": torch.zeros(2, dtype=torch.complex64),
        "double complex tensor": torch.zeros(2, dtype=torch.complex128),
        "quantised tensor": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        "sparse tensor": torch.eye(2).to_sparse(),
        "small integers": torch.zeros(2, dtype=torch.uint16),
        "tensors": [torch.zeros(3), torch.ones(2, 2)],
        "none": None,
        "ellipsis": ...,
    }
    return checkpoint(path, model, "state_dict", **beside)


class Python2Pickler(pickle._Pickler):
    """Writes text as Python 2's byte strings and builtins as `__builtin__`."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_text(self, text):
        data = text.encode()
        self.write(b"U" + bytes([len(data)]) + data if len(data) < 256 else b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(text)

    dispatch[str] = save_text


class Python2:
    """A stand-in for the module `pickle` in torch.save."""

    Pickler = Python2Pickler

    @staticmethod
    def dump(value, file, protocol):
        Python2Pickler(file, protocol=2).dump(value)


def python2(path, model):
    return state_dict(path, model, pickle_module=Python2, _use_new_zipfile_serialization=False)


def pytorch_01(path, model):
    file = path.with_suffix(".pth")
    write_pytorch_01(file, model.state_dict())
    return file


def write_pytorch_01(file, state):
    """The tar archive of torch.save before PyTorch 0.1.11: members `storages`, `tensors` and `pickle`, which refers to tensors by number."""

    class Reference(torch.Tensor):
        pass

    tensors = list(state.items())
    storages, views, entries = io.BytesIO(), io.BytesIO(), io.BytesIO()

    def dump(value, file, pickler=Python2Pickler):
        pickler(file, protocol=2).dump(value)

    dump(len(tensors), storages)
    dump(len(tensors), views)
    for number, (_, tensor) in enumerate(tensors, 1):
        # The keys were addresses; the storage of each tensor has its own.
        values = tensor.contiguous().double() if tensor.dtype == torch.int64 else tensor.contiguous()
        kind = "DoubleStorage" if values.dtype == torch.float64 else "FloatStorage"
        dump((94_000_000 + number, "cpu", getattr(torch, kind)), storages)
        storages.write(struct.pack("<q", values.numel()) + values.numpy().tobytes())
        dump((number, 94_000_000 + number, getattr(torch, kind.replace("Storage", "Tensor"))), views)
        rank = values.dim()
        views.write(struct.pack("<i4x", rank) + struct.pack(f"<{rank}q", *values.shape))
        views.write(struct.pack(f"<{rank}q", *values.stride()) + struct.pack("<q", 0))
    # No views of storages.
    dump([], storages)

    class Pickler(Python2Pickler):
        def persistent_id(self, value):
            return str(value.number) if isinstance(value, Reference) else None

    def reference(number):
        made = torch.zeros(1).as_subclass(Reference)
        made.number = number
        return made

    names = collections.OrderedDict((name, reference(number)) for number, (name, _) in enumerate(tensors, 1))
    dump(names, entries, Pickler)
    dump(({"short": 2},), system := io.BytesIO())
    with tarfile.open(file, "w:", format=tarfile.PAX_FORMAT) as tar:
        for name, content in [("sys_info", system), ("pickle", entries), ("tensors", views), ("storages", storages)]:
            info = tarfile.TarInfo(name)
            info.size = len(content.getvalue())
            tar.addfile(info, io.BytesIO(content.getvalue()))


def converted(path, model, dtype, extension=".safetensors"):
    """All floating-point tensors in another type; the model is changed to the values that this type can hold."""
    tensors = {}
    for name, tensor in model.state_dict().items():
        narrow = tensor.to(dtype) if tensor.is_floating_point() and tensor.dim() != 1 else tensor
        tensors[name] = narrow
    file = path.with_suffix(extension)
    torch.save(tensors, file) if extension == ".pth" else save_file(tensors, file)
    model.load_state_dict({name: tensor.to(model.state_dict()[name].dtype) for name, tensor in tensors.items()})
    return file


def shared(path, model):
    """The same tensors under two names, and one that repeats a value."""
    state = model.state_dict()
    state["fc.bias"] = torch.tensor(0.25).expand(state["fc.bias"].shape)
    model.load_state_dict(state)
    file = path.with_suffix(".pth")
    torch.save({"model": state, "alias": state}, file)
    return file


def deflated(path, model):
    stored = state_dict(path.with_name(path.name + "-stored"), model)
    file = path.with_suffix(".pth")
    with zipfile.ZipFile(stored) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    return file


def tar_of(path, model):
    inner = state_dict(path.with_name(path.name + "-inner"), model)
    file = path.with_suffix(".tar")
    with tarfile.open(file, "w") as tar:
        tar.add(inner, "model.pth")
    return file


def npz(path, model):
    file = path.with_suffix(".npz")
    np.savez(file, **{name: tensor.numpy() for name, tensor in model.state_dict().items()})
    return file


def hdf5(path, model):
    import h5py

    file = path.with_suffix(".h5")
    with h5py.File(file, "w") as h5:
        for name, tensor in model.state_dict().items():
            h5[name] = tensor.numpy()
    return file


def onnx(path, model):
    import onnx

    file = path.with_suffix(".onnx")
    tensors = [onnx.numpy_helper.from_array(tensor.numpy(), name) for name, tensor in model.state_dict().items()]
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], "resnet", [], [], tensors)), file)
    return file


def content(path, data, extension):
    file = path.with_suffix(extension)
    file.write_bytes(data)
    return file
