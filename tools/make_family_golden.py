"""Make tests/golden/family.json: logits of PyTorch in float64, for networks whose weights are generated from their names.

Full networks would be gigabytes, so the file contains logits only: tests/gpu/family.rs generates the same weights. Value i of the tensor
NAME is number i of SplitMix64 (Steele, Lea & Flood 2014) seeded with the FNV-1a hash of NAME, mapped to the ranges below. The input
is the tensor "input". Names are those of the engine, see `canonical` in variant_networks.py.

Needs: pip install numpy timm torch torchvision
Run:   python tools/make_family_golden.py
"""

import json
from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
from small_resnet import move_stride_to_first_conv
from variant_networks import CifarResNet, NoteResNet, ResNet50D, grey_resnet18, headless_resnet18

GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "family.json"
SIDE = 64
# torchvision's name, stride placement, classes
NETWORKS = [
    ("resnet34", "conv3x3", 10),
    ("resnet50", "first-conv1x1", 10),
    ("resnet101", "conv3x3", 1000),
    ("resnet152", "conv3x3", 1000),
    ("wide_resnet50_2", "conv3x3", 1000),
    ("resnext50_32x4d", "conv3x3", 1000),
    ("resnext50_32x4d", "first-conv1x1", 10),
]

# name, side of the input, input channels, classes (0 for none), constructor
VARIANTS = [
    ("resnet18", 64, 3, 10, lambda: NoteResNet([2, 2, 2, 2], False, 10, False)),
    ("resnet50", 64, 3, 10, lambda: NoteResNet([3, 4, 6, 3], True, 10, False)),
    ("resnet18_conv3x3", 32, 3, 100, lambda: NoteResNet([2, 2, 2, 2], False, 100, True)),
    ("resnet50_conv3x3", 32, 3, 100, lambda: NoteResNet([3, 4, 6, 3], True, 100, True)),
    ("resnet20_cifar10", 32, 3, 10, lambda: CifarResNet(3, 10)),
    ("resnet56_cifar10", 32, 3, 10, lambda: CifarResNet(9, 10)),
    ("resnet50d", 64, 3, 10, lambda: ResNet50D(10)),
    ("resnet50d", 50, 3, 10, lambda: ResNet50D(10)),
    ("resnet18", 64, 1, 10, lambda: grey_resnet18(10)),
    ("resnet18", 64, 3, 0, headless_resnet18),
    ("seresnet50", 64, 3, 10, lambda: timm.create_model("seresnet50", num_classes=10)),
    ("resnet50_gn", 64, 3, 10, lambda: timm.create_model("resnet50_gn", num_classes=10)),
    ("resnetblur50", 64, 3, 10, lambda: timm.create_model("resnetblur50", num_classes=10)),
    ("resnetblur50", 50, 3, 10, lambda: timm.create_model("resnetblur50", num_classes=10)),
    ("resnetaa50", 64, 3, 10, lambda: timm.create_model("resnetaa50", num_classes=10)),
]


def fnv(name):
    hashed = 0xCBF29CE484222325
    for byte in name.encode():
        hashed = (hashed ^ byte) * 0x100000001B3 % 2**64
    return hashed


def uniform(name, shape, low, high):
    with np.errstate(over="ignore"):
        state = np.uint64(fnv(name)) + np.arange(1, np.prod(shape, dtype=int) + 1, dtype=np.uint64) * np.uint64(
            0x9E3779B97F4A7C15
        )
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    low, high = np.float32(low), np.float32(high)
    unit = (state >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
    return torch.from_numpy((low + unit * (high - low)).reshape(shape))


def value(name, tensor):
    """Ranges in which a deep network's values neither vanish nor overflow, and every layer counts."""
    shape = tuple(tensor.shape)
    if name.endswith("running_var"):
        return uniform(name, shape, 0.5, 1.5)
    if name.endswith(("running_mean", "bias")):
        return uniform(name, shape, -0.2, 0.2)
    if len(shape) == 1:
        return uniform(name, shape, 0.3, 0.7)
    most = np.sqrt(np.float32(6) / np.float32(np.prod(shape[1:], dtype=int)))
    return uniform(name, shape, -most, most)


def with_generated_weights(model):
    canonical = getattr(model, "canonical", lambda name: name)
    weights = {
        name: tensor if name.endswith("num_batches_tracked") else value(canonical(name), tensor)
        for name, tensor in model.state_dict().items()
    }
    model.load_state_dict(weights)
    return model.eval()


def logits(model, channels, side):
    with torch.no_grad():
        output = model.double()(uniform("input", (1, channels, side, side), -1, 1).double())[0]
    return [float(f"{logit:.9g}") for logit in output]


def answer(network, stride, classes):
    model = with_generated_weights(getattr(torchvision.models, network)(num_classes=classes))
    if stride == "first-conv1x1":
        move_stride_to_first_conv(model)
    return logits(model, 3, SIDE)


def main():
    networks = [
        {"network": network, "stride": stride, "classes": classes, "logits": answer(network, stride, classes)}
        for network, stride, classes in NETWORKS
    ]
    networks += [
        {
            "network": network,
            "stride": "conv3x3",
            "side": side,
            "channels": channels,
            "classes": classes,
            "logits": logits(with_generated_weights(make()), channels, side),
        }
        for network, side, channels, classes, make in VARIANTS
    ]
    lines = ",\n".join(json.dumps(network) for network in networks)
    GOLDEN.write_text(f'{{"side": {SIDE}, "networks": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
