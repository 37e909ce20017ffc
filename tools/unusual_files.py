"""Writes weight files that are less common than those of weight_files.py: wrappers, shards, averages, other frameworks, damage.

Functions without a path change a state dict; all others write a file, as those of weight_files.py do.
"""

import collections
import copy
import json
import pickle
import struct
import zipfile

import torch
import weight_files as files
from safetensors.torch import save_file

def saved(path, value, extension=".pth", **options):
    file = path.with_suffix(extension)
    torch.save(value, file, **options)
    return file


def prefixed(prefix, tensors):
    return {f"{prefix}{name}": tensor for name, tensor in tensors.items()}


def halves(tensors):
    """The same names with other values: a copy of the network that is not the answer."""
    return {name: tensor * 0.5 for name, tensor in tensors.items()}


def of(change, extension=".pth", **options):
    """A file of torch.save: what `change` makes of the state dict."""
    return lambda path, model: saved(path, change(model.state_dict()), extension, **options)


def named(rename):
    return of(lambda state: {rename(name): tensor for name, tensor in state.items()})


def sharded(path, model, opened):
    """accelerate's shards and their index."""
    folder = path.with_name(path.name + "-shards")
    folder.mkdir()
    state = list(model.state_dict().items())
    parts = [state[: len(state) // 2], state[len(state) // 2 :]]
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for name, part in zip(names, parts, strict=True):
        save_file(dict(part), folder / name)
    places = {tensor: name for name, part in zip(names, parts, strict=True) for tensor, _ in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return folder / opened if opened else folder


def detectron2(name):
    """`backbone.bottom_up.res2.0.conv1.norm.weight` and the like."""
    parts = name.split(".")
    if parts[0] == "fc":
        return f"backbone.bottom_up.linear.{parts[1]}"
    module, norm = {"conv1": ("conv1", ""), "bn1": ("conv1", ".norm")}.get(parts[0], ("", ""))
    if module:
        return f"backbone.bottom_up.stem.{module}{norm}.{parts[1]}"
    stage, block = int(parts[0][5:]) + 1, parts[1]
    if parts[2] == "downsample":
        return f"backbone.bottom_up.res{stage}.{block}.shortcut{'.norm' if parts[3] == '1' else ''}.{parts[4]}"
    norm = ".norm" if parts[2].startswith("bn") else ""
    return f"backbone.bottom_up.res{stage}.{block}.conv{parts[2][-1]}{norm}.{parts[3]}"


def averaged_list(path, model):
    """torch_ema: the averages of the parameters are a list without names."""
    parameters = [parameter.detach() for parameter in model.parameters()]
    return saved(path, {"model": model.state_dict(), "ema": {"decay": 0.99, "num_updates": 3, "shadow_params": parameters}})


def averaged_dotless(state):
    """CompVis's LitEma: names without dots."""
    names = {f"model_ema.{name.replace('.', '')}": tensor * 0.5 for name, tensor in state.items() if tensor.is_floating_point()}
    return prefixed("model.", state) | names | {"model_ema.decay": torch.tensor(0.9), "model_ema.num_updates": torch.tensor(1)}


class Hooked(torch.nn.Parameter):
    """A subclass of a parameter."""


class TensorImage(torch.Tensor):
    """As fastai has them."""


class Holder:
    """A class of a training script that holds the network as an attribute."""

    def __init__(self, network):
        self.network, self.history = network, [{"loss": 0.5}]


def subclassed(path, model):
    state = {name: tensor.as_subclass(TensorImage) for name, tensor in model.state_dict().items()}
    return saved(path, state)


def buffers(path, model):
    state = collections.OrderedDict()
    for name, tensor in model.state_dict().items():
        state[name] = torch.nn.Parameter(tensor) if tensor.is_floating_point() else torch.nn.Buffer(tensor)
    return saved(path, state)


def hooked(path, model):
    model = copy.deepcopy(model)
    model.conv1.weight.register_hook(print)
    model.fc.weight.some_attribute = "kept"
    return saved(path, dict(model.named_parameters()) | dict(model.named_buffers()))


def swapped_types(path, model, device):
    """A file whose storages were on another device."""
    file = files.state_dict(path, model)
    return rewritten(file, lambda name, data: data.replace(b"X\x03\x00\x00\x00cpu", b"X" + struct.pack("<I", len(device)) + device) if name.endswith("data.pkl") else data)


def rewritten(file, change, **options):
    """The same archive with other contents."""
    with zipfile.ZipFile(file) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, data in entries:
            archive.writestr(name, change(name, data))
    return file


def big_endian(path, model):
    file = files.state_dict(path, model)
    return rewritten(file, lambda name, data: b"big" if name.endswith("byteorder") else data)


def zip64(path, model):
    file = files.state_dict(path, model)
    with zipfile.ZipFile(file) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries:
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(data)
    return file


def patched(path, model, signature, offset, value):
    """A field of every header of one kind is changed."""
    file = files.state_dict(path, model)
    data = bytearray(file.read_bytes())
    at = data.find(signature)
    while at >= 0:
        data[at + offset : at + offset + len(value)] = value
        at = data.find(signature, at + 4)
    file.write_bytes(data)
    return file


def encrypted(path, model):
    return patched(path, model, b"PK\x01\x02", 8, b"\x01\x08")


def wrong_crc(path, model):
    return patched(path, model, b"PK\x01\x02", 16, b"\x01\x02\x03\x04")


def with_comment(path, model):
    file = files.state_dict(path, model)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"best model so far"
    return file


def changed_bytes(path, model, change):
    file = files.safetensors(path, model)
    data = file.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    file.write_bytes(change(data, length))
    return file


def pruned(state):
    state = dict(state)
    weight = state.pop("layer1.0.conv1.weight")
    mask = (torch.arange(weight.numel()) % 2).reshape(weight.shape).float()
    return state | {"layer1.0.conv1.weight_orig": weight, "layer1.0.conv1.weight_mask": mask}


def normed(state, names):
    state = dict(state)
    weight = state.pop("fc.weight")
    norm = weight.norm(dim=1, keepdim=True)
    return state | dict(zip(names, (norm, weight), strict=True))


def quantised_network(path, model):
    quantised = torch.ao.quantization.quantize_dynamic(copy.deepcopy(model), {torch.nn.Linear})
    return saved(path, quantised.state_dict())


def quantised_tensors(state):
    return {name: torch.quantize_per_tensor(tensor, 0.01, 0, torch.qint8) if tensor.dim() == 4 else tensor for name, tensor in state.items()}


def plain_pickle(path, model, module=pickle):
    file = path.with_suffix(".pkl")
    file.write_bytes(module.dumps({name: tensor.numpy() for name, tensor in model.state_dict().items()}))
    return file


def joblib_file(path, model, compress=0):
    import joblib

    file = path.with_suffix(".joblib")
    joblib.dump({name: tensor.numpy() for name, tensor in model.state_dict().items()}, file, compress=compress)
    return file


def with_pickle_module(path, model, module):
    return saved(path, {"model": model, "state_dict": model.state_dict(), "note": (lambda: 1)}, pickle_module=__import__(module))


def frozen_script(path, model):
    file = path.with_suffix(".pt")
    traced = torch.jit.trace(copy.deepcopy(model).eval(), torch.zeros(1, *model.input_shape))
    torch.jit.save(torch.jit.freeze(traced), file)
    return file


def mobile_script(path, model):
    file = path.with_suffix(".ptl")
    torch.jit.script(copy.deepcopy(model))._save_for_lite_interpreter(str(file))
    return file


def scripted_half(path, model):
    file = path.with_suffix(".pt")
    torch.jit.save(torch.jit.script(copy.deepcopy(model)), file)
    return file


def fused(path, model):
    modules = torch.fx.symbolic_trace(copy.deepcopy(model).eval())
    from torch.fx.experimental.optimization import fuse

    return saved(path, fuse(modules).state_dict())


def whole(wrap):
    return lambda path, model: saved(path, wrap(copy.deepcopy(model)))


def nested(state):
    """Dictionaries in dictionaries instead of names with dots."""
    tree = {}
    for name, tensor in state.items():
        *parts, last = name.split(".")
        level = tree
        for part in parts:
            level = level.setdefault(part, {})
        level[last] = tensor
    return tree


def without_bias(path, model):
    """A head of `Linear(bias=False)`; the model is changed to it."""
    model.fc.bias.data.zero_()
    return saved(path, {name: tensor for name, tensor in model.state_dict().items() if name != "fc.bias"})


def backbone(state, prefix, beside):
    """A network without its head under a prefix, and further tensors of these shapes."""
    return prefixed(prefix, state) | {name: torch.zeros(shape) for name, shape in beside.items()}


def keras_names(path, model):
    layers = {"conv1_conv/kernel:0": torch.zeros(7, 7, 3, 64), "conv1_conv/bias:0": torch.zeros(64)}
    layers |= {f"conv1_bn/{name}:0": torch.ones(64) for name in ("gamma", "beta", "moving_mean", "moving_variance")}
    layers |= {"conv2_block1_1_conv/kernel:0": torch.zeros(1, 1, 64, 64), "predictions/kernel:0": torch.zeros(2048, 1000)}
    file = path.with_suffix(".safetensors")
    save_file(layers, file)
    return file


def clip(state, prefix):
    """The stem of three convolutions and the pooling by attention of CLIP's ResNets."""
    visual = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}
    stem = {"conv1.weight": torch.zeros(32, 3, 3, 3), "conv2.weight": torch.zeros(32, 32, 3, 3), "conv3.weight": torch.zeros(64, 32, 3, 3)}
    norms = {f"bn{number}.{part}": torch.ones(64 if number == 3 else 32) for number in (1, 2, 3) for part in ("weight", "bias", "running_mean", "running_var")}
    pool = {f"attnpool.{part}_proj.weight": torch.zeros(512, 512) for part in "qkvc"} | {"attnpool.positional_embedding": torch.zeros(50, 512)}
    return prefixed(prefix, visual | stem | norms | pool)


def other_rank(axes):
    def change(state):
        return {
            name: tensor[:, :, :, :, None] if axes == 3 and tensor.dim() == 4 else tensor[:, :, 0].contiguous() if tensor.dim() == 4 else tensor
            for name, tensor in state.items()
        }

    return change


def channels_last(path, model):
    return saved(path, copy.deepcopy(model).to(memory_format=torch.channels_last).state_dict())


def mlx(path, model):
    """Apple's MLX: convolutions are OHWI."""
    file = path.with_suffix(".safetensors")
    state = {name: tensor.permute(0, 2, 3, 1).contiguous() if tensor.dim() == 4 else tensor for name, tensor in model.state_dict().items()}
    save_file(state, file, {"format": "mlx"})
    return file


def beside(files_beside, extension=".pth"):
    """A state dict and other files in its folder."""

    def write(path, model):
        file = files.state_dict(path, model, extension)
        for name, content in files_beside.items():
            data = content if isinstance(content, bytes) else content.encode()
            (file.parent / name).write_bytes(data)
        return file

    return write


def of_bytes(data, extension=".pth"):
    return lambda path, model: files.content(path, data, extension)


def norms_renamed(name):
    ends = {"running_mean": "moving_mean", "running_var": "moving_var"}
    module, parameter = name.rsplit(".", 1)
    if "bn" in module or module.endswith("downsample.1"):
        parameter = {"weight": "gamma", "bias": "beta"}.get(parameter, ends.get(parameter, parameter))
    return f"{module}.{parameter}"


def wrapped_inside(name):
    return "_fsdp_wrapped_module." + name.replace("layer1.0.", "layer1._checkpoint_wrapped_module.0._fsdp_wrapped_module.")
