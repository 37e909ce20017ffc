"""The kinds of weight files that people have: how check_files.py makes them, and what is expected of each.

`KINDS` has one row per kind: name, constructor of the network, function that writes the file (see weight_files.py), pattern of the refusal or
`OPENS`, pattern of a note.
"""

import argparse
import copy
import json
import re
import subprocess
from functools import lru_cache, partial

import numpy as np
import timm
import torch
import weight_files as files
from make_family_golden import with_generated_weights
from PIL import Image
from safetensors.torch import load_file
from torchvision.models import resnet
from torchvision.transforms import v2
from variant_networks import CifarResNet, NoteResNet, grey_resnet18

IMAGENET = (256, 224, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CIFAR = (32, 32, [0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616])


def resnet18(classes=10, **options):
    return resnet.resnet18(num_classes=classes, **options)


def with_head(*layers):
    model = resnet18()
    model.fc = torch.nn.Sequential(*layers)
    return model


def headless():
    model = resnet18()
    model.fc = torch.nn.Identity()
    return model


def timm_model(name, **options):
    return lambda: timm.create_model(name, **{"num_classes": 10, **options})


class Wrapped(torch.nn.Module):
    """A network as an attribute, as wrappers and trainers have it."""

    def __init__(self, name, model):
        super().__init__()
        setattr(self, name, model)


# The kinds of one network are consecutive.
@lru_cache(maxsize=4)
def seeded(make):
    model = with_generated_weights(make())
    first = next(module for module in model.modules() if isinstance(module, torch.nn.Conv2d))
    small = first.kernel_size == (3, 3) and first.stride == (1, 1)
    model.preparation = CIFAR if small else IMAGENET
    model.input_shape = (first.in_channels, model.preparation[1], model.preparation[1])
    return model


def logits(model, photo):
    resize, crop, mean, std = model.preparation
    if model.input_shape[0] == 1:
        mean, std = [sum(mean) / 3], [sum(std) / 3]
    steps = [v2.Resize(resize, antialias=True), v2.CenterCrop(crop), v2.ToImage()]
    image = v2.Compose(steps)(photo.convert("RGB"))
    if len(mean) == 1:
        grey = Image.fromarray(image.permute(1, 2, 0).numpy()).convert("L")
        image = v2.functional.to_image(grey)
    values = v2.functional.normalize(image.double() / 255, mean, std)
    with torch.no_grad():
        return copy.deepcopy(model).double()(values[None])[0].numpy()


note = partial(NoteResNet, [2, 2, 2, 2], False, 10, False)
sibling = partial(NoteResNet, [2, 2, 2, 2], False, 100, True)
note50 = partial(NoteResNet, [3, 4, 6, 3], True, 10, False)


def lightning(path, model):
    file = path.with_suffix(".ckpt")
    weights = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    weights["criterion.weight"] = torch.ones(10)
    beside = {"epoch": 1, "pytorch-lightning_version": "2.0.0", "callbacks": {"best": torch.tensor(0.5)}}
    hyper = {"hyper_parameters": argparse.Namespace(lr=0.1), "optimizer_states": [files.optimizer_state(model)]}
    torch.save({**beside, **hyper, "state_dict": weights}, file)
    return file


def averaged(path, model, network_key, average_key):
    """The network before averaging beside the average; the latter is `model`."""
    trained = {name: tensor * 0.5 for name, tensor in model.state_dict().items()}
    file = path.with_suffix(".pth")
    torch.save({"epoch": 1, network_key: trained, average_key: model.state_dict()}, file)
    return file


def swa(path, model):
    file = path.with_suffix(".pth")
    torch.save(torch.optim.swa_utils.AveragedModel(copy.deepcopy(model)).state_dict(), file)
    return file


def self_supervised(path, model, prefix, other=None):
    """MoCo, BYOL and DINO: the trained encoder, its slowly moving copy, projections and queues."""
    state = {f"{prefix}{name}": tensor for name, tensor in model.state_dict().items()}
    if other:
        state |= {f"{other}{name}": tensor * 0.5 for name, tensor in model.state_dict().items()}
    state |= {"module.queue": torch.zeros(128, 16), "module.queue_ptr": torch.zeros(1, dtype=torch.long)}
    file = path.with_suffix(".pth.tar")
    torch.save({"state_dict": state}, file)
    return file


def with_labels(extension, text, path, model):
    file = files.state_dict(path, model)
    file.with_name("labels" + extension).write_text(text)
    return file


NAMES = [f"kind {number}" for number in range(10)]


def hub_folder(path, model, architecture="resnet18"):
    """A repository of timm's on the hub: what is opened is the folder."""
    folder = path.with_name(path.name + "-hub")
    folder.mkdir()
    files.safetensors(folder / "model", model)
    images = {"input_size": [3, 224, 224], "crop_pct": 0.875, "interpolation": "bilinear"}
    config = {"architecture": architecture, "num_classes": 10, "label_names": NAMES, "pretrained_cfg": images}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def transformers_folder(path, model):
    folder = path.with_name(path.name + "-hub")
    folder.mkdir()
    names = {str(number): name for number, name in enumerate(NAMES)}
    torch.save({in_transformers(name): tensor for name, tensor in model.state_dict().items()}, folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps({"model_type": "resnet", "id2label": names}))
    processor = {"size": {"shortest_edge": 256}, "crop_size": 224, "resample": 2}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


def in_transformers(name):
    """ResNetForImageClassification's name of a tensor of torchvision's."""
    kind = lambda part: "convolution" if part.startswith("conv") or part == "0" else "normalization"
    parts = name.split(".")
    if parts[0] == "fc":
        return f"classifier.1.{parts[1]}"
    if len(parts) == 2:
        return f"resnet.embedder.embedder.{kind(parts[0])}.{parts[1]}"
    block = f"resnet.encoder.stages.{int(parts[0][5:]) - 1}.layers.{parts[1]}"
    if parts[2] == "downsample":
        return f"{block}.shortcut.{kind(parts[3])}.{parts[4]}"
    return f"{block}.layer.{int(parts[2][-1]) - 1}.{kind(parts[2])}.{parts[3]}"


def quantised_file(path, model, program):
    """What `resnet-lens compress` writes; `model` is changed to the decoded weights."""
    small = path.with_name(path.name + "-int8.safetensors")
    subprocess.run([program, "compress", files.state_dict(path, model), small], check=True, capture_output=True)
    stored = load_file(small)
    decoded = {name: tensor.float() for name, tensor in stored.items() if not name.endswith("_scale")}
    for name in [name for name in stored if name.endswith("_scale")]:
        weight = name.removesuffix("_scale")
        decoded[weight] *= stored[name].reshape(-1, *[1] * (decoded[weight].dim() - 1))
    model.load_state_dict(decoded, strict=False)
    return small


def pt2(path, model):
    """torch.export's archive of a program."""
    file = path.with_suffix(".pt2")
    torch.export.save(torch.export.export(model, (torch.zeros(1, *model.input_shape),)), file)
    return file


def linear_squeeze(path, model):
    """Squeeze-and-excitation of linear layers without bias, in an `nn.Sequential` called `fc`."""
    state = {}
    for name, tensor in model.state_dict().items():
        if ".se." not in name:
            state[name] = tensor
        elif name.endswith("weight"):
            state[name.replace("se.fc1", "se.fc.0").replace("se.fc2", "se.fc.2")] = tensor.flatten(1)
    model.load_state_dict({name: tensor * 0 if ".se." in name and name.endswith("bias") else tensor
                           for name, tensor in model.state_dict().items()})
    file = path.with_suffix(".pth")
    torch.save(state, file)
    return file


def broken_card(path, model):
    file = files.state_dict(path, model)
    file.with_suffix(".json").write_text('{"lr": 0.1}')
    return file


def renamed_file(path, model, write, name):
    file = write(path, model)
    return file.rename(path.with_name(path.name + name))


def cut_off(path, model):
    file = files.state_dict(path, model)
    file.write_bytes(file.read_bytes()[:1_000_000])
    return file


def of_bytes(data, extension=".pth"):
    return lambda path, model: files.content(path, data, extension)


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
TWO_LAYERS = torch.nn.Linear(512, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
renames = {
    "module.": lambda name: f"module.{name}",
    "_orig_mod.module.": lambda name: f"_orig_mod.module.{name}",
    "long prefix": lambda name: f"trainer.student_net.body_0.encoder.{name}",
    "backbone. and head.fc. (mmpretrain)": lambda name: "head." + name if name.startswith("fc") else "backbone." + name,
    "linear (pytorch-cifar)": lambda name: name.replace("fc.", "linear.").replace("downsample", "shortcut"),
    "last_linear (Cadene)": lambda name: name.replace("fc.", "last_linear."),
    "children (fastai)": lambda name: "0.model." + re.sub(
        r"^(conv1|bn1|layer\d|fc)", lambda m: {"conv1": "0", "bn1": "1", "fc": "9"}.get(m[1]) or str(int(m[1][-1]) + 3), name
    ),
    "unknown names": lambda name: re.sub(r"layer(\d)\.(\d)\.(conv|bn)(\d)", r"part\1.unit\2.\3_\4", name)
    .replace("downsample", "side").replace("fc", "answer"),
}

OPENS = None
# name, constructor of the network, function that writes the file, pattern of the refusal (or `OPENS`), pattern of a note
KINDS = []


def kind(name, write, make=resnet18, refusal=OPENS, note=None):
    KINDS.append((name, make, write, refusal, note))


for network, make in [("note", note), ("CIFAR-100 sibling", sibling)]:
    kind(f"{network}: state dict", files.state_dict, make)
    kind(f"{network}: legacy format", files.legacy, make)
    kind(f"{network}: checkpoint under an odd key", files.checkpoint, make)
    kind(f"{network}: module.", partial(files.renamed, rename=renames["module."]), make)
    kind(f"{network}: pickled module", files.whole_module, make)
    kind(f"{network}: safetensors", files.safetensors, make)
    kind(f"{network}: TorchScript", files.torch_script, make)
kind("note with bottlenecks", files.state_dict, note50)
for key in ["net", "params", "network", "model_state", "weights", "my stuff"]:
    kind(f"key {key}", partial(files.checkpoint, key=key))
for name, rename in renames.items():
    kind(f"names: {name}", partial(files.renamed, rename=rename))
kind("Lightning checkpoint", lightning)
kind("loss weights and metrics beside", partial(
    files.checkpoint, key="model", criterion={"weight": torch.ones(10)}, best=torch.tensor(0.5), n_averaged=torch.tensor(3)
), note="left out")
for keys in [("model", "ema"), ("state_dict", "state_dict_ema"), ("model", "model_ema"), ("ema_model", "model")]:
    if keys[0] == "ema_model":
        keys = keys[::-1]
    kind(f"average: {keys[0]}, {keys[1]}", partial(averaged, network_key=keys[0], average_key=keys[1]), note="is used, not")
kind("average: AveragedModel", swa)
kind("MoCo", partial(self_supervised, prefix="module.encoder_q.", other="module.encoder_k."), headless)
kind("BYOL", partial(self_supervised, prefix="online_encoder.net.", other="target_encoder.net."), headless)
kind("DINO", partial(self_supervised, prefix="teacher.backbone.", other="student.backbone."), headless)
kind("int8", "compress")
kind("torch.export program", pt2, refusal="torch.export")
kind("foreign objects", files.foreign_objects)
kind("Python 2 pickle", files.python2)
kind("PyTorch 0.1 tar", files.pytorch_01)
for dtype in [torch.float64, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2]:
    kind(f"{dtype} safetensors", partial(files.converted, dtype=dtype))
kind("float64 .pth", partial(files.converted, dtype=torch.float64, extension=".pth"))
kind("float8 .pth", partial(files.converted, dtype=torch.float8_e4m3fn, extension=".pth"))
kind("shared and expanded tensors", files.shared)
kind("deflated zip", files.deflated)
kind("safetensors named .pth", partial(renamed_file, write=files.safetensors, name=".pth"))
kind(".pth named .safetensors", partial(renamed_file, write=files.state_dict, name=".safetensors"))
kind("no extension", partial(renamed_file, write=files.state_dict, name=""))
kind("legacy named .weights", partial(renamed_file, write=files.legacy, name=".weights"))
kind("git-lfs pointer", of_bytes(LFS), refusal="git-lfs pointer.*git lfs pull")
kind("HTML", of_bytes(b"<!DOCTYPE html><html><body>Sign in</body></html>"), refusal="web page")
kind("ONNX", files.onnx, refusal="ONNX")
kind("HDF5", files.hdf5, refusal="HDF5")
kind("GGUF", of_bytes(b"GGUF\3\0\0\0" + bytes(64), ".gguf"), refusal="GGUF")
kind("tar", files.tar_of, refusal="tar archive.*unpack")
kind("npz", files.npz, refusal="NumPy")
kind("empty file", of_bytes(b""), refusal="at least 8 bytes")
kind("cut off", cut_off, refusal="cut off")
kind("head Sequential(Dropout, Linear)", files.state_dict, partial(with_head, torch.nn.Dropout(), torch.nn.Linear(512, 10)))
kind("head of two layers", files.state_dict, partial(with_head, *TWO_LAYERS), "head of one linear layer.*2 layers")
kind("headless", files.state_dict, headless, note="no classifier")
kind("one channel", files.state_dict, partial(grey_resnet18, 10), note="grey")
kind("CIFAR ResNet-20", partial(files.renamed, rename=renames["module."]), partial(CifarResNet, 3, 10), note="CIFAR-10")
kind("timm resnet18d", files.safetensors, timm_model("resnet18d"))
kind("timm resnet50d", files.safetensors, timm_model("resnet50d"))
kind("timm resnet50c", files.safetensors, timm_model("resnet50c"))
kind("timm seresnet50", files.safetensors, timm_model("seresnet50"))
kind("timm seresnext26d_32x4d", files.safetensors, timm_model("seresnext26d_32x4d"))
kind("SE of linear layers", linear_squeeze, timm_model("seresnet50"))
kind("timm legacy_seresnet18", files.safetensors, timm_model("legacy_seresnet18"), "SE-ResNet of pretrained-models.pytorch")
kind("timm resnet50_gn", files.safetensors, timm_model("resnet50_gn"), note="32 groups is assumed")
for variant in ["resnetblur50", "resnetaa50", "resnetaa50d"]:
    kind(f"folder with config.json, timm {variant}", partial(hub_folder, architecture=variant), timm_model(variant), note="config.json")
kind("timm ecaresnet50d", files.safetensors, timm_model("ecaresnet50d"), "ECA-Net")
kind("timm resnetv2_50", files.safetensors, timm_model("resnetv2_50"), "pre-activation")
kind("timm res2net50_26w_4s", files.safetensors, timm_model("res2net50_26w_4s"), "Res2Net")
kind("timm skresnet18", files.safetensors, timm_model("skresnet18"), "SKNet|selective")
kind("timm convnext_atto", files.safetensors, timm_model("convnext_atto"), "ConvNeXt")
kind("labels.txt beside", partial(with_labels, ".txt", "\n".join(NAMES)), note="labels")
kind("labels.json beside", partial(with_labels, ".json", json.dumps(NAMES)), note="labels")
kind("folder with config.json, timm resnet18", hub_folder, note="config.json")
kind("folder with config.json, transformers", transformers_folder, note="config.json")
kind("a JSON file that is no card", broken_card, note="card")
