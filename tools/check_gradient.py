"""Gradients of real and of seeded networks against PyTorch's autograd in float64, at every node.

Real weights: ResNet-18 and ResNet-50, two photos, the logits of the most probable class and of another. Seeded: the paper's 56 layers
for CIFAR-10 with He's initialisation, with shortcuts and without, two photos, two classes. Prints a table and fails above TOLERANCE.

A ReLU whose input rounds to the other side of zero, and a max pooling whose two largest values differ by less than the rounding of
float32, pass the gradient on elsewhere than in float64. The reference therefore takes the decisions of both where the program's own
values take them. The table has the number of decisions that differ from those in float64, and the error without this.

Photos and weights are those of ../shared/data beside the checkout.

Needs: pip install numpy pillow safetensors torch torchvision
Run:   python tools/check_gradient.py target/release/resnet-lens [--only TEXT]
"""

import argparse
import csv
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torchvision.models import resnet18, resnet50
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names
from torchvision.transforms import v2
from variant_networks import CifarResNet

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
# Relative, of Euclidean norms.
TOLERANCE = 1e-3
OTHER_CLASS = 7
IMAGENET = [256, 224, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]
CIFAR = [32, 32, [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]]


def photos():
    with open(DATA / "images" / "imagenet256" / "labels.csv") as file:
        return [DATA / "images" / "imagenet256" / row["file"] for row in list(csv.DictReader(file))[:4:2]]


def prepared(photo, size, crop, mean, std):
    steps = [v2.Resize(size, antialias=True), v2.CenterCrop(crop), v2.ToImage()]
    steps += [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    return v2.Compose(steps)(Image.open(photo).convert("RGB"))[None].double()


class Decisions:
    """For each ReLU and max pooling in the order of execution, the values that decide for it; its own values if there are none."""

    def __init__(self):
        self.reset({})

    def reset(self, values):
        self.waiting = {kind: list(tensors) for kind, tensors in values.items()}
        self.different = 0

    def next(self, kind, default):
        return self.waiting[kind].pop(0) if self.waiting.get(kind) else default

    def count(self, own, other):
        self.different += int((own != other).sum())


class ReluAt(nn.Module):
    def __init__(self, decisions):
        super().__init__()
        self.decisions = decisions

    def forward(self, x):
        is_positive = self.decisions.next("relu", x) > 0
        self.decisions.count(x > 0, is_positive)
        return x * is_positive


class PoolAt(nn.Module):
    """Max pooling of 3x3, stride 2, padding 1."""

    def __init__(self, decisions):
        super().__init__()
        self.decisions = decisions

    def forward(self, x):
        own, at = F.max_pool2d(x, 3, 2, 1, return_indices=True)
        other = F.max_pool2d(self.decisions.next("pool", x), 3, 2, 1, return_indices=True)[1]
        self.decisions.count(at, other)
        return x.flatten(2).gather(2, other.flatten(2)).view_as(own)


def torchvision_network(make, weights):
    """What computes the values of all nodes, and its decisions."""
    model = make()
    model.load_state_dict({name: tensor.float() for name, tensor in load_file(weights).items()}, strict=False)
    model = model.double().eval()
    names = [name for name in get_graph_node_names(model)[1] if name != "x"]
    decisions = Decisions()
    for module in model.modules():
        if hasattr(module, "relu"):
            module.relu = ReluAt(decisions)
    model.maxpool = PoolAt(decisions)
    leaves = {"leaf_modules": [PoolAt, ReluAt]}
    extractor = create_feature_extractor(model, {name: name for name in names}, tracer_kwargs=leaves)
    return extractor, decisions


class PlainBlock(nn.Module):
    """A residual block whose shortcut is switched off."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x):
        block = self.block
        return torch.relu(block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x))))))


def seeded_network(folder, plain):
    """Saves the weights; returns what computes all outputs of modules, and the names of the blocks."""
    torch.manual_seed(56)
    model = CifarResNet(9, 10)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    file = folder / "seeded.pth"
    torch.save(model.state_dict(), file)
    model = model.double().eval()
    blocks = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(9)]
    if plain:
        for stage in (1, 2, 3):
            setattr(model, f"layer{stage}", nn.Sequential(*map(PlainBlock, getattr(model, f"layer{stage}"))))
    outputs = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
            own = "fc" if name == "linear" else name.replace(".block.", ".")
            module.register_forward_hook(lambda _module, _inputs, output, own=own: outputs.update({own: output}))

    def run(image):
        outputs.clear()
        model(image)
        return dict(outputs)

    return file, run, blocks


def compare(program, weights, run, decisions, preprocessing, edits=()):
    """The largest relative difference of the gradients of all nodes with the program's decisions and with PyTorch's, over photos and
    classes; the number of gradients and of different decisions."""
    worst, own_worst, count, different = (0.0, ""), (0.0, ""), 0, 0
    for photo in photos():
        image = prepared(photo, *preprocessing).requires_grad_()
        values = run(image)
        names, kinks = list(values), [name for name in values if ".relu" in name or name == "relu"]
        deciding = {}
        if decisions:
            own = dump(program, weights, photo, [*kinks, "maxpool"], edits)
            deciding = {"relu": [torch.from_numpy(own[name]) for name in kinks], "pool": [torch.from_numpy(own["relu"])]}
        for index in (int(values[names[-1]].argmax()), OTHER_CLASS):
            found = dump(program, weights, photo, ["input", *names], edits, "--gradient", str(index))
            own_worst = max(own_worst, largest_error(run, image, index, found))
            if decisions:
                decisions.reset(deciding)
                worst = max(worst, largest_error(run, image, index, found))
                different += decisions.different
                decisions.reset({})
            count += len(names) + 1
    return worst if decisions else own_worst, own_worst, count, different


def largest_error(run, image, index, found):
    values = {"input": image} | run(image)
    gradients = torch.autograd.grad(list(values.values())[-1][0, index], list(values.values()))
    norm = np.linalg.norm
    pairs = ((name, found[name].ravel(), gradient.numpy().ravel()) for name, gradient in zip(values, gradients, strict=True))
    return max((norm(ours - theirs) / norm(theirs), name) for name, ours, theirs in pairs)


def dump(program, weights, photo, names, edits, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "classify", "--model", weights, "--precision", "f32", *arguments]
        command += [part for edit in edits for part in ("--edit", edit)]
        command += [part for name in names for part in ("--node", name)]
        subprocess.run([*command, "--dump", f"{folder}/g.npy", photo], check=True, capture_output=True)
        return {name: np.load(f"{folder}/g-{name}.npy").astype(np.float64) for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    failed = []
    print("network | gradients | largest relative error | different decisions | error with PyTorch's decisions")

    def check(name, *case):
        if arguments.only in name:
            (error, node), (own, own_node), count, different = compare(arguments.program, *case)
            print(f"{name} | {count} | {error:.1e} of {node} | {different} | {own:.1e} of {own_node}", flush=True)
            if not error <= TOLERANCE:
                failed.append(name)

    weights = DATA / "weights"
    for name, make in [("resnet18", resnet18), ("resnet50", resnet50)]:
        file = weights / f"{name}-imagenet.f16.safetensors"
        check(name, file, *torchvision_network(make, file), IMAGENET)
    with tempfile.TemporaryDirectory() as folder:
        for name, plain in [("seeded resnet-56", False), ("seeded plain-56", True)]:
            file, run, blocks = seeded_network(Path(folder), plain)
            check(name, file, run, None, CIFAR, [f"shortcut:{block}:0" for block in blocks] if plain else [])
    if failed:
        raise SystemExit(f"too different from PyTorch: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
